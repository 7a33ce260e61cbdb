//! Clusters for tests, in a temporary folder.

use std::{
    fs::{self, File},
    io,
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::sync::Mutex;

use super::{
    Cluster, ClusterOptions,
    error::{At, ClusterError},
    template::Template,
};

const PREFIX: &str = "tacenda-cluster-";
/// Younger folders may be about to be locked.
const OLD_ENOUGH: Duration = Duration::from_secs(120);

static SHARED: Mutex<Weak<Cluster>> = Mutex::const_new(Weak::new());

impl Cluster {
    /// A new cluster in a temporary folder, gone when it is dropped. As durable as any other.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn start_temporary() -> Result<Self, ClusterError> {
        Self::temporary(true).await
    }

    /// As [`Cluster::start_temporary`], faster, for tests that no crash interrupts.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn start_temporary_without_fsync() -> Result<Self, ClusterError> {
        Self::temporary(false).await
    }

    /// The temporary cluster, without fsync, that all tests of a process share: each in databases of its own prefix. It
    /// ends when the last of them lets go, so keep it until the test ends, and in no static.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn shared_temporary() -> Result<Arc<Self>, ClusterError> {
        let mut shared = SHARED.lock().await;
        if let Some(cluster) = shared.upgrade() {
            return Ok(cluster);
        }
        let cluster = Arc::new(Self::start_temporary_without_fsync().await?);
        *shared = Arc::downgrade(&cluster);
        Ok(cluster)
    }

    async fn temporary(durable: bool) -> Result<Self, ClusterError> {
        let base = std::env::temp_dir();
        let swept = base.clone();
        // Nobody waits for it: what it does not finish, the next one does.
        let _detached = std::thread::spawn(move || sweep(&swept));
        let folder =
            tempfile::Builder::new().prefix(PREFIX).tempdir_in(&base).at("make a folder in", base)?;
        let template = Template::shared(&std::env::temp_dir())?;
        let options =
            ClusterOptions { folder: folder.path().into(), durable, template: Some(Arc::clone(&template)) };
        let mut cluster = Self::start(options).await?;
        cluster.temporary = Some((folder, template));
        Ok(cluster)
    }
}

/// Removes what test processes that were killed, or kept their cluster in a static, left behind.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_abandoned(&entry.path()) {
            // Another test process may be sweeping too.
            let _gone = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    let age = fs::metadata(folder).and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
    if age.is_none_or(|age| age <= OLD_ENOUGH) {
        // Who makes it now must find its lock free.
        return false;
    }
    match File::open(folder.join("lock")) {
        Ok(lock) => lock.try_lock().is_ok(),
        // A sweep before this one began with it.
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}
