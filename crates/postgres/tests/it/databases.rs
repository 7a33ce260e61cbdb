//! What a service may do in its database, and what an error tells.

use tacenda_postgres::{
    Cluster, Database, DatabaseError, DatabaseOptions, DatabaseSpec, Endpoint, ProvisionError, migrate,
    undocumented_columns,
};

use crate::support::{Ready, notes, provisioned};

const INSERT: &str = "insert into notes (note, sealed) values ($1, $2)";
const COUNT: &str = "select count(*) from notes";

async fn refusal(endpoint: &Endpoint, sql: &str) -> Option<String> {
    let client = endpoint.connect().await.expect("may enter");
    let error = client.batch_execute(sql).await.err()?;
    Some(error.code().expect("comes from the server").code().to_owned())
}

#[tokio::test]
async fn a_runtime_role_has_its_grants_and_nothing_else() {
    let ready = Ready::make("p0_").await;
    let runtime = &ready.endpoints.runtime;
    for forbidden in [
        "create table mine (n int)",
        "create temporary table mine (n int)",
        "create schema mine",
        "alter table notes add column n int",
        "drop table notes",
        "truncate notes",
        "update journal set amount = 2",
        "delete from journal",
        "truncate journal",
        "alter table journal disable trigger all",
        "create role friend",
        "set role p0_notes_owner",
        "select * from refinery_schema_history",
    ] {
        assert_eq!(refusal(runtime, forbidden).await.as_deref(), Some("42501"), "{forbidden}");
    }
    for allowed in ["insert into journal (amount) values (1)", "delete from notes"] {
        assert_eq!(refusal(runtime, allowed).await, None, "{allowed}");
    }
}

#[tokio::test]
async fn a_service_enters_no_database_but_its_own_and_only_with_its_password() {
    let ready = Ready::make("p1_").await;
    let specs = [notes(), DatabaseSpec { name: "other".to_owned(), ..notes() }];
    ready.cluster.provision(&ready.prefix, &specs).await.expect("can be provisioned");
    let passwords = std::fs::read_to_string(ready.cluster.folder().join("passwords")).expect("are kept");
    let password = passwords.lines().find_map(|line| line.strip_prefix("p1_notes ")).expect("is kept");
    let socket = ready.socket();
    let url = |password: &str, database: &str| {
        let url = format!("postgresql://p1_notes:{password}@{}/{database}", socket);
        Endpoint::parse(&url).expect("is a URL")
    };
    url(password, "p1_notes").connect().await.expect("may enter");
    for (password, database) in
        [(password, "p1_other"), (password, "postgres"), (password, "template1"), ("guess", "p1_notes")]
    {
        let error = url(password, database).connect().await.expect_err("may not enter");
        assert!(matches!(error.sqlstate(), Some("42501" | "28P01")), "{database}: {error}");
    }
}

#[tokio::test]
async fn provisioning_again_changes_nothing_but_takes_back_stray_grants() {
    let ready = Ready::make("p2_").await;
    let runtime = &ready.endpoints.runtime;
    let first = ready.database().await;
    first.lanes().execute(INSERT, &[&1_i64, &"kept"]).await.expect("is stored");
    let stray = "grant update on journal to p2_notes; grant create on schema public to p2_notes, public";
    assert_eq!(refusal(&ready.as_admin(), stray).await, None);

    let (one, two) =
        tokio::join!(provisioned(&ready.cluster, &ready.prefix), provisioned(&ready.cluster, &ready.prefix));
    assert_eq!(one.runtime.role(), two.runtime.role());
    let rows = first.lanes().query(COUNT, &[]).await.expect("are read");
    assert_eq!(rows[0].get::<_, i64>(0), 1);
    for forbidden in ["update journal set amount = 2", "create table mine (n int)"] {
        assert_eq!(refusal(runtime, forbidden).await.as_deref(), Some("42501"), "{forbidden}");
    }
}

#[tokio::test]
async fn lost_passwords_are_made_anew() {
    let cluster = Cluster::start_temporary_without_fsync().await.expect("starts");
    provisioned(&cluster, "t_").await;
    std::fs::remove_file(cluster.folder().join("passwords")).expect("was there");
    let attached = Cluster::attach(cluster.folder()).await.expect("attaches");
    provisioned(&attached, "t_").await.runtime.connect().await.expect("may enter");
}

