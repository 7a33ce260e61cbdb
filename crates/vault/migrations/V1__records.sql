-- The table has no checks: PostgreSQL reads and plans every check anew for every statement that inserts. What they would say
-- holds by the types that rows are written from; a row that somebody else wrote does not open, since its columns are part of
-- its seal.
create table records (
    record bytea not null,
    patient bytea not null,
    version integer not null,
    recorded_at timestamptz not null,
    deleted boolean not null,
    tokens bigint[] not null,
    sealed bytea not null,
    announced bytea not null,
    constraint records_pkey primary key (record)
);
-- Ciphertext does not compress: trying only costs time.
alter table records alter column sealed set storage external;
comment on table records is 'The current version of each record.';
comment on column records.record is 'id: the record, known under this number in this vault only';
comment on column records.patient is 'id: the patient under this vault''s own pseudonym; zero in the directory';
comment on column records.version is 'metadata: how often the record was written';
comment on column records.recorded_at is 'metadata: when this version was written';
comment on column records.deleted is 'metadata: whether this version says that the record is deleted';
comment on column records.tokens is 'token: the blind tokens this version is found by';
comment on column records.sealed is 'sealed: the document, under a row key of the patient''s key';
comment on column records.announced is 'sealed: the place of the ledger entry that announced this version, under the vault''s link key';

create table versions (
    record bytea not null,
    patient bytea not null,
    version integer not null,
    recorded_at timestamptz not null,
    deleted boolean not null,
    sealed bytea not null,
    announced bytea not null,
    constraint versions_pkey primary key (record, version)
);
alter table versions alter column sealed set storage external;
comment on table versions is 'The versions before the current one.';
comment on column versions.record is 'id: the record';
comment on column versions.patient is 'id: the patient under this vault''s own pseudonym';
comment on column versions.version is 'metadata: which version';
comment on column versions.recorded_at is 'metadata: when this version was written';
comment on column versions.deleted is 'metadata: whether this version says that the record is deleted';
comment on column versions.sealed is 'sealed: the document, under a row key of the patient''s key';
comment on column versions.announced is 'sealed: the place of the ledger entry that announced this version, under the vault''s link key';
-- A history is in the order in which versions were written: each page is read from here, and no more than a page.
-- The patient is written as an expression, so that no other statement takes these for its own: it would look at all records
-- of the patient where it now finds few by their names or tokens.
create index versions_by_time on versions ((patient || ''::bytea), recorded_at, record, version);

create table tokens (
    token bigint not null,
    record bytea not null,
    constraint tokens_pkey primary key (token, record)
);
comment on table tokens is 'What current versions are found by.';
comment on column tokens.token is 'token: keyed hash of a parameter and a value, and of the patient unless searched for across patients';
comment on column tokens.record is 'id: the record';

create table staged (
    saga uuid not null,
    record bytea not null,
    patient bytea not null,
    version integer not null,
    recorded_at timestamptz not null,
    deleted boolean not null,
    tokens bigint[] not null,
    sealed bytea not null,
    announced bytea not null,
    constraint staged_pkey primary key (record)
);
alter table staged alter column sealed set storage external;
create index staged_saga on staged (saga);
comment on table staged is 'Versions that a saga will make visible or forget. A record has at most one: it is the lock.';
comment on column staged.saga is 'id: the saga';
comment on column staged.record is 'id: the record';
comment on column staged.patient is 'id: the patient under this vault''s own pseudonym';
comment on column staged.version is 'metadata: the version it will be';
comment on column staged.recorded_at is 'metadata: when it was sealed';
comment on column staged.deleted is 'metadata: whether it says that the record is deleted';
comment on column staged.tokens is 'token: the blind tokens it will be found by';
comment on column staged.sealed is 'sealed: the document, under a row key of the patient''s key';
comment on column staged.announced is 'sealed: the place of the ledger entry that announced this version, under the vault''s link key';

create table fences (
    fence smallint not null,
    fenced_until timestamptz not null,
    constraint fences_pkey primary key (fence),
    constraint fences_one_row check (fence = 1)
);
insert into fences values (1, '-infinity');
comment on table fences is 'The time up to which the past is closed: one row.';
comment on column fences.fence is 'id: always 1';
comment on column fences.fenced_until is 'metadata: a write recorded at or before this time is refused';

create table reindexes (
    reindex smallint not null,
    done_until bytea not null,
    swept_until bigint,
    total bigint not null,
    looked_at bigint not null,
    changed bigint not null,
    closed bigint not null,
    damaged bigint not null,
    finished boolean not null,
    index_version bigint not null,
    run bytea not null,
    tag bytea not null,
    constraint reindexes_pkey primary key (reindex),
    constraint reindexes_one_row check (reindex = 1)
);
insert into reindexes values (1, '', null, 0, 0, 0, 0, 0, true, 0, '', '');
comment on table reindexes is 'How far making search tokens anew is: one row.';
comment on column reindexes.reindex is 'id: always 1';
comment on column reindexes.done_until is 'id: the last record that was looked at';
comment on column reindexes.swept_until is 'token: the last token that was looked at for records that do not have it; none before all records were';
comment on column reindexes.total is 'metadata: about how many records there were when it began';
comment on column reindexes.looked_at is 'metadata: records that were looked at';
comment on column reindexes.changed is 'metadata: records of them that got other tokens';
comment on column reindexes.closed is 'metadata: records that nobody may open';
comment on column reindexes.damaged is 'metadata: records that do not open';
comment on column reindexes.finished is 'metadata: whether all was done';
comment on column reindexes.index_version is 'metadata: a number of what the release that began it makes tokens of: a run is ended by what began it, or begun anew';
comment on column reindexes.run is 'id: which run it is';
comment on column reindexes.tag is 'token: MAC over every other column; empty where no run was begun';
