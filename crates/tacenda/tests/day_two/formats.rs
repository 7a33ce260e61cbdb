//! What another release made is refused by name, before anything in it is changed.

use std::fs;

use crate::{
    process::{Server, demo, folder, ports, texts, tool},
    site::Site,
};

const OTHER: &str = "update refinery_schema_history set checksum = '1' where version = 1";

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_another_format_are_refused_before_any_is_changed() {
    let site = Site::make().await;
    let config = site.config();
    // One of another release, and one that has nothing yet.
    site.admin("vault_field").await.batch_execute(OTHER).await.unwrap();
    site.admin("accounts")
        .await
        .batch_execute("drop schema public cascade; create schema public authorization site_accounts_owner")
        .await
        .unwrap();
    for command in [&["migrate"][..], &["serve", "all"]] {
        let (code, said) = tool(&[command, &["--config", &config]].concat()).await;
        assert!(
            code == 1 && said.contains("database site_vault_field was made by another release"),
            "{said}"
        );
    }
    let accounts = site.admin("accounts").await;
    let tables = accounts.query("select 1 from pg_tables where schemaname = 'public'", &[]);
    assert!(tables.await.unwrap().is_empty(), "the other one was not touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_of_another_format_is_refused_with_what_to_do() {
    let (temporary, data) = folder();
    let data = data.to_str().unwrap();
    let (ports, log) = (ports(), temporary.path().join("log"));
    let texts = texts(ports);
    Server::start(&log, ports, &demo(data, &texts)).await.stop().await;
    let cluster = tacenda_postgres::Cluster::attach(format!("{data}/postgres")).await.unwrap();
    let ledger = cluster.admin_endpoint("tacenda_ledger").connect().await.unwrap();
    ledger.batch_execute(OTHER).await.unwrap();
    cluster.stop().await;
    let (succeeded, said) = Server::spawn(&log, ports, &demo(data, &texts)).ended().await;
    assert!(!succeeded && said.contains("tacenda_ledger was made by another release"), "{said}");
    assert!(said.contains("delete the folder and begin anew"), "{said}");

    // A folder of a form to come is refused before its databases are looked at.
    fs::write(format!("{data}/installation.json"), r#"{"format": 7, "databases": "private"}"#).unwrap();
    let (succeeded, said) = Server::spawn(&log, ports, &demo(data, &texts)).ended().await;
    assert!(!succeeded && said.contains("is kept in form 7"), "{said}");
}
