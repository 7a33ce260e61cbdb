//! Table `root_checks`: which root key the database belongs to.

use jiff::Timestamp;
use tacenda_postgres::Database;

use crate::error::StoreError;

const KEEP: &str = "insert into root_checks (check_value, created_at) values ($1, $2) on conflict do nothing";
const KEPT: &str = "select check_value from root_checks";

/// The check value of the root key that came first: `mine` in a new database.
pub(crate) async fn first(database: &Database, mine: &[u8], now: Timestamp) -> Result<Vec<u8>, StoreError> {
    database.lanes().query(KEEP, &[&mine, &now]).await?;
    let rows = database.lanes().query(KEPT, &[]).await?;
    Ok(rows.first().ok_or(StoreError::Malformed)?.try_get(0)?)
}
