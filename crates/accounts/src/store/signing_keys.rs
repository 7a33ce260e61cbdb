//! Table `signing_keys`: the private keys under which tokens are signed, wrapped.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::Row;

/// A key as stored.
pub(crate) struct SigningKeyRow {
    pub(crate) kid: String,
    pub(crate) wrapped: Vec<u8>,
}

/// Taken for the length of a transaction, so that instances that start together make one first key.
const ONE_AT_A_TIME: &str = "select pg_advisory_xact_lock(hashtext('signing_keys'))";
const CURRENT: &str =
    "select kid, wrapped from signing_keys where retired_at is null order by created_at desc, kid";
const INSERT: &str = "insert into signing_keys (kid, wrapped, created_at) values ($1, $2, $3)";

/// The keys in force, newest first. Where there is none, `first` makes it.
pub(crate) async fn current_or_first(
    database: &Database,
    now: Timestamp,
    first: impl FnOnce() -> SigningKeyRow,
) -> Result<Vec<SigningKeyRow>, DatabaseError> {
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    transaction.query(ONE_AT_A_TIME, &[]).await?;
    let found = transaction.query(CURRENT, &[]).await?;
    if !found.is_empty() {
        return found.iter().map(read).collect();
    }
    let key = first();
    transaction.execute(INSERT, &[&key.kid, &key.wrapped, &now]).await?;
    transaction.commit().await?;
    Ok(vec![key])
}

fn read(row: &Row) -> Result<SigningKeyRow, DatabaseError> {
    Ok(SigningKeyRow { kid: row.try_get(0)?, wrapped: row.try_get(1)? })
}
