-- People whom an identity provider of a hospital vouches for. A thief of this database learns how many there are and when
-- they sign in: not who they are there, and no state, nonce or code of a sign-in under way.

create table provider_subjects (
    subject bigint not null,
    account uuid not null,
    sealed_subject bytea not null,
    linked_at timestamptz not null,
    constraint provider_subjects_key primary key (subject),
    constraint provider_subjects_of_an_account foreign key (account) references accounts (account)
);
create index provider_subjects_by_account on provider_subjects (account);
comment on table provider_subjects is 'Which account belongs to whom at an identity provider.';
comment on column provider_subjects.subject is 'token: keyed hash of issuer and subject';
comment on column provider_subjects.account is 'id: the account';
comment on column provider_subjects.sealed_subject is 'sealed: issuer and subject, under a key of the root key';
comment on column provider_subjects.linked_at is 'metadata: when they first came';

comment on column account_roles.granted_by is 'id: the account that gave it; all zero for the operator; made of its name for an identity provider';

create table provider_requests (
    state bytea not null,
    provider text not null,
    browser bytea not null,
    sealed_request bytea not null,
    expires_at timestamptz not null,
    constraint provider_requests_key primary key (state),
    constraint provider_requests_state_is_a_hash check (octet_length(state) = 32),
    constraint provider_requests_browser_is_a_hash check (octet_length(browser) = 32)
);
create index provider_requests_by_end on provider_requests (expires_at);
comment on table provider_requests is 'Sign-ins at a provider that are under way, each ended once.';
comment on column provider_requests.state is 'token: SHA-256 of the state';
comment on column provider_requests.provider is 'metadata: the provider''s name in the configuration';
comment on column provider_requests.browser is 'token: SHA-256 of what the browser holds';
comment on column provider_requests.sealed_request is 'sealed: nonce, verifier and page to go to, under a key of the root key';
comment on column provider_requests.expires_at is 'metadata: until when it can be ended';

create table provider_sessions (
    session uuid not null,
    subject bigint not null,
    sid bigint,
    constraint provider_sessions_key primary key (session),
    constraint provider_sessions_of_a_session foreign key (session) references sessions (session) on delete cascade,
    constraint provider_sessions_of_a_subject foreign key (subject) references provider_subjects (subject)
);
create index provider_sessions_by_subject on provider_sessions (subject);
create index provider_sessions_by_sid on provider_sessions (sid);
comment on table provider_sessions is 'Which sessions began at a provider, so that they end when it says so.';
comment on column provider_sessions.session is 'id: the session';
comment on column provider_sessions.subject is 'token: keyed hash of issuer and subject, as in provider_subjects';
comment on column provider_sessions.sid is 'token: keyed hash of issuer and the provider''s own number of the session';
