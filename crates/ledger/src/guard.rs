//! The ledger goes on only upon the tables that its migrations make.
//!
//! A trigger on `entries` could keep entries out, or change them, with no word to whoever appends. So the database's
//! catalogue is looked at before the start and at every checkpoint, and while there is a stranger nothing is recorded.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tacenda_postgres::{CatalogueError, Database, Watch};

use crate::store::CATALOGUE;

/// What was seen of the catalogue last.
pub(crate) struct Guard {
    database: Arc<Database>,
    strange: AtomicBool,
    watch: Watch,
}

impl Guard {
    pub(crate) fn of(database: Arc<Database>) -> Self {
        Self { database, strange: AtomicBool::new(false), watch: Watch::of(CATALOGUE) }
    }

    /// Whether the tables were the right ones when they were looked at last.
    pub(crate) fn holds(&self) -> bool {
        !self.strange.load(Ordering::Acquire)
    }

    /// Looks now.
    pub(crate) async fn look(&self) -> Result<(), CatalogueError> {
        let found = self.watch.look(&self.database).await;
        match &found {
            Ok(()) if self.strange.swap(false, Ordering::AcqRel) => {
                tracing::info!("the ledger's database is what its migrations make again: it goes on");
            }
            Err(CatalogueError::Differs(strangers)) if !self.strange.swap(true, Ordering::AcqRel) => {
                tracing::error!(%strangers, "in the ledger's database: nothing is recorded until that is mended");
            }
            // A database that does not answer records nothing either.
            Ok(()) | Err(_) => {}
        }
        found
    }
}
