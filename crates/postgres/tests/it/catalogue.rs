//! A database that is not what its migrations make is named, thing by thing.

use tacenda_postgres::{Catalogue, CatalogueError, Database, read_catalogue};

use crate::support::Ready;

/// What a superuser does, how it is undone, and how it is called.
const STRANGERS: [(&str, &str, &str); 30] = [
    (
        "create function keep() returns trigger language plpgsql as $$begin return null; end$$; \
         create trigger keep before insert on notes for each row execute function keep()",
        "drop trigger keep on notes; drop function keep",
        "function keep() is of no migration; trigger keep on table notes is of no migration",
    ),
    (
        "create schema hidden; create function hidden.f() returns int language sql as 'select 1'",
        "drop schema hidden cascade",
        "function hidden.f() is of no migration; schema hidden is of no migration",
    ),
    (
        "create function pg_catalog.octet_length(int) returns int language sql as 'select 1'",
        "drop function pg_catalog.octet_length(int)",
        "function pg_catalog.octet_length(integer) is of no migration",
    ),
    (
        "create function e() returns event_trigger language plpgsql as $$begin end$$; \
         create event trigger e on ddl_command_end execute function e()",
        "drop event trigger e; drop function e",
        "event trigger e is of no migration",
    ),
    (
        "create rule quiet as on insert to journal do instead nothing",
        "drop rule quiet on journal",
        "rule quiet on table journal is of no migration",
    ),
    (
        "create policy few on notes using (note > 5)",
        "drop policy few on notes",
        "policy few on table notes is of no migration",
    ),
    (
        "alter table notes enable row level security",
        "alter table notes disable row level security",
        "table notes is not as its migration made it",
    ),
    (
        "alter table notes force row level security",
        "alter table notes no force row level security",
        "table notes is not as its migration made it",
    ),
    (
        "alter table notes set unlogged",
        "alter table notes set logged",
        "table notes is not as its migration made it",
    ),
    ("alter table notes owner to tacenda_admin", "alter table notes owner to OWNER", "table notes is not as"),
    (
        "alter table journal add constraint small check (amount < 5)",
        "alter table journal drop constraint small",
        "constraint small on table journal is of no migration",
    ),
    (
        "alter table journal add constraint of_note foreign key (position) references notes (note) deferrable",
        "alter table journal drop constraint of_note",
        "constraint of_note on table journal is of no migration",
    ),
    (
        "alter table notes drop constraint notes_pkey",
        "alter table notes add constraint notes_pkey primary key (note)",
        "constraint notes_pkey on table notes is missing; index notes_pkey on table notes is missing",
    ),
    (
        "alter table notes alter column sealed set default 'x'",
        "alter table notes alter column sealed drop default",
        "column notes.sealed is not as its migration made it",
    ),
    (
        "alter table notes alter column sealed drop not null",
        "alter table notes alter column sealed set not null",
        "column notes.sealed is not as its migration made it",
    ),
    (
        "alter table notes add column twice bigint generated always as (note * 2) stored",
        "alter table notes drop column twice",
        "column notes.twice is of no migration",
    ),
    ("create table mine (n int)", "drop table mine", "table mine is of no migration"),
    ("create view pg_roles as select 1", "drop view public.pg_roles", "view pg_roles is of no migration"),
    (
        "create foreign data wrapper far; create server far foreign data wrapper far; \
         create foreign table away (n int) server far",
        "drop foreign data wrapper far cascade",
        "foreign data wrapper far is of no migration; foreign server far is of no migration; \
         foreign table away is of no migration",
    ),
    (
        "create table child () inherits (notes)",
        "drop table child",
        "child child of table notes is of no migration",
    ),
    (
        "alter table notes rename to notes_before; create view notes as select * from notes_before",
        "drop view notes; alter table notes_before rename to notes",
        "view notes is of no migration",
    ),
    (
        "create unique index once on journal (amount)",
        "drop index once",
        "index once on table journal is of no migration",
    ),
    ("create domain small as int check (value < 5)", "drop domain small", "type small is of no migration"),
    (
        "grant delete on journal to SERVICE",
        "revoke delete on journal from SERVICE",
        "rights on table journal of the service is not as its migration made it",
    ),
    (
        "grant update (amount) on journal to SERVICE",
        "revoke update (amount) on journal from SERVICE",
        "rights on column journal.amount of the service is of no migration",
    ),
    (
        "revoke insert on journal from SERVICE",
        "grant insert on journal to SERVICE",
        "rights on table journal of the service is not as its migration made it",
    ),
    (
        "grant OWNER to SERVICE",
        "revoke OWNER from SERVICE",
        "membership of the service in OWNER is of no migration",
    ),
    (
        "alter role SERVICE bypassrls",
        "alter role SERVICE nobypassrls",
        "powers of the service is of no migration",
    ),
    (
        "alter role SERVICE set synchronous_commit = off",
        "alter role SERVICE reset all",
        "setting synchronous_commit of the service is of no migration",
    ),
    (
        "alter database SERVICE set search_path = hidden, pg_catalog",
        "alter database SERVICE reset all",
        "setting search_path of the database is of no migration",
    ),
];

