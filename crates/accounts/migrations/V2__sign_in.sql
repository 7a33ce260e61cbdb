-- How people sign in. A thief of this database learns when somebody signed in, and by what kind of factor: no address, no
-- browser, no code, no secret of an app, and no token, since only hashes of random tokens are here.

create table old_passwords (
    account uuid not null,
    sealed_hash bytea not null,
    set_at timestamptz not null,
    seal bytea not null default ''::bytea,
    constraint old_passwords_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint old_passwords_key primary key (account, set_at),
    constraint old_passwords_of_an_account foreign key (account) references accounts (account)
);
comment on table old_passwords is 'Passwords of before, so that none of the last ten is chosen again.';
comment on column old_passwords.account is 'id: whose';
comment on column old_passwords.sealed_hash is 'sealed: Argon2id hash, bound to account and time, so that it is no present password';
comment on column old_passwords.set_at is 'metadata: when it was set';
comment on column old_passwords.seal is 'token: MAC over all of it; without it the row is none';

create table sessions (
    session uuid not null,
    token bytea not null,
    account uuid not null,
    standing text not null,
    sealed_visit bytea not null,
    started_at timestamptz not null,
    proven_at timestamptz,
    seen_at timestamptz not null,
    ends_at timestamptz not null,
    subject bigint,
    sid bigint,
    seal bytea not null default ''::bytea,
    constraint sessions_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint sessions_key primary key (session),
    constraint sessions_one_for_a_token unique (token),
    constraint sessions_token_is_a_hash check (octet_length(token) = 32),
    constraint sessions_of_an_account foreign key (account) references accounts (account),
    constraint sessions_known_standing check (standing in ('partial', 'single', 'multi')),
    constraint sessions_proven_unless_partial check ((standing = 'partial') = (proven_at is null)),
    constraint sessions_end_after_they_begin check (ends_at > started_at),
    constraint sessions_at_a_provider_have_a_subject check (sid is null or subject is not null)
);
create index sessions_by_account on sessions (account);
create index sessions_by_end on sessions (ends_at);
create index sessions_by_subject on sessions (subject);
create index sessions_by_sid on sessions (sid);
comment on table sessions is 'Who is signed in to pages.';
comment on column sessions.session is 'id: the session';
comment on column sessions.token is 'token: keyed hash of what the browser holds';
comment on column sessions.account is 'id: whose';
comment on column sessions.standing is 'metadata: how much was proven; partial: a second factor is owed';
comment on column sessions.sealed_visit is 'sealed: address and name of the browser, under a key of the root key';
comment on column sessions.started_at is 'metadata: when it began';
comment on column sessions.proven_at is 'metadata: when a factor was last proven';
comment on column sessions.seen_at is 'metadata: when it was last used, to the minute';
comment on column sessions.ends_at is 'metadata: when it ends at the latest';
comment on column sessions.subject is 'token: where it began at an identity provider, keyed hash of issuer and subject, as in provider_subjects';
comment on column sessions.sid is 'token: keyed hash of issuer and the provider''s own number of the session';
comment on column sessions.seal is 'token: MAC over all but visit and last use; without it the session is none';

create table devices (
    device bytea not null,
    account uuid not null,
    seen_at timestamptz not null,
    constraint devices_key primary key (device, account),
    constraint devices_is_a_hash check (octet_length(device) = 32),
    constraint devices_of_an_account foreign key (account) references accounts (account)
);
create index devices_by_account on devices (account);
comment on table devices is 'Browsers in which somebody has signed in: a stranger''s failures do not slow them.';
comment on column devices.device is 'token: keyed hash of what the browser holds and of the account';
comment on column devices.account is 'id: who signed in';
comment on column devices.seen_at is 'metadata: when they last did';

create table sign_in_failures (
    subject bigint not null,
    failures integer not null,
    failed_at timestamptz not null,
    wait_until timestamptz not null,
    constraint sign_in_failures_key primary key (subject),
    constraint sign_in_failures_are_counted check (failures >= 0)
);
create index sign_in_failures_by_time on sign_in_failures (failed_at);
comment on table sign_in_failures is 'How often something failed, of accounts, networks and pairs of them, those that do not exist included.';
comment on column sign_in_failures.subject is 'token: keyed hash of what is counted, with the address, account or network';
comment on column sign_in_failures.failures is 'metadata: how often, without a success or a day between';
comment on column sign_in_failures.failed_at is 'metadata: when last';
comment on column sign_in_failures.wait_until is 'metadata: until when the next try is refused';

create table sign_in_attempts (
    attempt uuid not null,
    account uuid not null,
    at timestamptz not null,
    outcome text not null,
    factor text,
    new_device boolean not null,
    sealed_visit bytea not null,
    seal bytea not null default ''::bytea,
    constraint sign_in_attempts_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint sign_in_attempts_key primary key (attempt),
    constraint sign_in_attempts_known_outcome check (outcome in ('signed-in', 'wrong-password', 'wrong-factor')),
    constraint sign_in_attempts_known_factor check (factor in ('passkey', 'totp', 'recovery-code'))
);
create index sign_in_attempts_by_account on sign_in_attempts (account, at);
create index sign_in_attempts_by_time on sign_in_attempts (at);
comment on table sign_in_attempts is 'Who tried to sign in, for the owner of the account to see. Kept for 90 days.';
comment on column sign_in_attempts.attempt is 'id: the attempt';
comment on column sign_in_attempts.account is 'id: whose; all zero for an address that nobody has, which is written to take the same time';
comment on column sign_in_attempts.at is 'metadata: when';
comment on column sign_in_attempts.outcome is 'metadata: how it ended';
comment on column sign_in_attempts.factor is 'metadata: by which second factor';
comment on column sign_in_attempts.new_device is 'metadata: whether the browser was not known';
comment on column sign_in_attempts.sealed_visit is 'sealed: address and name of the browser, under a key of the root key';
comment on column sign_in_attempts.seal is 'token: MAC over all but the visit; without it the attempt is not shown';

