//! One after the other: those who look first whether something is there, and create it where it is not.
//!
//! Who asks the same as somebody else in this process waits here; one connection at most for each question waits in
//! PostgreSQL for those of other instances.

mod turns;

use std::time::Duration;

use tacenda_postgres::Database;
use tokio::time::{Instant, timeout, timeout_at};
pub(crate) use turns::Turns;

use crate::{Records, RecordsError};

/// How long somebody waits for others: longer than for a row.
const PATIENCE: Duration = Duration::from_secs(9);

/// How long the work may take: as long as any request.
const LONGEST: Duration = Duration::from_secs(120);

/// In milliseconds: a connection that does nothing for as long as the work takes is not idle.
const SETTINGS: &str = "select set_config('idle_in_transaction_session_timeout', '150000', true), \
     set_config('lock_timeout', $1, true)";

/// Locks of a transaction, taken in one order, so that of two who want the same several nobody waits for the other's.
const TAKE: &str =
    "select pg_advisory_xact_lock(key) from (select unnest($1::bigint[]) as key order by 1) as keys";

impl Records {
    /// Does `work` while nobody else does any under one of the same questions, in this instance or another.
    ///
    /// The database keeps a number for each question: a keyed hash, while the lock is held.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where others are at it for too long, and nothing was begun; and where the work itself takes
    /// too long, of which nobody knows then what it did.
    pub async fn one_at_a_time<T>(
        &self,
        questions: &[String],
        work: impl Future<Output = T>,
    ) -> Result<T, RecordsError> {
        let key = |question: &String| {
            let [a, b, c, d, e, f, g, h, ..] =
                self.submission_key.mac(format!("question\0{question}").as_bytes());
            i64::from_be_bytes([a, b, c, d, e, f, g, h])
        };
        let keys: Vec<i64> = questions.iter().map(key).collect();
        let until = Instant::now() + PATIENCE;
        let waiting = timeout_at(until, self.turns.take(&keys));
        let _turn = waiting.await.map_err(|_| RecordsError::Unavailable)?;
        hold(&self.database, &keys, until, work).await
    }
}

async fn hold<T>(
    database: &Database,
    keys: &[i64],
    until: Instant,
    work: impl Future<Output = T>,
) -> Result<T, RecordsError> {
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    // Zero would be for ever.
    let left = until.saturating_duration_since(Instant::now()).as_millis().max(1).to_string();
    transaction.query(SETTINGS, &[&left]).await?;
    transaction.query(TAKE, &[&keys]).await?;
    let done = timeout(LONGEST, work).await;
    // The work is over whether or not PostgreSQL hears that the lock is free; a lost connection frees it as well.
    if let Err(error) = transaction.rollback().await {
        tracing::warn!(error = %error, "a lock was left to its connection's end");
    }
    done.map_err(|_| RecordsError::Unavailable)
}
