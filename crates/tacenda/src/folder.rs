//! The data folder: what lies where, and the files only their owner may read.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_kernel::Secret;

/// A folder with everything an installation keeps outside of databases.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder at this path, made if it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the data folder {}", path.display()))?;
        let path = path.canonicalize().with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self(path))
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

    /// Makes a new root key; refuses to overwrite one.
    ///
    /// # Errors
    /// Where there is one already, or the folder is not writable.
    pub fn make_root_key(&self) -> Result<()> {
        let path = self.root_key();
        if path.exists() {
            bail!(
                "{} exists already; without it everything sealed is lost, so it is not overwritten",
                path.display()
            );
        }
        write_private(&path, &RootKey::make(&SystemRandom).to_file_text())
    }
}

/// Reads a root key from a file that only its owner may read.
///
/// # Errors
/// Where the file is missing, readable by others, or holds no key.
pub fn read_root_key(path: &Path) -> Result<RootKey> {
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
    let metadata = fs::metadata(path)
        .with_context(|| format!("{} is not there; `tacenda init` makes it", path.display()))?;
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
