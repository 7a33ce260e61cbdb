-- Tokens that one release made are not those that another makes: a run is ended by what began it, or begun anew.
alter table reindexes add column index_version bigint not null default 0;
comment on column reindexes.index_version is 'metadata: a number of what the release that began it makes tokens of';
