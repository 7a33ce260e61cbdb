//! The private PostgreSQL cluster: reached through a socket alone, minded by the process that started it.

mod account;
mod binaries;
mod error;
mod folder;
mod initialise;
mod orphan;
mod passwords;
mod prepare;
mod server;
mod settings;
mod template;
mod temporary;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

pub use error::ClusterError;
pub(crate) use passwords::Passwords;
use tempfile::TempDir;
use tokio::{task, time};

use self::{
    error::At,
    folder::{Folder, FolderLock},
    prepare::Prepared,
    server::Server,
    template::Template,
};
use crate::{DatabaseError, DatabaseSpec, Endpoint, ServiceEndpoints, service};

/// The cluster's superuser.
pub(crate) const ADMIN: &str = "tacenda_admin";
/// The database that every cluster has.
const MAINTENANCE: &str = "postgres";

const POLL: Duration = Duration::from_millis(20);
/// A killed server's last backends may keep a new one from starting for a moment; then it is given up.
const MOST_FAILURES: u32 = 5;
const ATTACH_LIMIT: Duration = Duration::from_secs(20);

/// Where the cluster lives.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    folder: PathBuf,
    durable: bool,
    template: Option<Arc<Template>>,
}

impl ClusterOptions {
    /// A cluster in this folder, which is made if it is not there. It should be the cluster's alone.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), durable: true, template: None }
    }

    /// Gives up durability for speed. Only for tests whose data nobody misses.
    #[must_use]
    pub fn without_fsync_for_tests(mut self) -> Self {
        self.durable = false;
        self
    }
}

/// A running private cluster. Stop it with [`Cluster::stop`]; dropping it stops it too, but blocks meanwhile.
#[derive(Debug)]
pub struct Cluster {
    folder: Folder,
    socket: PathBuf,
    passwords: Passwords,
    minded: Mutex<Option<Minded>>,
    // Declared last, so that it is removed after the server has ended.
    temporary: Option<(TempDir, Arc<Template>)>,
}

/// What only the process that started the cluster has.
#[derive(Debug)]
struct Minded {
    server: Server,
    // Declared last: the folder is free only once the server has ended.
    _lock: FolderLock,
}

impl Cluster {
    /// Starts the cluster, making it first if the folder has none, and waits until it answers.
    ///
    /// # Errors
    /// [`ClusterError::InUse`] if another process minds it; else see [`ClusterError`].
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let prepared = task::spawn_blocking(move || Prepared::new(&options));
        let Prepared { folder, socket, lock, launch } =
            prepared.await.map_err(|_| ClusterError::Interrupted)??;
        let passwords = Passwords::open(folder.clone())?;
        let minded = Minded { server: Server::start(launch)?, _lock: lock };
        let cluster = Self { folder, socket, passwords, minded: Mutex::new(Some(minded)), temporary: None };
        cluster.await_answer().await?;
        Ok(cluster)
    }

    /// Uses the cluster that runs in the folder or, where none runs, starts it. For tools.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn attach(folder: impl Into<PathBuf>) -> Result<Self, ClusterError> {
        let options = ClusterOptions::new(folder);
        let begun = Instant::now();
        loop {
            match Self::start(options.clone()).await {
                Err(ClusterError::InUse(_)) => {}
                started_or_failed => return started_or_failed,
            }
            match Self::join(&options.folder).await {
                // It may be on its way up, or on its way down and soon ours to start.
                Err(error) if begun.elapsed() > ATTACH_LIMIT => return Err(error),
                Err(_) => time::sleep(POLL).await,
                joined => return joined,
            }
        }
    }

    async fn join(folder: &Path) -> Result<Self, ClusterError> {
        let folder = Folder::open(folder)?;
        let socket = folder.socket_folder()?;
        let passwords = Passwords::open(folder.clone())?;
        let cluster = Self { folder, socket, passwords, minded: Mutex::new(None), temporary: None };
        cluster.connect_as_admin().await.map_err(ClusterError::DoesNotAnswer)?;
        Ok(cluster)
    }

    /// Stops the server and waits until it has ended. A cluster that was only attached to goes on.
    pub async fn stop(&self) {
        let minded = self.minded.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(minded) = minded {
            let at_once = self.temporary.is_some();
            let stopping = task::spawn_blocking(move || minded.server.stop(at_once));
            if stopping.await.is_err() {
                tracing::error!("the stop of PostgreSQL was interrupted");
            }
        }
    }

    /// The cluster's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the databases and roles that are missing, migrates each database, and grants each runtime role exactly
    /// what its spec names. `prefix` begins every name (`tacenda_`, or one for each test). Idempotent.
    ///
    /// # Errors
    /// See [`crate::ProvisionError`].
    pub async fn provision(
        &self,
        prefix: &str,
        specs: &[DatabaseSpec],
    ) -> Result<Vec<ServiceEndpoints>, ClusterError> {
        Ok(service::provision(self, &self.passwords, prefix, specs).await?)
    }

    /// The endpoints of a service that was provisioned before, without touching its database.
    #[must_use]
    pub fn endpoints(&self, prefix: &str, name: &str) -> ServiceEndpoints {
        let (owner, runtime) = (format!("{prefix}{name}_owner"), format!("{prefix}{name}"));
        ServiceEndpoints {
            owner: self.endpoint(&runtime, &owner),
            runtime: self.endpoint(&runtime, &runtime),
        }
    }

    /// The superuser, in the database of this name (any cluster has `postgres`).
    #[must_use]
    pub fn admin_endpoint(&self, database: &str) -> Endpoint {
        Endpoint::on_socket(&self.socket, database, ADMIN, None)
    }

    /// A connection as superuser to the maintenance database.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn connect_as_admin(&self) -> Result<tokio_postgres::Client, DatabaseError> {
        self.admin_endpoint(MAINTENANCE).connect().await
    }

    fn endpoint(&self, database: &str, role: &str) -> Endpoint {
        let password = self.passwords.of(role);
        // EXPOSE: the driver proves it to the server.
        Endpoint::on_socket(
            &self.socket,
            database,
            role,
            password.as_ref().map(|secret| secret.expose().as_str()),
        )
    }

    /// A crashed server recovers before it answers, which may take long; as long as it lives it is waited for.
    async fn await_answer(&self) -> Result<(), ClusterError> {
        loop {
            match self.connect_as_admin().await {
                Ok(_) => return Ok(()),
                Err(DatabaseError::Unavailable) => {}
                Err(error) => return Err(ClusterError::DoesNotAnswer(error)),
            }
            if self.failures() >= MOST_FAILURES {
                let log = self.folder.log();
                return Err(ClusterError::DoesNotStart { reason: last_word(&log)?, log });
            }
            time::sleep(POLL).await;
        }
    }

    fn failures(&self) -> u32 {
        let minded = self.minded.lock().unwrap_or_else(PoisonError::into_inner);
        minded.as_ref().map_or(0, |minded| minded.server.failures())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let at_once = self.temporary.is_some();
        let minded = self.minded.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(minded) = minded {
            minded.server.stop(at_once);
        }
    }
}

/// The last line of the log that says why.
fn last_word(log: &Path) -> Result<String, ClusterError> {
    let text = fs::read(log).at("read", log)?;
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rev().find(|line| line.contains("FATAL")).or_else(|| text.lines().next_back());
    Ok(last.unwrap_or("it says nothing").to_owned())
}