create table totp_secrets (
    account uuid not null,
    sealed_secret bytea not null,
    offered_at timestamptz not null,
    enrolled_at timestamptz,
    used_step bigint,
    used_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint totp_secrets_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint totp_secrets_key primary key (account),
    constraint totp_secrets_of_an_account foreign key (account) references accounts (account)
);
comment on table totp_secrets is 'What authenticator apps make codes from (RFC 6238).';
comment on column totp_secrets.account is 'id: whose';
comment on column totp_secrets.sealed_secret is 'sealed: the shared secret, under a key of the root key';
comment on column totp_secrets.offered_at is 'metadata: when it was made';
comment on column totp_secrets.enrolled_at is 'metadata: when a code of it was first shown; null: it proves nothing yet';
comment on column totp_secrets.used_step is 'metadata: the time step of the last code taken; earlier ones are not taken any more';
comment on column totp_secrets.used_at is 'metadata: when a code was last taken';
comment on column totp_secrets.seal is 'token: MAC over all but last use, the step included; without it there is no secret';

create table recovery_codes (
    account uuid not null,
    code bigint not null,
    made_at timestamptz not null,
    used_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint recovery_codes_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint recovery_codes_key primary key (account, code),
    constraint recovery_codes_of_an_account foreign key (account) references accounts (account)
);
comment on table recovery_codes is 'Codes that stand in for a lost second factor, each once.';
comment on column recovery_codes.account is 'id: whose';
comment on column recovery_codes.code is 'token: keyed hash of the code, within the account';
comment on column recovery_codes.made_at is 'metadata: when it was made';
comment on column recovery_codes.used_at is 'metadata: when it was used';
comment on column recovery_codes.seal is 'token: MAC over account, code, time, and whether it was used; without it the code is none';

create table passkeys (
    passkey uuid not null,
    account uuid not null,
    credential bytea not null,
    sealed_passkey bytea not null,
    enrolled_at timestamptz not null,
    used_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint passkeys_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint passkeys_key primary key (passkey),
    constraint passkeys_one_for_a_credential unique (credential),
    constraint passkeys_credential_is_a_hash check (octet_length(credential) = 32),
    constraint passkeys_of_an_account foreign key (account) references accounts (account)
);
create index passkeys_by_account on passkeys (account);
comment on table passkeys is 'Passkeys (WebAuthn).';
comment on column passkeys.passkey is 'id: the passkey';
comment on column passkeys.account is 'id: whose';
comment on column passkeys.credential is 'token: SHA-256 of the credential id';
comment on column passkeys.sealed_passkey is 'sealed: its name, public key and counter, under a key of the root key';
comment on column passkeys.enrolled_at is 'metadata: when it was enrolled';
comment on column passkeys.used_at is 'metadata: when it was last used';
comment on column passkeys.seal is 'token: MAC over all but last use; without it the passkey is none';

create table links (
    link bytea not null,
    account uuid not null,
    purpose text not null,
    change uuid,
    sealed_address bytea,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    seal bytea not null default ''::bytea,
    constraint links_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint links_key primary key (link),
    constraint links_is_a_hash check (octet_length(link) = 32),
    constraint links_of_an_account foreign key (account) references accounts (account),
    constraint links_known_purpose check (purpose in ('invitation', 'new-password', 'leave-address', 'join-address')),
    constraint links_of_a_change_have_its_address check ((purpose in ('leave-address', 'join-address'))
        = (change is not null and sealed_address is not null)),
    constraint links_expire_after_they_are_made check (expires_at > made_at)
);
create index links_by_account on links (account);
create index links_by_end on links (expires_at);
comment on table links is 'Links sent by mail, each good once.';
comment on column links.link is 'token: keyed hash of what the link holds';
comment on column links.account is 'id: for whom';
comment on column links.purpose is 'metadata: what for';
comment on column links.change is 'id: for a change of address, the name that its two links share';
comment on column links.sealed_address is 'sealed: for a change of address, the new one, under a key of the root key';
comment on column links.made_at is 'metadata: when it was made';
comment on column links.expires_at is 'metadata: until when it is good';
comment on column links.used_at is 'metadata: when it was used';
comment on column links.seal is 'token: MAC over all but the address, and whether it was used; without it the link is none';

create table password_requests (
    request uuid not null,
    email_token bigint not null,
    asked_at timestamptz not null,
    constraint password_requests_key primary key (request)
);
comment on table password_requests is 'Who asked for a new password; answered a little later, so that asking takes the same time for an address that nobody has.';
comment on column password_requests.request is 'id: the request';
comment on column password_requests.email_token is 'token: keyed hash of the e-mail address, as in accounts';
comment on column password_requests.asked_at is 'metadata: when';
