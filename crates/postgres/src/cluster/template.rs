//! A data folder that is made once and copied for each temporary cluster: a copy takes a tenth of the time.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tempfile::TempDir;

use super::{
    account::Account,
    binaries::Binaries,
    error::{At, ClusterError},
    initialise::initdb,
};

static SHARED: Mutex<Weak<Template>> = Mutex::new(Weak::new());

/// It goes with the last cluster that was copied from it.
#[derive(Debug)]
pub(super) struct Template {
    folder: TempDir,
    made: Mutex<bool>,
}

impl Template {
    /// The one of this process.
    pub(super) fn shared(base: &Path) -> Result<Arc<Self>, ClusterError> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = shared.upgrade() {
            return Ok(template);
        }
        let folder = tempfile::Builder::new().prefix("tacenda-template-").tempdir_in(base);
        let folder = folder.at("make a folder in", base)?;
        let template = Arc::new(Self { folder, made: Mutex::new(false) });
        *shared = Arc::downgrade(&template);
        Ok(template)
    }

    /// Copies it into an empty folder. The first time it is made.
    pub(super) fn copy_to(
        &self,
        new: &Path,
        binaries: &Binaries,
        account: &Account,
    ) -> Result<(), ClusterError> {
        let data = self.made(binaries, account)?;
        let mut command = Command::new("cp");
        command.args(["-a", "--reflink=auto"]).arg(data.join(".")).arg(new);
        let output = account.run(&mut command).stdin(Stdio::null()).output().at("copy", &data)?;
        if output.status.success() {
            return Ok(());
        }
        Err(ClusterError::Initdb(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    fn made(&self, binaries: &Binaries, account: &Account) -> Result<PathBuf, ClusterError> {
        let data = self.folder.path().join("data");
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !*made {
            account.own(self.folder.path())?;
            std::fs::create_dir_all(&data).at("make", &data)?;
            account.own(&data)?;
            initdb(&data, binaries, account, false)?;
            *made = true;
        }
        Ok(data)
    }
}
