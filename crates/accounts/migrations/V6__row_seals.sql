-- A row that decides who somebody is, what they may do, or what a token is worth, bears a seal: whoever writes to this
-- database without the service's key makes no row that is believed. A row without a seal is none, so people sign in anew.

truncate sessions, provider_sessions, links, devices, consents, authorisations, authorisation_codes, refresh_tokens,
    passkeys;

alter table accounts
    add column seal bytea not null default ''::bytea,
    add constraint accounts_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column accounts.seal is 'token: MAC over number, kind, state, address token and patient; without it the account is none';

alter table account_roles
    add column seal bytea not null default ''::bytea,
    add constraint account_roles_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column account_roles.seal is 'token: MAC over account, role and end; without it the role is none';

alter table clients
    -- As it was registered: sealed text must be read as it was written.
    alter column jwks type text using jwks::text,
    add column seal bytea not null default ''::bytea,
    add constraint clients_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column clients.seal is 'token: MAC over client, account, proofs, grant types, addresses and scopes; without it the client is none';

alter table sessions
    add column seal bytea not null default ''::bytea,
    add constraint sessions_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column sessions.token is 'token: keyed hash of what the browser holds';
comment on column sessions.seal is 'token: MAC over all but visit and last use; without it the session is none';

comment on column devices.device is 'token: keyed hash of what the browser holds and of the account';

alter table links
    add column seal bytea not null default ''::bytea,
    add constraint links_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column links.link is 'token: keyed hash of what the link holds';
comment on column links.seal is 'token: MAC over all but the address, and whether it was used; without it the link is none';

alter table consents
    add column seal bytea not null default ''::bytea,
    add constraint consents_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column consents.seal is 'token: MAC over person, client, role, scopes and patient; without it the person is asked';

alter table authorisations
    add column seal bytea not null default ''::bytea,
    add constraint authorisations_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column authorisations.seal is 'token: MAC over all but context and last use, and whether it was ended; without it the authorisation is none';

alter table authorisation_codes
    add column seal bytea not null default ''::bytea,
    add constraint authorisation_codes_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column authorisation_codes.code is 'token: keyed hash of the code';
comment on column authorisation_codes.seal is 'token: MAC over all of it, and whether it was given back; without it the code is none';

alter table refresh_tokens
    add column seal bytea not null default ''::bytea,
    add constraint refresh_tokens_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column refresh_tokens.token is 'token: keyed hash of the refresh token';
comment on column refresh_tokens.seal is 'token: MAC over all of it, and whether it was replaced; without it the token is none';

alter table reset_requests
    add column seal bytea not null default ''::bytea,
    add constraint reset_requests_seal_is_a_mac check (octet_length(seal) in (0, 32));
comment on column reset_requests.seal is 'token: MAC over an open request; without it nobody asked';
