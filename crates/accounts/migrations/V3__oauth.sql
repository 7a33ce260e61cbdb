-- Applications that act in people's names. Whoever steals this database learns which account let which client in, in
-- which role and with which scopes; no code or token that is worth anything, and no patient.

create table consents (
    person uuid not null,
    client_id text not null,
    role text not null,
    scopes text[] not null,
    sealed_patient bytea,
    given_at timestamptz not null,
    seal bytea not null default ''::bytea,
    constraint consents_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint consents_key primary key (person, client_id, role),
    constraint consents_of_an_account foreign key (person) references accounts (account),
    constraint consents_to_a_client foreign key (client_id) references clients (client_id)
);
comment on table consents is 'What people allowed applications, so that they are not asked again.';
comment on column consents.person is 'id: who';
comment on column consents.client_id is 'id: to which client';
comment on column consents.role is 'metadata: in which role';
comment on column consents.scopes is 'metadata: which scopes';
comment on column consents.sealed_patient is 'sealed: a patient''s own FHIR id, under a key of the root key';
comment on column consents.given_at is 'metadata: when';
comment on column consents.seal is 'token: MAC over all of it; without it the person is asked';

create table authorisations (
    authorisation uuid not null,
    client_id text not null,
    person uuid not null,
    role text not null,
    scopes text[] not null,
    strength text not null,
    proven_at timestamptz,
    session uuid,
    sealed_context bytea not null,
    created_at timestamptz not null,
    used_at timestamptz,
    ends_at timestamptz not null,
    ended_at timestamptz,
    ended_why text,
    next bytea,
    seal bytea not null default ''::bytea,
    constraint authorisations_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint authorisations_key primary key (authorisation),
    constraint authorisations_of_an_account foreign key (person) references accounts (account),
    constraint authorisations_to_a_client foreign key (client_id) references clients (client_id),
    constraint authorisations_known_strength check (strength in ('single', 'multi')),
    constraint authorisations_known_end check (ended_why in (
        'revoked', 'code-reused', 'token-reused', 'person', 'account-changed', 'session-ended')),
    constraint authorisations_ended_has_its_reason check ((ended_at is null) = (ended_why is null)),
    constraint authorisations_end_after_they_begin check (ends_at > created_at)
);
create index authorisations_of_person on authorisations (person, client_id) where ended_at is null;
create index authorisations_end on authorisations (ends_at);
comment on table authorisations is 'One answer of one person to one application: the family of all tokens that came of it.';
comment on column authorisations.authorisation is 'id: the authorisation, named in its access tokens';
comment on column authorisations.client_id is 'id: the client';
comment on column authorisations.person is 'id: in whose name';
comment on column authorisations.role is 'metadata: in which role';
comment on column authorisations.scopes is 'metadata: which scopes';
comment on column authorisations.strength is 'metadata: how strongly the person proved who they are';
comment on column authorisations.proven_at is 'metadata: when';
comment on column authorisations.session is 'id: the session it ends with; null where it may outlast it';
comment on column authorisations.sealed_context is 'sealed: nonce and FHIR id of the patient, under a key of the root key';
comment on column authorisations.created_at is 'metadata: when';
comment on column authorisations.used_at is 'metadata: when it last gave a token, to the hour';
comment on column authorisations.ends_at is 'metadata: when it ends by itself';
comment on column authorisations.ended_at is 'metadata: when it was ended';
comment on column authorisations.ended_why is 'metadata: why: revoked, code-reused, token-reused, by the person, account-changed or session-ended';
comment on column authorisations.next is 'token: keyed hash of the code or refresh token that is good next, as in its table; null for none';
comment on column authorisations.seal is 'token: MAC over all but last use, and whether it was ended; without it the authorisation is none';

create table authorisation_codes (
    code bytea not null,
    authorisation uuid not null,
    redirect_uri text not null,
    challenge bytea not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint authorisation_codes_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint authorisation_codes_key primary key (code),
    constraint authorisation_codes_of_one foreign key (authorisation)
        references authorisations (authorisation) on delete cascade,
    constraint authorisation_codes_is_a_hash check (octet_length(code) = 32),
    constraint authorisation_codes_challenge_is_a_hash check (octet_length(challenge) = 32)
);
comment on table authorisation_codes is 'Authorization codes: each good once.';
comment on column authorisation_codes.code is 'token: keyed hash of the code';
comment on column authorisation_codes.authorisation is 'id: what it is for';
comment on column authorisation_codes.redirect_uri is 'metadata: the address it was sent to';
comment on column authorisation_codes.challenge is 'token: the PKCE challenge, SHA-256 of the verifier';
comment on column authorisation_codes.expires_at is 'metadata: until when';
comment on column authorisation_codes.used_at is 'metadata: when it was given back';
comment on column authorisation_codes.seal is 'token: MAC over all of it, and whether it was given back; without it the code is none';

create table refresh_tokens (
    token bytea not null,
    authorisation uuid not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint refresh_tokens_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint refresh_tokens_key primary key (token),
    constraint refresh_tokens_of_one foreign key (authorisation)
        references authorisations (authorisation) on delete cascade,
    constraint refresh_tokens_is_a_hash check (octet_length(token) = 32)
);
create index refresh_tokens_of_authorisation on refresh_tokens (authorisation);
comment on table refresh_tokens is 'Refresh tokens: each good once, then replaced.';
comment on column refresh_tokens.token is 'token: keyed hash of the refresh token';
comment on column refresh_tokens.authorisation is 'id: the family';
comment on column refresh_tokens.issued_at is 'metadata: when it was issued';
comment on column refresh_tokens.expires_at is 'metadata: until when';
comment on column refresh_tokens.used_at is 'metadata: when it was replaced by the next';
comment on column refresh_tokens.seal is 'token: MAC over all of it, and whether it was replaced; without it the token is none';
