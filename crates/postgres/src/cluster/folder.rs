//! What lies where in the cluster's folder, and who holds it.
//!
//! ```text
//!   lock                  held by whoever minds the cluster
//!   data/                 PostgreSQL's own, of the account that runs it
//!   socket/               its socket, if the path is short enough
//!   socket-folder         where the socket is
//!   pg_hba.conf pg_ident.conf passwords postgres.log
//! ```
//!
//! SECURITY: all but `data` and the socket's folder belongs to the caller, so that a PostgreSQL gone wrong cannot lay
//! links for a caller who is root.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;

use super::{
    account::Account,
    error::{At, ClusterError},
};

/// A socket's path has at most 107 bytes; PostgreSQL adds `/.s.PGSQL.5432`.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// The cluster's folder.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// A lock on a folder.
#[derive(Debug)]
pub(super) struct FolderLock(File);

impl Drop for FolderLock {
    /// Closing the file is not enough: a process that is being started holds a copy of it until it runs another program.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "a folder stays locked until this process ends");
        }
    }
}

impl Folder {
    /// Makes the folder if need be.
    pub(super) fn open(path: &Path) -> Result<Self, ClusterError> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).at("make", path)?;
        Ok(Self(path.canonicalize().at("find", path)?))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.file("postgres.log")
    }

    /// Holds the folder until the lock is dropped.
    pub(super) fn lock(&self) -> Result<FolderLock, ClusterError> {
        let path = self.file("lock");
        let file = private().truncate(false).open(&path).at("open", &path)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock(file)),
            Err(TryLockError::WouldBlock) => Err(ClusterError::InUse(self.0.clone())),
            Err(TryLockError::Error(source)) => Err(source).at("lock", path),
        }
    }

    /// Lets the account through to its own folders.
    pub(super) fn let_through(&self, account: &Account) -> Result<(), ClusterError> {
        account.must_reach(&self.0)?;
        let mode = if account.drops_privileges() { 0o711 } else { 0o700 };
        fs::set_permissions(&self.0, Permissions::from_mode(mode)).at("change the mode of", &self.0)
    }

    /// Writes a small file as a whole, or not at all.
    pub(super) fn write(&self, name: &str, mode: u32, text: &str) -> Result<(), ClusterError> {
        let (path, new) = (self.file(name), self.file(&format!("{name}.new")));
        let written = private().truncate(true).open(&new).and_then(|mut file| {
            file.set_permissions(Permissions::from_mode(mode))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &path)).at("write", path)
    }

    /// Makes the folder of the socket and says where it is.
    pub(super) fn make_socket_folder(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let inside = self.file("socket");
        let folder = if inside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            inside
        } else {
            let elsewhere = self.short_folder()?;
            tracing::warn!(folder = %elsewhere.display(), "the data folder's path is too long for a socket");
            elsewhere
        };
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => account.own(&folder)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                must_be_private(&folder, account)?
            }
            Err(error) => return Err(error).at("make", folder),
        }
        account.must_reach(&folder)?;
        self.write("socket-folder", 0o600, &folder.to_string_lossy())?;
        Ok(folder)
    }

    /// Where the running cluster's socket is.
    pub(super) fn socket_folder(&self) -> Result<PathBuf, ClusterError> {
        let path = self.file("socket-folder");
        fs::read_to_string(&path).map(PathBuf::from).at("read", path)
    }

    /// A folder outside, always the same for this one.
    fn short_folder(&self) -> Result<PathBuf, ClusterError> {
        let hash = digest::digest(&digest::SHA256, self.0.as_os_str().as_encoded_bytes());
        let name: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let root = rustix::process::geteuid().is_root();
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|_| !root).map(PathBuf::from);
        let candidates = runtime.into_iter().chain([std::env::temp_dir(), PathBuf::from("/tmp")]);
        candidates
            .map(|base| base.join(OsStr::new(&format!("tacenda-{name}"))))
            .find(|folder| folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER)
            .ok_or_else(|| ClusterError::SocketPathTooLong(self.0.clone()))
    }
}

/// SECURITY: anybody can make a folder of that name in a shared place before us.
fn must_be_private(folder: &Path, account: &Account) -> Result<(), ClusterError> {
    let about = fs::symlink_metadata(folder).at("look at", folder)?;
    let private = about.is_dir() && about.uid() == account.uid && about.mode() & 0o077 == 0;
    if private { Ok(()) } else { Err(ClusterError::UnsafeSocketFolder(folder.into())) }
}

/// Files that only the caller reads.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).write(true).mode(0o600);
    options
}
