-- People as administrators manage them, and the mail they get. Whoever steals this database learns when accounts were
-- used and whose factors were to be reset; no address mail goes to, and no link that is in it.

create table reset_requests (
    request uuid not null,
    account uuid not null,
    asked_by uuid not null,
    asked_at timestamptz not null,
    ends_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    decision text,
    seal bytea not null default ''::bytea,
    constraint reset_requests_seal_is_a_mac check (octet_length(seal) in (0, 32)),
    constraint reset_requests_key primary key (request),
    constraint reset_requests_of_an_account foreign key (account) references accounts (account),
    constraint reset_requests_end_after_they_begin check (ends_at > asked_at),
    constraint reset_requests_known_decision check (decision in ('approved', 'refused')),
    constraint reset_requests_decided_as_a_whole
        check (num_nonnulls(decided_by, decided_at, decision) in (0, 3)),
    constraint reset_requests_nobody_asks_for_themselves check (asked_by <> account),
    constraint reset_requests_nobody_decides_for_themselves check (decided_by <> account),
    constraint reset_requests_approved_by_another check (decision <> 'approved' or decided_by <> asked_by),
    constraint reset_requests_approved_in_time check (decision <> 'approved' or decided_at < ends_at)
);
create unique index reset_requests_one_open on reset_requests (account) where decision is null;
comment on table reset_requests is 'Resets of the factors of privileged people: one administrator asks, another approves.';
comment on column reset_requests.request is 'id: the request';
comment on column reset_requests.account is 'id: whose factors';
comment on column reset_requests.asked_by is 'id: the administrator who asked';
comment on column reset_requests.asked_at is 'metadata: when';
comment on column reset_requests.ends_at is 'metadata: until when it can be approved';
comment on column reset_requests.decided_by is 'id: the administrator who decided';
comment on column reset_requests.decided_at is 'metadata: when';
comment on column reset_requests.seal is 'token: MAC over an open request; without it nobody asked';
comment on column reset_requests.decision is 'metadata: approved or refused; null while it is open';

create table notices (
    notice uuid not null,
    sealed_notice bytea not null,
    queued_at timestamptz not null,
    next_try_at timestamptz not null,
    tries integer not null default 0,
    constraint notices_key primary key (notice),
    constraint notices_tries_are_counted check (tries >= 0)
);
create index notices_due on notices (next_try_at);
comment on table notices is 'Mail that waits to be sent. Sent or given up, it is removed.';
comment on column notices.notice is 'id: the notice, and its Message-ID';
comment on column notices.sealed_notice is 'sealed: address, language, what it says, and its link, under a key of the root key';
comment on column notices.queued_at is 'metadata: since when it waits';
comment on column notices.next_try_at is 'metadata: when it is to be sent, or tried again';
comment on column notices.tries is 'metadata: how often sending it was tried';