#[tokio::test]
async fn an_operators_urls_are_migrated_the_same_way() {
    let ready = Ready::make("p4_").await;
    let admin = ready.cluster.connect_as_admin().await.expect("answers");
    for sql in ["create role chief", "create role clerk login", "create database clinic owner chief"] {
        admin.batch_execute(sql).await.expect("is obeyed");
    }
    admin
        .batch_execute("alter role chief login password 'a'; alter role clerk password 'b'")
        .await
        .expect("too");
    let socket = ready.socket();
    let url = |user: &str| format!("postgresql://{user}@{}/clinic", socket);
    let endpoint = |user| Endpoint::parse(&url(user)).expect("is a URL");
    let endpoints =
        tacenda_postgres::ServiceEndpoints { owner: endpoint("chief:a"), runtime: endpoint("clerk:b") };
    for _ in 0..2 {
        migrate(&endpoints, &notes()).await.expect("is migrated");
    }
    assert_eq!(refusal(&endpoints.runtime, "delete from notes").await, None);
    assert_eq!(refusal(&endpoints.runtime, "delete from journal").await.as_deref(), Some("42501"));

    let same =
        tacenda_postgres::ServiceEndpoints { owner: endpoint("chief:a"), runtime: endpoint("chief:a") };
    assert!(matches!(migrate(&same, &notes()).await, Err(ProvisionError::Roles(_))));
}

#[tokio::test]
async fn names_and_grants_that_could_be_sql_are_refused() {
    let ready = Ready::make("p5_").await;
    let name = DatabaseSpec { name: "x\"; drop".to_owned(), ..notes() };
    let long = DatabaseSpec { name: "x".repeat(60), ..notes() };
    for spec in [name, long] {
        let error = ready.cluster.provision(&ready.prefix, &[spec]).await.expect_err("is no name");
        assert!(error.to_string().contains("is no name for a database"), "{error}");
    }
    let grant = DatabaseSpec { grants: &[("notes", "select on notes to public; --")], ..notes() };
    let error = ready.cluster.provision(&ready.prefix, &[grant]).await.expect_err("is no grant");
    assert!(error.to_string().contains("is no grant"), "{error}");
}

#[tokio::test]
async fn no_error_quotes_a_value() {
    let ready = Ready::make("p6_").await;
    let database = ready.database().await;
    let secret = "swordfish";
    database.lanes().execute(INSERT, &[&1_i64, &secret]).await.expect("is stored");
    let twice = database.lanes().execute(INSERT, &[&1_i64, &secret]).await.expect_err("is a duplicate");
    let cast = database.lanes().query("select ($1::text)::int", &[&secret]).await.expect_err("is no number");
    let kind = database.lanes().query(INSERT, &[&secret, &secret]).await.expect_err("is the wrong type");
    let missing = database.lanes().query(INSERT, &[&1_i64]).await.expect_err("is too few");
    assert_eq!(twice, DatabaseError::Conflict);
    assert_eq!(cast.sqlstate(), Some("22P02"));
    assert!(
        matches!((&kind, &missing), (DatabaseError::Other(_), DatabaseError::Other(_))),
        "{kind} {missing}"
    );
    for error in [twice, cast, kind, missing] {
        let mut text = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text.push_str(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn a_transaction_with_a_failed_statement_does_not_seem_to_commit() {
    let ready = Ready::make("p7_").await;
    let database = ready.database().await;
    let mut client = database.client().await.expect("is to be had");
    let transaction = client.transaction().await.expect("begins");
    transaction.execute(INSERT, &[&1_i64, &"a"]).await.expect("is done");
    assert_eq!(transaction.execute(INSERT, &[&1_i64, &"b"]).await, Err(DatabaseError::Conflict));
    assert_eq!(transaction.commit().await, Err(DatabaseError::Conflict));
    let rows = client.query(COUNT, &[]).await.expect("are read");
    assert_eq!(rows[0].get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_commit_whose_connection_is_lost_is_unknown() {
    let ready = Ready::make("p8_").await;
    let database = ready.database().await;
    let mut client = database.client().await.expect("is to be had");
    let transaction = client.transaction().await.expect("begins");
    let rows = transaction.query("select pg_backend_pid()", &[]).await.expect("is told");
    let backend: i32 = rows[0].get(0);
    let admin = ready.cluster.connect_as_admin().await.expect("answers");
    // The server ends the session while the client commits; whether the commit came first cannot be told.
    admin.execute("select pg_terminate_backend($1, 5000)", &[&backend]).await.expect("is obeyed");
    assert_eq!(transaction.commit().await, Err(DatabaseError::Unknown));
    drop(client);
    let client = database.client().await.expect("another is to be had");
    client.query(COUNT, &[]).await.expect("works");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_cut_off() {
    let ready = Ready::make("p9_").await;
    let runtime = &ready.endpoints.runtime;
    let limit = std::time::Duration::from_millis(100);
    let options = DatabaseOptions { statement_timeout: limit, ..DatabaseOptions::named("test") };
    let database = Database::open(runtime, &options).await.expect("opens");
    let slept = database.lanes().query("select pg_sleep(5)", &[]).await;
    assert_eq!(slept.map(|_| ()), Err(DatabaseError::Unavailable));
}

#[tokio::test]
async fn columns_without_a_class_are_found() {
    let ready = Ready::make("p10_").await;
    let database = ready.database().await;
    let found = undocumented_columns(&database).await.expect("is told");
    assert_eq!(found, ["journal.amount", "journal.position"]);
}
