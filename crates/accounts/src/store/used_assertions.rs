//! Table `used_assertions`: client assertions are good once.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError, Transaction};

/// Forgets what has expired while it is here. The primary key decides between two that arrive together.
const USE: &str = "with expired as (delete from used_assertions where expires_at < $3) \
     insert into used_assertions (assertion, expires_at) values ($1, $2) \
     on conflict do nothing returning assertion";

/// Marks the assertion as used. False where it was used before.
pub(crate) async fn mark(
    database: &Database,
    assertion: &[u8; 32],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(USE, &[&assertion.as_slice(), &expires_at, &now]).await?;
    Ok(!rows.is_empty())
}

/// Marks it with what it is used for: where that is not done, it was not used.
pub(crate) async fn mark_with(
    transaction: &Transaction<'_>,
    assertion: &[u8; 32],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(transaction.query_opt(USE, &[&assertion.as_slice(), &expires_at, &now]).await?.is_some())
}
