//! The schema says what class every column is of, and the runtime role can do no more than it must.

use std::sync::Arc;

use tacenda_postgres::{
    Cluster, Database, DatabaseOptions, DatabaseSpec, read_catalogue, undocumented_columns,
};

async fn database(prefix: &str) -> (Arc<Cluster>, Database) {
    let cluster = Cluster::shared_temporary().await.unwrap();
    let spec = DatabaseSpec {
        name: "vault_schema".to_owned(),
        migrations: tacenda_vault::migrations,
        grants: tacenda_vault::GRANTS,
    };
    let endpoints = cluster.provision(prefix, &[spec]).await.unwrap();
    let database = Database::open(&endpoints[0].runtime, &DatabaseOptions::named("schema")).await.unwrap();
    (cluster, database)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_is_classified_and_the_role_is_bounded() {
    let (_cluster, database) = database("schema_").await;
    assert_eq!(undocumented_columns(&database).await.unwrap(), Vec::<String>::new());
    for statement in [
        "create table x (y int)",
        "delete from records",
        "delete from versions",
        "update versions set version = 2",
        "truncate tokens",
        "drop table staged",
    ] {
        let refused = database.lanes().query(statement, &[]).await.unwrap_err();
        assert_eq!(refused.sqlstate(), Some("42501"), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_the_reviewed_one() {
    let (_cluster, database) = database("catalogue_").await;
    let text = read_catalogue(&database).await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "{path} differs; review it, then set UPDATE_GOLDEN=1"
    );
}
