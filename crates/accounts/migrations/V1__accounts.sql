-- Whoever steals this database learns how many accounts there are and what roles they have: no name, no address, no
-- hash to guess passwords against, no key to sign tokens with.

create table signing_keys (
    kid text not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    signs_from timestamptz not null,
    retired_at timestamptz,
    constraint signing_keys_key primary key (kid),
    constraint signing_keys_sign_after_they_are_published check (signs_from >= created_at),
    constraint signing_keys_retire_after_they_are_made check (retired_at > created_at)
);
comment on table signing_keys is 'The keys that sign access tokens.';
comment on column signing_keys.kid is 'id: the key''s name in token headers and in the JWKS';
comment on column signing_keys.wrapped is 'sealed: the private key, under a key of the root key';
comment on column signing_keys.created_at is 'metadata: when it was made; the newest signs';
comment on column signing_keys.signs_from is 'metadata: since when it signs; it is published before';
comment on column signing_keys.retired_at is 'metadata: since when tokens under it are not believed';

create table accounts (
    account uuid not null,
    kind text not null,
    state text not null,
    sealed_profile bytea not null,
    email_token bigint,
    patient bytea,
    created_at timestamptz not null,
    suspended_at timestamptz,
    reinstated_at timestamptz,
    last_used_at timestamptz,
    counter bigint not null default 0,
    members bytea not null default ''::bytea,
    seal bytea not null default ''::bytea,
    constraint accounts_key primary key (account),
    constraint accounts_known_kind check (kind in ('person', 'application', 'device')),
    constraint accounts_known_state check (state in ('active', 'suspended')),
    constraint accounts_suspended_has_its_time check ((state = 'suspended') = (suspended_at is not null)),
    constraint accounts_only_people_have_email check (email_token is null or kind = 'person'),
    constraint accounts_patient_is_a_number check (octet_length(patient) = 16),
    constraint accounts_only_people_are_patients check (patient is null or kind = 'person'),
    constraint accounts_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint accounts_changes_are_counted check (counter >= 0),
    constraint accounts_one_for_an_email unique (email_token),
    constraint accounts_one_for_a_patient unique (patient)
);
comment on table accounts is 'Who may hold a token: people, applications and devices.';
comment on column accounts.account is 'id: the account';
comment on column accounts.kind is 'metadata: person, application or device';
comment on column accounts.state is 'metadata: whether tokens are issued to it and believed';
comment on column accounts.sealed_profile is 'sealed: display name and e-mail address, under a key of the root key';
comment on column accounts.email_token is 'token: keyed hash of the lower-case e-mail address';
comment on column accounts.patient is 'id: for a patient''s account, the pseudonym by which keystore finds their records';
comment on column accounts.created_at is 'metadata: when it was made';
comment on column accounts.suspended_at is 'metadata: since when it is suspended';
comment on column accounts.reinstated_at is 'metadata: when its last suspension ended';
comment on column accounts.last_used_at is 'metadata: when it last got a token or signed in, to the hour';
comment on column accounts.counter is 'metadata: how often the account, or a row that counts for it, was changed';
comment on column accounts.members is 'token: which rows of other tables count for it: kind, beginning of the seal, group and end of each';
comment on column accounts.seal is 'token: MAC over all but last use, members included; without it the account is none';

create table account_roles (
    account uuid not null,
    role text not null,
    granted_by uuid not null,
    granted_at timestamptz not null,
    until_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint account_roles_key primary key (account, role),
    constraint account_roles_of_an_account foreign key (account) references accounts (account),
    constraint account_roles_known_role check (role in ('clinician', 'technician', 'monitor', 'researcher',
        'patient', 'security-officer', 'administrator', 'application', 'device')),
    constraint account_roles_end_after_they_begin check (until_at > granted_at),
    constraint account_roles_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint account_roles_nobody_gives_themselves check (granted_by <> account)
);
comment on table account_roles is 'Which roles an account has.';
comment on column account_roles.account is 'id: the account';
comment on column account_roles.role is 'metadata: which role';
comment on column account_roles.granted_by is 'id: the account that gave it; all zero for the operator; made of its name for an identity provider';
comment on column account_roles.granted_at is 'metadata: when it was given';
comment on column account_roles.until_at is 'metadata: until when; null for no end';
comment on column account_roles.seal is 'token: MAC over all of it; without it the role is none';