async fn check(catalogue: &Catalogue, database: &Database) -> String {
    match catalogue.check(database).await {
        Ok(()) => String::new(),
        Err(CatalogueError::Differs(differences)) => differences.to_string(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn every_kind_of_stranger_is_named() {
    let ready = Ready::make("cat_").await;
    let database = ready.database().await;
    let text = read_catalogue(&database).await.expect("is read");
    let catalogue = Catalogue::reviewed(Box::leak(text.into_boxed_str()));
    let admin = ready.as_admin().connect().await.expect("answers");
    assert_eq!(check(&catalogue, &database).await, "");
    for (done, undone, named) in STRANGERS {
        let with_names = |sql: &str| {
            sql.replace("SERVICE", ready.endpoints.runtime.role())
                .replace("OWNER", ready.endpoints.owner.role())
        };
        admin.batch_execute(&with_names(done)).await.expect(done);
        let found = check(&catalogue, &database).await;
        assert!(found.contains(&with_names(named)), "{done}: {found:?}");
        admin.batch_execute(&with_names(undone)).await.expect(undone);
        assert_eq!(check(&catalogue, &database).await, "", "after {undone}");
    }
}

#[tokio::test]
async fn what_only_serves_is_no_stranger() {
    let ready = Ready::make("cat1_").await;
    let database = ready.database().await;
    let text = read_catalogue(&database).await.expect("is read");
    let catalogue = Catalogue::reviewed(Box::leak(text.into_boxed_str()));
    let admin = ready.as_admin().connect().await.expect("answers");
    admin
        .batch_execute("create role reader login; grant select on notes to reader")
        .await
        .expect("is obeyed");
    admin.batch_execute("create temporary table t (n int); reindex table notes; analyze").await.expect("too");
    assert_eq!(check(&catalogue, &database).await, "", "a role for backups, and maintenance");
    assert!(!catalogue.fingerprint().iter().all(|byte| *byte == 0));
}

#[tokio::test]
async fn a_database_that_refuses_to_say_what_it_holds_is_named() {
    let ready = Ready::make("cat3_").await;
    let database = ready.database().await;
    let text = read_catalogue(&database).await.expect("is read");
    let catalogue = Catalogue::reviewed(Box::leak(text.into_boxed_str()));
    let admin = ready.as_admin().connect().await.expect("answers");
    for (right, from) in
        [("select", "pg_catalog.pg_trigger"), ("execute", "function pg_catalog.sha256(bytea)")]
    {
        admin.batch_execute(&format!("revoke {right} on {from} from public")).await.expect("is obeyed");
        let found = check(&catalogue, &database).await;
        assert_eq!(found, "it does not say what it holds (SQLSTATE 42501: the role lacks a right)");
        admin.batch_execute(&format!("grant {right} on {from} to public")).await.expect("too");
        assert_eq!(check(&catalogue, &database).await, "");
    }
}

/// A session whose role was told to look elsewhere first still finds PostgreSQL's own and then ours.
#[tokio::test]
async fn a_role_s_search_path_leads_nobody_astray() {
    let ready = Ready::make("cat2_").await;
    let role = ready.endpoints.runtime.role();
    let admin = ready.as_admin().connect().await.expect("answers");
    admin
        .batch_execute(&format!(
            "create schema evil; grant usage on schema evil to {role}; \
             create view evil.notes as select 7::bigint as note, 'x'::text as sealed; \
             grant select on evil.notes to {role}; alter role {role} set search_path = evil, public"
        ))
        .await
        .expect("is obeyed");
    let rows = ready.database().await.lanes().query("select note from notes", &[]).await.expect("are read");
    assert!(rows.is_empty(), "the service's own table is the empty one");
}
