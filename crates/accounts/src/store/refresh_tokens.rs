//! Table `refresh_tokens`: each is good once, then replaced by the next.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use uuid::Uuid;

/// A refresh token as stored.
pub(crate) struct RefreshRow {
    /// SHA-256 of the token.
    pub(crate) token: [u8; 32],
    pub(crate) authorisation: Uuid,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) used: bool,
}

const INSERT: &str =
    "insert into refresh_tokens (token, authorisation, issued_at, expires_at) values ($1, $2, $3, $4)";

/// Stores a new token.
pub(crate) async fn insert(transaction: &Transaction<'_>, new: &RefreshRow) -> Result<(), DatabaseError> {
    let token = new.token.as_slice();
    transaction.execute(INSERT, &[&token, &new.authorisation, &new.issued_at, &new.expires_at]).await?;
    Ok(())
}

const FIND: &str = "select authorisation, issued_at, expires_at, used_at is not null \
     from refresh_tokens where token = $1";

/// The token with this hash.
pub(crate) async fn find(database: &Database, token: &[u8; 32]) -> Result<Option<RefreshRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&token.as_slice()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(RefreshRow {
        token: *token,
        authorisation: row.try_get(0)?,
        issued_at: row.try_get(1)?,
        expires_at: row.try_get(2)?,
        used: row.try_get(3)?,
    }))
}

const USE: &str = "update refresh_tokens set used_at = $2 where token = $1 and used_at is null";

/// Marks it as replaced; false where it was before. The row's lock decides between two who come together.
pub(crate) async fn replace(
    transaction: &Transaction<'_>,
    token: &[u8; 32],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(USE, &[&token.as_slice(), &now]).await? > 0)
}
