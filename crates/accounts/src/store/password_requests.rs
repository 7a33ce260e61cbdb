//! Table `password_requests`: who asked for a new password and was not answered yet.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError};
use uuid::Uuid;

use super::one;

const INSERT: &str = "insert into password_requests (request, email_token, asked_at) values ($1, $2, $3)";

/// Somebody asked.
pub(crate) async fn insert(
    database: &Database,
    id: Uuid,
    email_token: i64,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    one(database.lanes().execute(INSERT, &[&id, &email_token, &now]).await)
}

const WAITING: &str =
    "select request, email_token from password_requests order by asked_at, request limit 100";

/// The oldest that wait.
pub(crate) async fn waiting(database: &Database) -> Result<Vec<(Uuid, i64)>, DatabaseError> {
    let rows = database.lanes().query(WAITING, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

const REMOVE: &str = "delete from password_requests where request = $1";

/// It was answered. False where another instance did that.
pub(crate) async fn remove(
    transaction: &tacenda_postgres::Transaction<'_>,
    id: Uuid,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(REMOVE, &[&id]).await? == 1)
}
