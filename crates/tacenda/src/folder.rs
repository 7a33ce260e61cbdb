//! The data folder: what lies where, and the files only their owner may read.

use std::{
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_kernel::Secret;

/// A folder with everything an installation keeps outside of databases.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder at this path, made for its owner alone if it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make(path: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the data folder {}", path.display()))?;
        Self::open(path)
    }

    /// The folder at this path. A tool that is given another one by mistake makes nothing there.
    ///
    /// # Errors
    /// Where there is none.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            bail!("there is no data folder {}: name the one of the installation with --data", path.display());
        }
        let path = path.canonicalize().with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whether a private cluster is in it.
    #[must_use]
    pub fn has_cluster(&self) -> bool {
        self.postgres().join("data/PG_VERSION").exists()
    }

    /// Whether something was sealed under its root key already.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.has_cluster()
            || self.witness().join("ledger.checkpoint").exists()
            || self.installation().exists()
    }

    /// Lets the account that runs the private cluster through, where that is another one than ours: it can pass, and
    /// neither list nor read.
    ///
    /// # Errors
    /// Where the mode cannot be changed.
    pub fn let_through(&self) -> Result<()> {
        let about = fs::metadata(&self.0).with_context(|| format!("cannot look at {}", self.0.display()))?;
        let mode = about.mode() & 0o777;
        let ours = about.uid() == rustix::process::geteuid().as_raw();
        if rustix::process::geteuid().is_root() && ours && mode == 0o700 {
            fs::set_permissions(&self.0, Permissions::from_mode(0o711))
                .with_context(|| format!("cannot change the mode of {}", self.0.display()))?;
        }
        Ok(())
    }

    /// Why others than its owner could see what is in it, if they could.
    #[must_use]
    pub fn refuse_listed(&self) -> Option<String> {
        let mode = fs::metadata(&self.0).ok()?.mode() & 0o777;
        let may_pass = rustix::process::geteuid().is_root() && self.has_cluster();
        let fitting = if may_pass { 0o711 } else { 0o700 };
        let path = self.0.display();
        (mode & !fitting != 0)
            .then(|| format!("{path} is open to others (mode {mode:o}); run: chmod {fitting:o} {path}"))
    }

    /// What kind of installation it is of.
    #[must_use]
    pub fn installation(&self) -> PathBuf {
        self.0.join("installation.json")
    }

    /// Where the private cluster is.
    #[must_use]
    pub fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// Where certificates are.
    #[must_use]
    pub fn tls(&self) -> PathBuf {
        self.0.join("tls")
    }

    /// Where checkpoints are kept outside of the ledger's database.
    #[must_use]
    pub fn witness(&self) -> PathBuf {
        self.0.join("witness")
    }

    /// Where mail is kept that no server is configured for.
    #[must_use]
    pub fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }

    /// The demo's accounts.
    #[must_use]
    pub fn demo(&self) -> PathBuf {
        self.0.join("demo.json")
    }

    /// The root key's file.
    #[must_use]
    pub fn root_key(&self) -> PathBuf {
        self.0.join("root.key")
    }

    /// What is to be said where the root key is missing and must not be made.
    #[must_use]
    pub fn missing_root_key(&self) -> String {
        format!(
            "the root key is missing: {} needs the {} that it was begun with. Put its copy back (mode 0600). Another key \
             opens nothing of what is there; to begin anew, with nothing, use another data folder",
            self.0.display(),
            self.root_key().display()
        )
    }

    /// Makes a new root key; refuses to overwrite one, and to make one beside data that was sealed under another.
    ///
    /// # Errors
    /// Where there is one already, or data without its key, or the folder is not writable.
    pub fn make_root_key(&self) -> Result<()> {
        let path = self.root_key();
        if path.exists() {
            bail!(
                "{} exists already; without it everything sealed is lost, so it is not overwritten",
                path.display()
            );
        }
        if self.is_in_use() {
            bail!(self.missing_root_key());
        }
        write_private(&path, &RootKey::make(&SystemRandom).to_file_text())
    }
}

/// Reads a root key from a file that only its owner may read.
///
/// # Errors
/// Where the file is missing, readable by others, or holds no key.
pub fn read_root_key(path: &Path) -> Result<RootKey> {
    if !path.exists() {
        bail!(
            "the root key {} is not there. What was sealed under it is lost without it: put its copy back. Only for a new \
             installation `tacenda init` makes one",
            path.display()
        );
    }
    refuse_shared(path)?;
    let text =
        Secret::new(fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?);
    // EXPOSE: the key is made from it.
    RootKey::from_file_text(text.expose()).with_context(|| format!("in {}", path.display()))
}

/// Refuses a file that others than its owner may read.
///
/// # Errors
/// Where it is missing or its mode is wider than 0600.
pub fn refuse_shared(path: &Path) -> Result<()> {
    let metadata = fs::metadata(path).with_context(|| format!("{} is not there", path.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!("{} can be read by others (mode {mode:o}); run: chmod 600 {}", path.display(), path.display());
    }
    Ok(())
}

/// Writes a new file of mode 0600, durably.
///
/// # Errors
/// Where it exists already or cannot be written.
pub fn write_private(path: &Path, text: &Secret<String>) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot make {}", path.display()))?;
    // EXPOSE: this is where it is kept.
    file.write_all(text.expose().as_bytes())?;
    file.sync_all().with_context(|| format!("cannot write {}", path.display()))
}
