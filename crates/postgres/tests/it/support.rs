//! What several tests need.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tacenda_postgres::{Cluster, Database, DatabaseOptions, DatabaseSpec, Endpoint, ServiceEndpoints};

mod embedded {
    refinery::embed_migrations!("tests/it/migrations");
}

/// A service that may read and write notes, and append to a journal.
pub(crate) fn notes() -> DatabaseSpec {
    DatabaseSpec {
        name: "notes".to_owned(),
        migrations: embedded::migrations::runner,
        grants: &[("notes", "select, insert, update, delete"), ("journal", "select, insert")],
    }
}

/// A database of one test in the shared cluster.
pub(crate) struct Ready {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) prefix: String,
    pub(crate) endpoints: ServiceEndpoints,
}

impl Ready {
    /// Makes it. Each test has a prefix of its own.
    pub(crate) async fn make(prefix: &str) -> Self {
        let cluster = Cluster::shared_temporary().await.expect("starts");
        let endpoints = provisioned(&cluster, prefix).await;
        Self { cluster, prefix: prefix.to_owned(), endpoints }
    }

    pub(crate) async fn database(&self) -> Database {
        database(&self.endpoints).await
    }

    pub(crate) fn as_admin(&self) -> Endpoint {
        self.cluster.admin_endpoint(&format!("{}notes", self.prefix))
    }

    pub(crate) fn socket(&self) -> String {
        let folder = fs::read_to_string(self.cluster.folder().join("socket-folder")).expect("says where");
        folder.replace('/', "%2F")
    }
}

pub(crate) async fn provisioned(cluster: &Cluster, prefix: &str) -> ServiceEndpoints {
    cluster.provision(prefix, &[notes()]).await.expect("can be provisioned").remove(0)
}

pub(crate) async fn database(endpoints: &ServiceEndpoints) -> Database {
    Database::open(&endpoints.runtime, &DatabaseOptions::named("test")).await.expect("can be opened")
}

/// The processes that work in this data folder: the server and all its backends.
pub(crate) fn processes_in(data: &Path) -> Vec<i32> {
    let data = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
    let entries = fs::read_dir("/proc").expect("is Linux");
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == data)).collect()
}

/// The server's own process.
pub(crate) fn postmaster(data: &Path) -> i32 {
    let text = fs::read_to_string(data.join("postmaster.pid")).expect("the server runs");
    text.lines().next().and_then(|line| line.parse().ok()).expect("begins with its number")
}

pub(crate) fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).expect("is a process");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("is ours to kill");
}

/// Waits until it holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A folder that the account which runs PostgreSQL can get to.
pub(crate) fn folder() -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().expect("can be made");
    fs::set_permissions(temporary.path(), fs::Permissions::from_mode(0o711)).expect("is ours");
    let folder = temporary.path().join("postgres");
    (temporary, folder)
}
