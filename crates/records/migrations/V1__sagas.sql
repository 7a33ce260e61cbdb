create table sagas (
    saga uuid not null,
    instance bigint not null,
    state text not null,
    compartments text[] not null,
    enrols boolean not null,
    submission bytea,
    begun_at timestamptz not null,
    tag bytea not null,
    constraint sagas_pkey primary key (saga),
    constraint sagas_state_is_known check (state in ('open', 'committed', 'aborted'))
);
comment on table sagas is 'Writes across vaults that are under way.';
comment on column sagas.saga is 'id: the saga';
comment on column sagas.instance is 'id: the running instance that began it; it holds an advisory lock of this number';
comment on column sagas.state is 'metadata: open until the commit point, then committed; aborted where it was given up';
comment on column sagas.compartments is 'metadata: the vaults it writes to';
comment on column sagas.enrols is 'metadata: whether it enrols a patient';
comment on column sagas.submission is 'token: keyed hash of the idempotency key, where the caller sent one';
comment on column sagas.begun_at is 'metadata: when it began';
comment on column sagas.tag is 'token: MAC of all the other columns under a key of the application';

create table submissions (
    submission bytea not null,
    accepted_at timestamptz not null,
    constraint submissions_pkey primary key (submission)
);
comment on table submissions is 'Transactions that were committed under an idempotency key.';
comment on column submissions.submission is 'token: keyed hash of the account and the key';
comment on column submissions.accepted_at is 'metadata: when it was committed';
