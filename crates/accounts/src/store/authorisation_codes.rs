//! Table `authorisation_codes`: each is good once, for a minute.

use jiff::Timestamp;
use tacenda_postgres::{DatabaseError, Transaction};
use uuid::Uuid;

use super::one;
use crate::row_seal::{Meaning, RowKey};

const TOKEN: &str = "authorisation_codes.code";

/// A code as stored.
pub(crate) struct CodeRow {
    /// SHA-256 of the code.
    pub(crate) code: [u8; 32],
    pub(crate) authorisation: Uuid,
    pub(crate) redirect_uri: String,
    /// SHA-256 of the verifier.
    pub(crate) challenge: [u8; 32],
    pub(crate) expires_at: Timestamp,
}

impl CodeRow {
    fn meaning(&self, code: &[u8], used: bool) -> Meaning {
        Meaning::of("authorisation_codes")
            .bytes(code)
            .id(self.authorisation)
            .text(&self.redirect_uri)
            .bytes(&self.challenge)
            .time(self.expires_at)
            .flag(used)
    }
}

/// A code that was given back.
pub(crate) struct UsedCode {
    pub(crate) row: CodeRow,
    /// Whether it had been given back before.
    pub(crate) again: bool,
}

const INSERT: &str = "insert into authorisation_codes (code, authorisation, redirect_uri, challenge, expires_at, \
     seal) values ($1, $2, $3, $4, $5, $6)";

/// Stores a new code.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    new: &CodeRow,
) -> Result<(), DatabaseError> {
    let (code, challenge) = (key.token(TOKEN, &new.code), new.challenge.as_slice());
    let seal = key.seal(&new.meaning(&code, false));
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        &[&code, &new.authorisation, &new.redirect_uri, &challenge, &new.expires_at, &seal];
    one(transaction.execute(INSERT, parameters).await)
}

/// How its authorisation names it.
pub(crate) fn stored(key: &RowKey, code: &[u8; 32]) -> Vec<u8> {
    key.token(TOKEN, code)
}

/// The row is locked until the transaction ends, so that of two who come together one is the first.
const FIND: &str = "select authorisation, redirect_uri, challenge, expires_at, used_at is not null, seal \
     from authorisation_codes where code = $1 for update";
const MARK: &str =
    "update authorisation_codes set used_at = $2, seal = $3 where code = $1 and used_at is null";

/// The code, marked as given back.
pub(crate) async fn take(
    transaction: &Transaction<'_>,
    key: &RowKey,
    code: &[u8; 32],
    now: Timestamp,
) -> Result<Option<UsedCode>, DatabaseError> {
    let stored = key.token(TOKEN, code);
    let rows = transaction.query(FIND, &[&stored]).await?;
    let Some(found) = rows.first() else { return Ok(None) };
    let challenge: &[u8] = found.try_get(2)?;
    let row = CodeRow {
        code: *code,
        authorisation: found.try_get(0)?,
        redirect_uri: found.try_get(1)?,
        // The CHECK admits 32 bytes only; no verifier has zeros for its hash.
        challenge: challenge.try_into().unwrap_or_default(),
        expires_at: found.try_get(3)?,
    };
    let again: bool = found.try_get(4)?;
    if !key.believes(&row.meaning(&stored, again), found.try_get(5)?) {
        return Ok(None);
    }
    if !again {
        one(transaction.execute(MARK, &[&stored, &now, &key.seal(&row.meaning(&stored, true))]).await)?;
    }
    Ok(Some(UsedCode { row, again }))
}
