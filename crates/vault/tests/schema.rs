//! The schema says what class every column is of, and the runtime role can do no more than it must.

use std::sync::Arc;

use tacenda_postgres::{Cluster, Database, DatabaseOptions, DatabaseSpec, undocumented_columns};

#[tokio::test(flavor = "multi_thread")]
async fn every_column_is_classified_and_the_role_is_bounded() {
    let cluster: Arc<Cluster> = Cluster::shared_temporary().await.unwrap();
    let spec = DatabaseSpec {
        name: "vault_schema".to_owned(),
        migrations: tacenda_vault::migrations,
        grants: tacenda_vault::GRANTS,
    };
    let endpoints = cluster.provision("schema_", &[spec]).await.unwrap();
    let database = Database::open(&endpoints[0].runtime, &DatabaseOptions::named("schema")).await.unwrap();
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
