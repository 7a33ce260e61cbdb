-- Who reads the general log reads it newest first, however many entries are about patients; and who asks where a record
-- comes from asks for the few entries that announced its versions.
create index entries_about_nobody on entries (position) where subject is null;
create index entries_of_record on entries (record_link, position) where record_link is not null;
