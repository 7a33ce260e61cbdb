//! Table `provider_subjects`: whose account belongs to whom at an identity provider.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

/// A subject as stored.
pub(crate) struct SubjectRow {
    pub(crate) account: ActorId,
    pub(crate) sealed_subject: Vec<u8>,
}

const FIND: &str = "select account, sealed_subject from provider_subjects where subject = $1";

/// The row of a subject.
pub(crate) async fn find(database: &Database, subject: i64) -> Result<Option<SubjectRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&subject]).await?;
    let read = |row: &tokio_postgres::Row| -> Result<SubjectRow, DatabaseError> {
        Ok(SubjectRow { account: ActorId(row.try_get(0)?), sealed_subject: row.try_get(1)? })
    };
    rows.first().map(read).transpose()
}

const INSERT: &str =
    "insert into provider_subjects (subject, account, sealed_subject, linked_at) values ($1, $2, $3, $4)";

/// Stores a new one. A conflict where there is one: of two that arrive together, the second finds the first.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    subject: i64,
    row: &SubjectRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(INSERT, &[&subject, &row.account.0, &row.sealed_subject, &now]).await?;
    Ok(())
}
