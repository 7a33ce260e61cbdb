create table records (
    record bytea not null,
    patient bytea not null,
    version integer not null,
    recorded_at timestamptz not null,
    deleted boolean not null,
    tokens bigint[] not null,
    sealed bytea not null,
    constraint records_pkey primary key (record),
    constraint records_record_is_an_id check (octet_length(record) = 16),
    constraint records_patient_is_a_number check (octet_length(patient) = 16),
    constraint records_version_counts_from_one check (version >= 1),
    constraint records_deleted_have_no_tokens check (not deleted or tokens = '{}')
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

create table versions (
    record bytea not null,
    patient bytea not null,
    version integer not null,
    recorded_at timestamptz not null,
    deleted boolean not null,
    sealed bytea not null,
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
