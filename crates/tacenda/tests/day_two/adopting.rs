//! A ledger that was put back from a copy is refused, and people decide to go on.

use crate::{
    process::{Server, tool},
    site::Site,
};

const LEDGER: &str = "site_ledger";

async fn some_entries(site: &Site) {
    let server = site.serve().await;
    for _ in 0..3 {
        assert_eq!(server.get("/fhir/Patient").await.0, 401);
    }
    server.stop().await;
}

/// Copies a database, or puts the copy in its place.
async fn copy(site: &Site, from: &str, to: &str) {
    let admin = site.cluster.connect_as_admin().await.unwrap();
    let end = format!(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname in ('{from}', '{to}')"
    );
    admin.batch_execute(&end).await.unwrap();
    admin.batch_execute(&format!("drop database if exists {to}")).await.unwrap();
    admin.batch_execute(&format!("create database {to} owner {LEDGER}_owner template {from}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_put_back_is_refused_and_the_decision_to_go_on_stands_in_it() {
    let site = Site::make().await;
    let config = site.config();
    some_entries(&site).await;
    copy(&site, LEDGER, "site_copy").await;
    some_entries(&site).await;
    let adopt = ["ledger", "adopt", "--yes", "--config", &config];
    let (code, said) = tool(&adopt).await;
    assert!(code == 1 && said.contains("there is nothing to adopt"), "{said}");

    copy(&site, "site_copy", LEDGER).await;
    let refused =
        Server::spawn(&site.path("refused.log"), site.ports, &["serve", "all", "--config", &config]);
    let (succeeded, said) = refused.ended().await;
    assert!(!succeeded && said.contains("older copy of itself"), "{said}");
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(code == 1 && said.contains("older copy of itself"), "{said}");
    let (code, said) = tool(&["ledger", "adopt", "--config", &config]).await;
    assert!(code == 1 && said.contains("--yes"), "{said}");

    // An edit is no end that is missing.
    let ledger = site.admin("ledger").await;
    ledger.batch_execute("update entries set outcome = (outcome + 1) % 3 where position = 0").await.unwrap();
    let (code, said) = tool(&adopt).await;
    assert!(code == 1 && said.contains("entry 0 was edited"), "{said}");
    ledger.batch_execute("update entries set outcome = (outcome + 2) % 3 where position = 0").await.unwrap();
    drop(ledger);

    let (code, said) = tool(&adopt).await;
    assert!(code == 0 && said.contains("as evidence"), "{said}");
    some_entries(&site).await;
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(code == 0 && said.contains("the operator went on with"), "{said}");
    let kept = std::fs::read_dir(site.data()).unwrap().flatten().map(|one| one.file_name());
    assert!(kept.into_iter().any(|name| name.to_string_lossy().starts_with("witness-refused-")));
}
