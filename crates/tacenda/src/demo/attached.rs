//! A system over a data folder, for tools: beside the process that serves it, or alone.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Role, Secret, SystemClock};

use super::accounts::DemoAccounts;
use crate::{
    folder::{DataFolder, read_root_key},
    home::Home,
    system::{System, SystemParts},
};

/// A system over a data folder.
pub struct Attached {
    system: Arc<System>,
    home: Home,
    accounts: DemoAccounts,
}

impl Attached {
    /// Opens the folder of a demo.
    ///
    /// # Errors
    /// Where it is not one, or does not open.
    pub async fn open(path: &Path) -> Result<Self> {
        let folder = DataFolder::open(path)?;
        let accounts = DemoAccounts::read(&folder)?
            .with_context(|| format!("{} has no demo: run `make demo` first", path.display()))?;
        let root = read_root_key(&folder.root_key())?;
        let home = Home::private(&folder).await?;
        let origin = accounts.origin.clone();
        let opened = System::open(SystemParts {
            databases: home.databases.clone(),
            root,
            origin,
            witness: folder.witness(),
            rules: tacenda_accounts::AccountRules::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        });
        match opened.await {
            Ok(system) => Ok(Self { system: Arc::new(system), home, accounts }),
            Err(error) => {
                home.close().await;
                Err(error)
            }
        }
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> Arc<System> {
        Arc::clone(&self.system)
    }

    /// The demo's accounts.
    #[must_use]
    pub fn accounts(&self) -> DemoAccounts {
        self.accounts.clone()
    }

    /// An access token of the demo's account of a role.
    ///
    /// # Errors
    /// Where none is issued.
    pub async fn token(&self, role: Role) -> Result<Secret<String>> {
        self.accounts.token(&self.system.accounts, self.system.random.as_ref(), role).await
    }

    /// Stops what this process started.
    pub async fn close(self) {
        drop(self.system);
        self.home.close().await;
    }
}
