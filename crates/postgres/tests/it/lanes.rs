//! Shared connections: many at once, and what happens when the server goes away.

use std::time::{Duration, Instant};

use futures::future::join_all;
use tacenda_postgres::{Cluster, ClusterOptions, DatabaseError};

use crate::support::{Ready, database, eventually, folder, provisioned};

const ECHO: &str = "select $1::bigint";

#[tokio::test]
async fn everyone_gets_their_own_answer() {
    let ready = Ready::make("l0_").await;
    let database = ready.database().await;
    let answers = join_all((0..500_i64).map(|n| {
        let lanes = database.lanes();
        async move {
            let row = lanes.query_opt(ECHO, &[&n]).await.expect("is answered").expect("has a row");
            (n, row.get::<_, i64>(0))
        }
    }))
    .await;
    assert!(answers.iter().all(|(asked, answered)| asked == answered));
}

#[tokio::test]
async fn nobody_waits_behind_a_slow_statement_while_a_lane_is_free() {
    let ready = Ready::make("l4_").await;
    let database = ready.database().await;
    const SLOW: &str = "select pg_backend_pid() from pg_sleep(2)";
    const BACKEND: &str = "select pg_backend_pid()";
    let backend = async |sql| -> i32 {
        database.lanes().query_opt(sql, &[]).await.expect("is answered").expect("has a row").get(0)
    };
    let usual = backend(BACKEND).await;
    assert_eq!(backend(BACKEND).await, usual, "one lane is enough");
    let abandoned = tokio::time::timeout(Duration::from_millis(100), backend(SLOW)).await;
    assert!(abandoned.is_err(), "slept for too short");
    assert_ne!(backend(BACKEND).await, usual, "its lane is still busy");
    let (slow, quick) = tokio::join!(backend(SLOW), backend(BACKEND));
    assert_ne!(slow, quick);
}

#[tokio::test]
async fn lanes_fail_fast_while_the_server_is_away_and_return_with_it() {
    let (_temporary, folder) = folder();
    let options = ClusterOptions::new(&folder).without_fsync_for_tests();
    let cluster = Cluster::start(options.clone()).await.expect("starts");
    let database = database(&provisioned(&cluster, "t_").await).await;
    let mut client = database.client().await.expect("is to be had");
    cluster.stop().await;

    let begun = Instant::now();
    let lane = database.lanes().query(ECHO, &[&1_i64]).await.map(|_| ());
    let pooled = client.transaction().await.map(|_| ());
    let another = database.client().await.map(|_| ());
    assert_eq!(lane, Err(DatabaseError::Unavailable));
    assert_eq!(pooled, Err(DatabaseError::Unavailable));
    assert_eq!(another, Err(DatabaseError::Unavailable));
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());

    let _cluster = Cluster::start(options).await.expect("starts again");
    drop(client);
    eventually("lanes return", async || database.lanes().query(ECHO, &[&1_i64]).await.is_ok()).await;
    database.client().await.expect("is to be had").query(ECHO, &[&1_i64]).await.expect("is answered");
}

#[tokio::test]
async fn a_statement_in_flight_when_the_session_ends_is_unknown() {
    let ready = Ready::make("l2_").await;
    let database = ready.database().await;
    let admin = ready.cluster.connect_as_admin().await.expect("answers");
    const TERMINATE: &str = "select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(5)' \
         and datname = 'l2_notes' and state = 'active' and pid <> pg_backend_pid()";
    let (slept, ()) = tokio::join!(
        database.lanes().query("select pg_sleep(5)", &[]),
        eventually("it sleeps", async || !admin.query(TERMINATE, &[]).await.expect("is obeyed").is_empty())
    );
    assert_eq!(slept.map(|_| ()), Err(DatabaseError::Unknown));
    database.lanes().query(ECHO, &[&1_i64]).await.expect("another lane answers");
}

#[tokio::test]
async fn a_statement_whose_table_changed_is_prepared_again() {
    let ready = Ready::make("l3_").await;
    let database = ready.database().await;
    const ALL: &str = "select * from notes";
    for _ in 0..4 {
        database.lanes().query(ALL, &[]).await.expect("is answered");
    }
    let owner = ready.as_admin().connect().await.expect("may enter");
    owner.batch_execute("alter table notes add column more int").await.expect("is obeyed");
    for _ in 0..4 {
        let _stale = database.lanes().query(ALL, &[]).await;
    }
    for _ in 0..4 {
        database.lanes().query(ALL, &[]).await.expect("is answered again");
    }
}
