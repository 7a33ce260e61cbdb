//! The ledger goes on only upon the tables that its migrations make.
//!
//! A trigger on `entries` could keep entries out, or change them, with no word to whoever appends. So the database's
//! catalogue is looked at before the start and at every checkpoint, and while there is a stranger nothing is recorded.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tacenda_postgres::{CatalogueError, Database};

use crate::store::CATALOGUE;

/// What was seen of the catalogue last.
pub(crate) struct Guard {
    database: Arc<Database>,
    strange: AtomicBool,
    /// Since when it does not say what it holds.
    silent: Mutex<Option<Instant>>,
}

/// For how long it need not say.
const SILENT: Duration = Duration::from_secs(3);
const PING: &str = "select 1";

impl Guard {
    pub(crate) fn of(database: Arc<Database>) -> Self {
        Self { database, strange: AtomicBool::new(false), silent: Mutex::default() }
    }

    /// Whether the tables were the right ones when they were looked at last.
    pub(crate) fn holds(&self) -> bool {
        !self.strange.load(Ordering::Acquire)
    }

    /// Looks now.
    pub(crate) async fn look(&self) -> Result<(), CatalogueError> {
        let found = CATALOGUE.check(&self.database).await;
        match &found {
            Ok(()) if self.strange.swap(false, Ordering::AcqRel) => {
                tracing::info!("the ledger's database is what its migrations make again: it goes on");
            }
            Err(CatalogueError::Differs(strangers)) if !self.strange.swap(true, Ordering::AcqRel) => {
                tracing::error!(%strangers, "in the ledger's database: nothing is recorded until that is mended");
            }
            Err(CatalogueError::Database(_)) if self.is_silent_for_long() && self.answers().await => {
                if !self.strange.swap(true, Ordering::AcqRel) {
                    tracing::error!(
                        "the ledger's database does not say what it holds: nothing is recorded until it does"
                    );
                }
            }
            // One that does not answer at all records nothing either.
            Ok(()) | Err(_) => {}
        }
        if !matches!(found, Err(CatalogueError::Database(_))) {
            *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        found
    }

    fn is_silent_for_long(&self) -> bool {
        let mut since = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        since.get_or_insert_with(Instant::now).elapsed() >= SILENT
    }

    async fn answers(&self) -> bool {
        self.database.lanes().query(PING, &[]).await.is_ok()
    }
}
