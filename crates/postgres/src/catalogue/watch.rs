//! Comparing a catalogue again and again, while others use the database.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::timeout;

use super::{Catalogue, CatalogueError, difference::Differences};
use crate::{Database, DatabaseError};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long a database need not say what it holds.
const SILENT: Duration = Duration::from_secs(3);
const PING: &str = "select 1";

/// A catalogue, and since when its database does not say what it holds.
#[derive(Debug)]
pub struct Watch {
    catalogue: Catalogue,
    silent: Mutex<Option<Instant>>,
}

impl Watch {
    /// A database that was not asked yet.
    #[must_use]
    pub const fn of(catalogue: Catalogue) -> Self {
        Self { catalogue, silent: Mutex::new(None) }
    }

    /// Compares once.
    ///
    /// # Errors
    /// [`CatalogueError::Differs`] names every stranger, or that the database has not said what it holds for three seconds,
    /// though it answers. [`CatalogueError::Database`] where it does not answer, or not yet.
    pub async fn look(&self, database: &Database) -> Result<(), CatalogueError> {
        let unanswered = Err(CatalogueError::Database(DatabaseError::Unavailable));
        let compared = timeout(PATIENCE, self.catalogue.check(database)).await.unwrap_or(unanswered);
        let Err(CatalogueError::Database(error)) = compared else {
            *self.silent() = None;
            return compared;
        };
        // SECURITY: the owner of a database can keep this question alone from being answered, and lay a trigger meanwhile.
        // One that is gone does nothing for anybody.
        let is_long = self.silent().get_or_insert_with(Instant::now).elapsed() >= SILENT;
        if is_long && answers(database).await {
            return Err(CatalogueError::Differs(Differences::untold(&error)));
        }
        Err(CatalogueError::Database(error))
    }

    fn silent(&self) -> MutexGuard<'_, Option<Instant>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answers(database: &Database) -> bool {
    matches!(timeout(PATIENCE, database.lanes().query(PING, &[])).await, Ok(Ok(_)))
}
