-- What was disclosed, changed and refused. Nothing in it can be read without keys that are in no database,
-- and nothing in it can be changed without contradicting a signed checkpoint.

create table entries (
    position bigint not null,
    id bytea not null,
    subject bytea,
    record_link bytea,
    record_version integer,
    row_digest bytea,
    outcome smallint not null,
    sealed bytea not null,
    leaf bytea not null,
    constraint entries_key primary key (position),
    constraint entries_stored_once unique (id),
    constraint entries_position_from_zero check (position >= 0),
    constraint entries_id_is_128_bits check (octet_length(id) = 16),
    constraint entries_subject_is_128_bits check (octet_length(subject) = 16),
    constraint entries_link_is_128_bits check (octet_length(record_link) = 16),
    constraint entries_digest_is_128_bits check (octet_length(row_digest) = 16),
    constraint entries_version_from_one check (record_version >= 1),
    constraint entries_write_is_whole
        check ((record_link is null) = (record_version is null) and (record_link is null) = (row_digest is null)),
    constraint entries_known_outcome check (outcome in (0, 1, 2)),
    constraint entries_sealed_fits check (octet_length(sealed) between 1 and 60000),
    constraint entries_leaf_is_sha_256 check (octet_length(leaf) = 32)
);
-- Sealed bytes do not compress: do not try.
alter table entries alter column sealed set storage external;
create index entries_about on entries (subject, position) where subject is not null;
comment on table entries is 'Every event, in the order in which it became durable. Rows are only ever added.';
comment on column entries.position is 'id: the place in the sequence, from 0 and without gaps';
comment on column entries.id is 'id: a random name, so that an entry sent twice is stored once';
comment on column entries.subject is 'id: the patient under the ledger''s own pseudonym; null where it is about nobody';
comment on column entries.record_link is 'token: for a write, the record under a key that the ledger does not hold';
comment on column entries.record_version is 'metadata: for a write, the version written, from 1';
comment on column entries.row_digest is 'token: for a write, the keyed digest of the row written';
comment on column entries.outcome is 'metadata: 0 allowed, 1 denied, 2 failed';
comment on column entries.sealed is 'sealed: the entry, under the patient''s audit key or the general one';
comment on column entries.leaf is 'token: the RFC 6962 leaf hash over all the other columns';

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
    constraint checkpoints_key primary key (size),
    constraint checkpoints_size_from_zero check (size >= 0),
    constraint checkpoints_root_is_sha_256 check (octet_length(root) = 32)
);
comment on table checkpoints is 'What the ledger signed of itself, about once a second while it grows.';
comment on column checkpoints.size is 'metadata: how many entries it covers';
comment on column checkpoints.root is 'token: the RFC 6962 root over them';
comment on column checkpoints.note is 'metadata: the signed note (C2SP tlog-checkpoint), public';
comment on column checkpoints.signed_at is 'metadata: when it was signed';
