//! The PostgreSQL under a test.

use std::{
    fs,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tacenda_ledger::store::{GRANTS, migrations};
use tacenda_postgres::{Cluster, ClusterOptions, DatabaseSpec, ServiceEndpoints};
use tokio::sync::OnceCell;
use tokio_postgres::Client;

static SHARED: OnceCell<Arc<Cluster>> = OnceCell::const_new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct Server {
    cluster: Option<Arc<Cluster>>,
    pub(crate) endpoints: ServiceEndpoints,
    // Declared last: removed after the cluster has stopped.
    _folder: Option<tempfile::TempDir>,
}

impl Server {
    pub(crate) async fn shared() -> Self {
        let cluster =
            SHARED.get_or_init(|| async { Arc::new(Cluster::start_temporary().await.unwrap()) }).await;
        Self::on(Arc::clone(cluster), None).await
    }

    pub(crate) async fn alone() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cluster = Cluster::start(ClusterOptions::new(folder.path().join("cluster"))).await.unwrap();
        Self::on(Arc::new(cluster), Some(folder)).await
    }

    async fn on(cluster: Arc<Cluster>, folder: Option<tempfile::TempDir>) -> Self {
        let prefix = format!("t{}_", COUNT.fetch_add(1, Ordering::Relaxed));
        let spec = DatabaseSpec { name: "ledger".to_owned(), migrations, grants: GRANTS };
        let endpoints = cluster.provision(&prefix, &[spec]).await.unwrap().remove(0);
        Self { cluster: Some(cluster), endpoints, _folder: folder }
    }

    fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().unwrap()
    }

    /// The database's name.
    pub(crate) fn name(&self) -> &str {
        self.endpoints.runtime.database()
    }

    pub(crate) async fn superuser(&self) -> Client {
        self.cluster().admin_endpoint(self.name()).connect().await.unwrap()
    }

    pub(crate) async fn administer(&self, statement: &str) {
        self.cluster().connect_as_admin().await.unwrap().batch_execute(statement).await.unwrap();
    }

    /// Ends all sessions in the database and lets no new one in.
    pub(crate) async fn close(&self) {
        let name = self.name();
        self.administer(&format!("alter database {name} allow_connections false")).await;
        let end =
            format!("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{name}'");
        self.administer(&end).await;
    }

    /// `kill -9`: the cluster starts the server again by itself.
    pub(crate) fn kill(&self) {
        let lines = fs::read_to_string(self.cluster().folder().join("data/postmaster.pid")).unwrap();
        let killed = Command::new("kill").args(["-9", lines.lines().next().unwrap()]).status().unwrap();
        assert!(killed.success());
    }

    pub(crate) async fn stop(&self) {
        self.cluster().stop().await;
    }

    pub(crate) async fn restart(&mut self) {
        let folder = self.cluster().folder().to_owned();
        self.cluster = None;
        self.cluster = Some(Arc::new(Cluster::start(ClusterOptions::new(folder)).await.unwrap()));
    }
}
