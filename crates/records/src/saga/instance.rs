//! Which running instance this is, and which others are alive.
//!
//! An instance holds a PostgreSQL advisory lock of its own random number for as long as it lives; a lock that can be
//! taken belongs to nobody alive.

use tacenda_kernel::Random;
use tacenda_postgres::{Client, Database};
use tokio::sync::Mutex;

use crate::RecordsError;

/// This instance's number and the connection that holds its lock.
pub(crate) struct Instance {
    pub(crate) number: i64,
    lock: Mutex<Client>,
}

const TAKE: &str = "select pg_try_advisory_lock($1)";
const HELD: &str = "select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()";
const PROBE: &str = "select pg_try_advisory_xact_lock($1)";

impl Instance {
    /// Announces this instance.
    pub(crate) async fn announce(database: &Database, random: &dyn Random) -> Result<Self, RecordsError> {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let number = i64::from_be_bytes(bytes);
        let lock = database.client().await?;
        lock.query(TAKE, &[&number]).await.map_err(|_| RecordsError::Unavailable)?;
        Ok(Self { number, lock: Mutex::new(lock) })
    }

    /// Takes the lock again where PostgreSQL restarted: without it, others take this instance for dead.
    pub(crate) async fn hold(&self, database: &Database) -> Result<(), RecordsError> {
        let mut lock = self.lock.lock().await;
        if lock.query(HELD, &[]).await.is_ok_and(|held| !held.is_empty()) {
            return Ok(());
        }
        let new = database.client().await?;
        new.query(TAKE, &[&self.number]).await.map_err(|_| RecordsError::Unavailable)?;
        *lock = new;
        Ok(())
    }

    /// Whether the instance with that number is alive.
    pub(crate) async fn lives(&self, database: &Database, other: i64) -> Result<bool, RecordsError> {
        if other == self.number {
            return Ok(true);
        }
        let rows = database.lanes().query(PROBE, &[&other]).await?;
        let free: Option<bool> = rows.first().and_then(|row| row.try_get(0).ok());
        Ok(free == Some(false))
    }
}
