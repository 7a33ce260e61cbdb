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
    constraint reindexes_pkey primary key (reindex),
    constraint reindexes_one_row check (reindex = 1)
);
insert into reindexes values (1, '', null, 0, 0, 0, 0, 0, true);
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
