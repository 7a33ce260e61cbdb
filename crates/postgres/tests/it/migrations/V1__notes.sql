create table notes (
    note bigint not null,
    sealed text not null,
    constraint notes_pkey primary key (note)
);
comment on table notes is 'Something to insert and select.';
comment on column notes.note is 'id: the note';
comment on column notes.sealed is 'sealed: its text';

create table journal (
    position bigint generated always as identity,
    amount integer not null,
    constraint journal_pkey primary key (position)
);
comment on table journal is 'Something only to append to.';
comment on column journal.amount is 'how much';