create table passwords (
    account uuid not null,
    sealed_hash bytea not null,
    set_at timestamptz not null,
    must_change boolean not null default false,
    seal bytea not null default ''::bytea,
    constraint passwords_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint passwords_key primary key (account),
    constraint passwords_of_an_account foreign key (account) references accounts (account)
);
comment on table passwords is 'What people''s passwords are checked against.';
comment on column passwords.account is 'id: whose';
comment on column passwords.sealed_hash is 'sealed: Argon2id hash, under a key of the root key, so that a thief has nothing to guess against';
comment on column passwords.set_at is 'metadata: when it was set';
comment on column passwords.must_change is 'metadata: whether its owner must choose another before anything else';
comment on column passwords.seal is 'token: MAC over all of it; without it there is no password';

create table clients (
    client_id text not null,
    account uuid not null,
    kind text not null default 'confidential',
    sealed_secret_hash bytea,
    -- As it was registered: sealed text must be read as it was written.
    jwks text,
    created_at timestamptz not null,
    grant_types text[] not null default '{client_credentials}',
    redirect_uris text[] not null default '{}',
    post_logout_uris text[] not null default '{}',
    scopes text[],
    seal bytea not null default ''::bytea,
    constraint clients_key primary key (client_id),
    constraint clients_of_an_account foreign key (account) references accounts (account),
    constraint clients_id_is_printable check (client_id ~ '^[!-9;-~]{1,128}$'),
    constraint clients_known_kind check (kind in ('public', 'confidential')),
    constraint clients_public_ones_have_no_proof
        check ((kind = 'public') = (sealed_secret_hash is null and jwks is null)),
    constraint clients_prove_themselves_one_way check (sealed_secret_hash is null or jwks is null),
    constraint clients_known_grant_types
        check (grant_types <@ array['client_credentials', 'authorization_code', 'refresh_token']),
    constraint clients_public_ones_act_for_people
        check (kind = 'confidential' or not 'client_credentials' = any (grant_types)),
    constraint clients_codes_need_an_address
        check (('authorization_code' = any (grant_types)) = (cardinality(redirect_uris) > 0)),
    constraint clients_seal_is_a_mac check (octet_length(seal) in (0, 32))
);
create index clients_by_account on clients (account);
comment on table clients is 'The OAuth clients by which applications and devices get tokens.';
comment on column clients.client_id is 'id: the client';
comment on column clients.account is 'id: the account it acts for';
comment on column clients.kind is 'metadata: public (proves nothing) or confidential';
comment on column clients.sealed_secret_hash is 'sealed: SHA-256 of its secret, which is 256 random bits, under a key of the root key';
comment on column clients.jwks is 'metadata: its public keys (RFC 7517)';
comment on column clients.created_at is 'metadata: when it was registered';
comment on column clients.grant_types is 'metadata: the OAuth grant types it may use';
comment on column clients.redirect_uris is 'metadata: the addresses that codes may be sent to';
comment on column clients.post_logout_uris is 'metadata: the addresses a browser may be sent to after signing out';
comment on column clients.scopes is 'metadata: the scopes it may ask for; null for any';
comment on column clients.seal is 'token: MAC over client, account, proofs, time, grant types, addresses and scopes; without it the client is none';

create table used_assertions (
    assertion bytea not null,
    expires_at timestamptz not null,
    constraint used_assertions_key primary key (assertion),
    constraint used_assertions_is_a_hash check (octet_length(assertion) = 32)
);
create index used_assertions_expiry on used_assertions (expires_at);
comment on table used_assertions is 'Client assertions and passkey challenges seen, until they expire: each is good once.';
comment on column used_assertions.assertion is 'token: SHA-256 of client id and jti, or of the challenge';
comment on column used_assertions.expires_at is 'metadata: when the assertion expires by itself';
