//! Table `refresh_tokens`: each is good once, then replaced by the next.

use jiff::Timestamp;
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{SealedDatabase, one};
use crate::row_seal::{Meaning, RowKey};

const TOKEN: &str = "refresh_tokens.token";

/// A refresh token as stored.
pub(crate) struct RefreshRow {
    /// SHA-256 of the token.
    pub(crate) token: [u8; 32],
    pub(crate) authorisation: Uuid,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) used: bool,
}

impl RefreshRow {
    fn meaning(&self, token: &[u8]) -> Meaning {
        Meaning::of("refresh_tokens")
            .bytes(token)
            .id(self.authorisation)
            .time(self.issued_at)
            .time(self.expires_at)
            .flag(self.used)
    }
}

const INSERT: &str = "insert into refresh_tokens (token, authorisation, issued_at, expires_at, seal) \
     values ($1, $2, $3, $4, $5)";

/// Stores a new token.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    new: &RefreshRow,
) -> Result<(), DatabaseError> {
    let token = key.token(TOKEN, &new.token);
    let seal = key.seal(&new.meaning(&token));
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&token, &new.authorisation, &new.issued_at, &new.expires_at, &seal];
    one(transaction.execute(INSERT, parameters).await)
}

/// How its authorisation names it.
pub(crate) fn stored(key: &RowKey, token: &[u8; 32]) -> Vec<u8> {
    key.token(TOKEN, token)
}

const FIND: &str = "select authorisation, issued_at, expires_at, used_at is not null, seal \
     from refresh_tokens where token = $1";

/// The token with this hash.
pub(crate) async fn find(
    database: &SealedDatabase,
    token: &[u8; 32],
) -> Result<Option<RefreshRow>, DatabaseError> {
    let stored = database.key.token(TOKEN, token);
    let rows = database.lanes().query(FIND, &[&stored]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let found = RefreshRow {
        token: *token,
        authorisation: row.try_get(0)?,
        issued_at: row.try_get(1)?,
        expires_at: row.try_get(2)?,
        used: row.try_get(3)?,
    };
    Ok(database.key.believes(&found.meaning(&stored), row.try_get(4)?).then_some(found))
}

/// Whether a token was written here and not replaced: its columns are token, what is good next, authorisation, times,
/// whether it was used, and seal.
pub(crate) fn is_good(key: &RowKey, row: &Row) -> Result<bool, DatabaseError> {
    let stored: &[u8] = row.try_get(0)?;
    let found = RefreshRow {
        token: [0; 32],
        authorisation: row.try_get(2)?,
        issued_at: row.try_get(3)?,
        expires_at: row.try_get(4)?,
        used: row.try_get(5)?,
    };
    Ok(!found.used && key.believes(&found.meaning(stored), row.try_get(6)?))
}

const USE: &str = "update refresh_tokens set used_at = $2, seal = $3 where token = $1 and used_at is null";

/// Marks it as replaced; false where it was before. The row's lock decides between two who come together.
pub(crate) async fn replace(
    transaction: &Transaction<'_>,
    key: &RowKey,
    found: &RefreshRow,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let token = key.token(TOKEN, &found.token);
    let seal = key.seal(&RefreshRow { used: true, ..*found }.meaning(&token));
    Ok(transaction.execute(USE, &[&token, &now, &seal]).await? > 0)
}
