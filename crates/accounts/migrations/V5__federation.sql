-- People whom an identity provider of a hospital vouches for. A thief of this database learns how many there are and when
-- they sign in: not who they are there, and no state, nonce or code of a sign-in under way.

create table provider_subjects (
    subject bigint not null,
    account uuid not null,
    sealed_subject bytea not null,
    linked_at timestamptz not null,
    seal bytea not null default ''::bytea,
    constraint provider_subjects_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint provider_subjects_key primary key (subject),
    constraint provider_subjects_of_an_account foreign key (account) references accounts (account)
);
create index provider_subjects_by_account on provider_subjects (account);
comment on table provider_subjects is 'Which account belongs to whom at an identity provider.';
comment on column provider_subjects.subject is 'token: keyed hash of issuer and subject';
comment on column provider_subjects.account is 'id: the account';
comment on column provider_subjects.sealed_subject is 'sealed: issuer and subject, under a key of the root key';
comment on column provider_subjects.linked_at is 'metadata: when they first came';
comment on column provider_subjects.seal is 'token: MAC over all of it; without it nobody is vouched for';

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
