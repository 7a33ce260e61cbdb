//! Table `authorisation_codes`: each is good once, for a minute.

use jiff::Timestamp;
use tacenda_postgres::{DatabaseError, Transaction};
use uuid::Uuid;

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

/// A code that was given back.
pub(crate) struct UsedCode {
    pub(crate) row: CodeRow,
    /// Whether it had been given back before.
    pub(crate) again: bool,
}

const INSERT: &str = "insert into authorisation_codes (code, authorisation, redirect_uri, challenge, expires_at) \
     values ($1, $2, $3, $4, $5)";

/// Stores a new code.
pub(crate) async fn insert(transaction: &Transaction<'_>, new: &CodeRow) -> Result<(), DatabaseError> {
    let (code, challenge) = (new.code.as_slice(), new.challenge.as_slice());
    transaction
        .execute(INSERT, &[&code, &new.authorisation, &new.redirect_uri, &challenge, &new.expires_at])
        .await?;
    Ok(())
}

/// The row is locked until the transaction ends, so that of two who come together one is the first.
const FIND: &str = "select authorisation, redirect_uri, challenge, expires_at, used_at is not null \
     from authorisation_codes where code = $1 for update";
const MARK: &str = "update authorisation_codes set used_at = $2 where code = $1 and used_at is null";

/// The code, marked as given back.
pub(crate) async fn take(
    transaction: &Transaction<'_>,
    code: &[u8; 32],
    now: Timestamp,
) -> Result<Option<UsedCode>, DatabaseError> {
    let rows = transaction.query(FIND, &[&code.as_slice()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    transaction.execute(MARK, &[&code.as_slice(), &now]).await?;
    let challenge: &[u8] = row.try_get(2)?;
    let row = UsedCode {
        row: CodeRow {
            code: *code,
            authorisation: row.try_get(0)?,
            redirect_uri: row.try_get(1)?,
            // The CHECK admits 32 bytes only; no verifier has zeros for its hash.
            challenge: challenge.try_into().unwrap_or_default(),
            expires_at: row.try_get(3)?,
        },
        again: row.try_get(4)?,
    };
    Ok(Some(row))
}
