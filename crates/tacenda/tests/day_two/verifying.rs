//! `tacenda ledger verify`: of every installation, without a trace, and with an exit code for each of three answers.

use std::fs;

use crate::{
    process::tool,
    site::{PREFIX, Site},
};

/// How often each table of each database was written to, as PostgreSQL counts it.
async fn writes(site: &Site) -> Vec<(String, i64)> {
    let mut all = Vec::new();
    for spec in tacenda::databases::specs() {
        let admin = site.admin(&spec.name).await;
        admin.batch_execute("select pg_stat_force_next_flush()").await.unwrap();
        let sql =
            "select relname::text, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables order by 1";
        for row in admin.query(sql, &[]).await.unwrap() {
            all.push((format!("{PREFIX}{}.{}", spec.name, row.get::<_, String>(0)), row.get(1)));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_of_every_installation_and_leaves_no_trace() {
    let site = Site::make().await;
    let (config, data) = (site.config(), site.data());
    let server = site.serve().await;
    // A refusal leaves an entry.
    assert_eq!(server.get("/fhir/Patient").await.0, 401);
    server.stop().await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;

    let before = writes(&site).await;
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(
        code == 0 && said.contains("all holds") && said.contains("with its witness, which saw"),
        "{said}"
    );
    assert_eq!(writes(&site).await, before, "nothing was written");

    // The folder alone is not the installation.
    let (code, said) = tool(&["ledger", "verify", "--data", &data]).await;
    assert!(code == 2 && said.contains("--config") && said.contains("tacenda.toml"), "{said}");
    assert!(!fs::exists(format!("{data}/postgres")).unwrap(), "it was given no private PostgreSQL");

    // Without a witness a rollback cannot be seen, and none is made.
    fs::rename(format!("{data}/witness"), site.path("kept")).unwrap();
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(code == 2 && said.contains("no witness to compare with"), "{said}");
    assert!(!fs::exists(format!("{data}/witness")).unwrap());
    fs::rename(site.path("kept"), format!("{data}/witness")).unwrap();

    // An edit is found.
    let ledger = site.admin("ledger").await;
    ledger.batch_execute("update entries set outcome = (outcome + 1) % 3 where position = 0").await.unwrap();
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(code == 1 && said.contains("entry 0 was edited") && said.contains("it does not hold"), "{said}");
    assert_eq!(writes(&site).await.len(), before.len());
    ledger.batch_execute("update entries set outcome = (outcome + 2) % 3 where position = 0").await.unwrap();

    // A database that does not answer is neither.
    let admin = site.cluster.connect_as_admin().await.unwrap();
    admin.batch_execute(&format!("alter database {PREFIX}ledger allow_connections false")).await.unwrap();
    let (code, said) = tool(&["ledger", "verify", "--config", &config]).await;
    assert!(code == 2 && said.contains("the database of ledger cannot be entered"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_keys_are_named_and_are_no_hold() {
    let site = Site::make().await;
    let (config, server) = (site.config(), site.serve().await);
    // A refusal leaves an entry.
    assert_eq!(server.get("/fhir/Patient").await.0, 401);
    server.stop().await;
    let keystore = site.admin("keystore").await;
    let verify = ["ledger", "verify", "--config", config.as_str()];
    keystore
        .batch_execute("create temporary table kept as table compartment_keys; delete from compartment_keys where compartment = 'clinical'")
        .await
        .unwrap();
    let (code, said) = tool(&verify).await;
    assert!(code == 1 && said.contains("the compartment key of clinical"), "{code} {said}");
    assert!(said.contains("it does not hold"), "{said}");
    keystore
        .batch_execute("delete from compartment_keys; insert into compartment_keys table kept")
        .await
        .unwrap();

    // Where all of them are gone, others still hold what they sealed.
    let all = "delete from compartment_keys; delete from directory_keys; delete from master_keys";
    keystore.batch_execute(all).await.unwrap();
    let (code, said) = tool(&verify).await;
    assert!(
        code == 1 && said.contains("every key is missing") && said.contains("hold data: ledger"),
        "{code} {said}"
    );
    keystore.batch_execute("insert into compartment_keys table kept").await.unwrap();
    let (code, said) = tool(&verify).await;
    assert!(code == 1 && said.contains("the master key"), "{code} {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_whose_databases_were_elsewhere_gets_no_cluster_by_a_shorter_configuration() {
    let site = Site::make().await;
    site.serve().await.stop().await;
    let text = fs::read_to_string(site.config()).unwrap();
    site.write("shorter.toml", text.split("[databases").next().unwrap());
    let shorter = site.path("shorter.toml").display().to_string();
    for command in [&["migrate"][..], &["serve", "all"]] {
        let (code, said) = tool(&[command, &["--config", &shorter]].concat()).await;
        assert!(code == 1 && said.contains("put [databases] back"), "{command:?}: {said}");
    }
    assert!(!fs::exists(format!("{}/postgres", site.data())).unwrap());
}
