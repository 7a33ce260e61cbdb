-- What was disclosed, changed and refused. Nothing in it can be read without keys that are in no database,
-- and nothing in it can be changed without contradicting a signed checkpoint.

-- The table has no checks: PostgreSQL reads and plans every check anew for every statement that inserts, which was a
-- quarter of what appending a batch cost. What they would say holds by the types that rows are written from; of rows that
-- somebody else wrote `verify` says it. It has no other unique column than its key, so that it can be partitioned by
-- position.
create table entries (
    position bigint not null,
    id bytea not null,
    subject bytea,
    service smallint,
    writes bytea,
    gives_up bigint,
    arrived bytea,
    outcome smallint not null,
    sealed bytea not null,
    leaf bytea not null,
    tag bytea not null,
    constraint entries_key primary key (position)
);
-- Sealed bytes do not compress: do not try.
alter table entries alter column sealed set storage external;
alter table entries alter column writes set storage external;
create index entries_about on entries (subject, position) where subject is not null;
-- Who reads the general log reads it newest first, however many entries are about patients.
create index entries_about_nobody on entries (position) where subject is null;
create index entries_of_service on entries (service, position) where subject is null;
create index entries_giving_up on entries (gives_up) where gives_up is not null;
comment on table entries is 'Every event, in the order in which it became durable. Rows are only ever added.';
comment on column entries.position is 'id: the place in the sequence, from 0 and without gaps';
comment on column entries.id is 'id: a random name, so that an entry sent twice is stored once';
comment on column entries.subject is 'id: the patient under the ledger''s own pseudonym; null where it is about nobody';
comment on column entries.service is 'metadata: the service that recorded it, where it is about nobody';
comment on column entries.writes is 'token: for each row that it announces, the record under a key that the ledger does not hold, the version, and keyed digests of the row and of its search tokens';
comment on column entries.gives_up is 'metadata: the place of the entry of which this one says that what it announced never was';
comment on column entries.arrived is 'metadata: the places of earlier entries whose writes are in their vault, 8 bytes each';
comment on column entries.outcome is 'metadata: 0 allowed, 1 denied, 2 failed';
comment on column entries.sealed is 'sealed: the entry, under the patient''s audit key or the service''s own';
comment on column entries.leaf is 'token: the RFC 6962 leaf hash over all the other columns but the tag';
comment on column entries.tag is 'token: MAC of the leaf under the ledger''s own key, so that nobody else can append';

create table tiles (
    level smallint not null,
    tile_index bigint not null,
    hash bytea not null,
    constraint tiles_key primary key (level, tile_index),
    constraint tiles_level_from_one check (level between 1 and 7),
    constraint tiles_index_from_zero check (tile_index >= 0),
    constraint tiles_hash_is_sha_256 check (octet_length(hash) = 32)
);
comment on table tiles is 'Roots of full parts of the tree, so that starting and proving do not read all entries.';
comment on column tiles.level is 'metadata: 1 is over 256 leaves, each further level over 256 tiles of the one below';
comment on column tiles.tile_index is 'metadata: which tile of its level, from 0';
comment on column tiles.hash is 'token: its RFC 6962 root';

create table checkpoints (
    size bigint not null,
    root bytea not null,
    note text not null,
    signed_at timestamptz not null,
    previous bigint,
    constraint checkpoints_key primary key (size),
    constraint checkpoints_follow_one_another unique nulls not distinct (previous),
    constraint checkpoints_size_from_zero check (size >= 0),
    constraint checkpoints_root_is_sha_256 check (octet_length(root) = 32)
);
comment on table checkpoints is 'What the ledger signed of itself, about once a second while it grows.';
comment on column checkpoints.size is 'metadata: how many entries it covers';
comment on column checkpoints.root is 'token: the RFC 6962 root over them';
comment on column checkpoints.note is 'metadata: the signed note (C2SP tlog-checkpoint), public';
comment on column checkpoints.signed_at is 'metadata: when it was signed, as the note says';
comment on column checkpoints.previous is 'metadata: how many entries the checkpoint before it covers, as the note says; null for the first';
