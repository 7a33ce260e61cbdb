//! Table `fences`: the time up to which the past is closed.

use jiff::Timestamp;
use tacenda_contracts::vault::VaultError;
use tacenda_postgres::Database;

use crate::error::from_database;

const RAISE: &str = "update fences set fenced_until = greatest(fenced_until, $1) where fence = 1 \
     returning pg_current_xact_id()::text";

/// Writers read the fence in their own statement, so one that began before it was raised may still commit: it is over
/// when no transaction older than ours is left.
const OLDER_ARE_OVER: &str = "select pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8";

/// Raises the fence and waits until no write from below it can appear.
pub(crate) async fn raise(database: &Database, until: Timestamp) -> Result<(), VaultError> {
    let raised = database.lanes().query(RAISE, &[&until]).await.map_err(from_database(database))?;
    let transaction: String = first(&raised)?;
    loop {
        let rows =
            database.lanes().query(OLDER_ARE_OVER, &[&transaction]).await.map_err(from_database(database))?;
        if first(&rows)? {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Where it is not one row with a time, every write is refused: that is a fence that never opens.
const FENCED_UNTIL: &str = "select case \
       when count(*) <> 1 then timestamptz '9999-01-01' \
       when bool_and(fenced_until = '-infinity') then null \
       else least(coalesce(max(fenced_until), 'infinity'), timestamptz '9999-01-01') end \
     from fences where fence = 1";

/// Up to when writes are refused; none where no past was closed yet.
pub(crate) async fn fenced_until(database: &Database) -> Result<Option<Timestamp>, VaultError> {
    let rows = database.lanes().query(FENCED_UNTIL, &[]).await.map_err(from_database(database))?;
    first(&rows)
}

fn first<'a, T: tokio_postgres::types::FromSql<'a>>(
    rows: &'a [tokio_postgres::Row],
) -> Result<T, VaultError> {
    rows.first().and_then(|row| row.try_get(0).ok()).ok_or(VaultError::Unavailable)
}
