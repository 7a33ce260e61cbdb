//! One after the other: those who look first whether something is there, and create it where it is not.

use tacenda_postgres::Database;

use crate::{Records, RecordsError};

/// In milliseconds: a connection that does nothing for as long as the work takes is not idle, and that is longer than any
/// request; whoever waits for others waits longer than for a row.
const PATIENCE: &str = "select set_config('idle_in_transaction_session_timeout', '150000', true), \
     set_config('lock_timeout', '9000', true)";

/// Locks of a transaction, taken in one order, so that of two who want the same several nobody waits for the other's.
const TAKE: &str =
    "select pg_advisory_xact_lock(key) from (select unnest($1::bigint[]) as key order by 1) as keys";

impl Records {
    /// Does `work` while nobody else does any under one of the same questions, in this instance or another.
    ///
    /// The database keeps a number for each question: a keyed hash, while the lock is held.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where others are at it for too long; nothing was begun then.
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
        hold(&self.database, &keys, work).await
    }
}

async fn hold<T>(
    database: &Database,
    keys: &[i64],
    work: impl Future<Output = T>,
) -> Result<T, RecordsError> {
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    transaction.query(PATIENCE, &[]).await?;
    transaction.query(TAKE, &[&keys]).await?;
    let done = work.await;
    // The work is done whether or not PostgreSQL hears that the lock is free; a lost connection frees it as well.
    if let Err(error) = transaction.rollback().await {
        tracing::warn!(error = %error, "a lock was left to its connection's end");
    }
    Ok(done)
}
