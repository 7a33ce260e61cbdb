//! Why the private cluster does not run.

use std::{io, path::PathBuf};

use crate::{DatabaseError, ProvisionError};

/// Why the private cluster could not be started, found or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL is not installed, or too old.
    #[error(
        "no PostgreSQL {wanted} found on PATH or in /usr/lib/postgresql: install it (apt-get install postgresql), \
         or configure a database URL for each service"
    )]
    NotInstalled {
        /// The version that is needed.
        wanted: String,
    },
    /// A program that comes with every Debian is missing.
    #[error("{0} not found: install it (apt-get install util-linux)")]
    NoTool(&'static str),
    /// PostgreSQL refuses to run as root and there is nobody else to run as.
    #[error("PostgreSQL cannot run as root, and there is no system user postgres: useradd --system postgres")]
    NoAccount,
    /// The account that runs PostgreSQL cannot get to the data folder.
    #[error(
        "the user {user}, which runs PostgreSQL, cannot pass through {}: chmod o+x it, or choose another data folder",
        folder.display()
    )]
    Unreachable {
        /// The folder that lets nobody through.
        folder: PathBuf,
        /// Who must get through.
        user: String,
    },
    /// Another process runs this cluster.
    #[error("the data folder {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A server that nobody minds any more does not end.
    #[error("a PostgreSQL server (process {pid}) still runs in {} and does not stop", folder.display())]
    Orphan {
        /// The server's process.
        pid: i32,
        /// Its data folder.
        folder: PathBuf,
    },
    /// The socket's folder belongs to somebody else.
    #[error("{} is not a private folder of ours: remove it", .0.display())]
    UnsafeSocketFolder(PathBuf),
    /// No folder was found whose path is short enough for a socket.
    #[error("the path of {} is too long for a socket: choose a shorter data folder", .0.display())]
    SocketPathTooLong(PathBuf),
    /// `initdb` failed.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// The server ends as soon as it is started.
    #[error("PostgreSQL does not start: {reason} (see {})", log.display())]
    DoesNotStart {
        /// The last thing it said.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// The server runs but does not answer.
    #[error("PostgreSQL does not answer")]
    DoesNotAnswer(#[source] DatabaseError),
    /// A file or folder of the cluster cannot be used.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A database of the cluster could not be made ready.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    /// The blocking part of the start was cut off.
    #[error("the start of PostgreSQL was interrupted")]
    Interrupted,
}

/// Says what was being done to which path.
pub(super) trait At<T> {
    fn at(self, doing: &'static str, path: impl Into<PathBuf>) -> Result<T, ClusterError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: impl Into<PathBuf>) -> Result<T, ClusterError> {
        self.map_err(|source| ClusterError::Io { doing, path: path.into(), source })
    }
}

impl<T> At<T> for rustix::io::Result<T> {
    fn at(self, doing: &'static str, path: impl Into<PathBuf>) -> Result<T, ClusterError> {
        self.map_err(io::Error::from).at(doing, path)
    }
}
