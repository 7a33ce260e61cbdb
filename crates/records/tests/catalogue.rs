//! What the database of the application consists of, as it was reviewed.

use tacenda_postgres::{
    Cluster, Database, DatabaseOptions, DatabaseSpec, read_catalogue, undocumented_columns,
};
use tacenda_records::{GRANTS, migrations};

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_the_reviewed_one() {
    let cluster = Cluster::shared_temporary().await.unwrap();
    let spec = DatabaseSpec { name: "records".to_owned(), migrations, grants: GRANTS };
    let endpoints = cluster.provision("catalogue_", &[spec]).await.unwrap();
    let options = DatabaseOptions::named("catalogue");
    let database = Database::open(&endpoints[0].runtime, &options).await.unwrap();
    assert_eq!(undocumented_columns(&database).await.unwrap(), Vec::<String>::new());
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
