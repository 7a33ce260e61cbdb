//! Table `used_assertions`: client assertions are good once.

use jiff::Timestamp;
use tacenda_postgres::{DatabaseError, Transaction};

use super::SealedDatabase;

/// Forgets what has expired while it is here. The primary key decides between two that arrive together.
const USE: &str = "with expired as (delete from used_assertions where expires_at < $3) \
     insert into used_assertions (assertion, expires_at) values ($1, $2) \
     on conflict do nothing returning assertion";

/// Marks the assertion as used. False where it was used before.
pub(crate) async fn mark(
    database: &SealedDatabase,
    assertion: &[u8; 32],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(USE, &[&assertion.as_slice(), &expires_at, &now]).await?;
    // SECURITY: what was used here a moment ago is known without its row, too: no row of these tables can be bound to an
    // account without a write to it for each token.
    let remembered = database.used.get(assertion).is_some_and(|until| until > now);
    database.used.insert(*assertion, expires_at);
    if remembered && !rows.is_empty() {
        tracing::error!(
            table = "used_assertions",
            "a proof that was used has no row any more: somebody else wrote to the account database"
        );
    }
    Ok(!rows.is_empty() && !remembered)
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
