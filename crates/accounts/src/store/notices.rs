//! Table `notices`: mail that waits to be sent.

use jiff::{SignedDuration, Timestamp};
use tacenda_postgres::{Database, DatabaseError, Transaction};
use uuid::Uuid;

use super::one;

/// A notice, sealed.
pub(crate) struct NoticeRow {
    pub(crate) id: Uuid,
    pub(crate) sealed: Vec<u8>,
    pub(crate) queued_at: Timestamp,
}

const INSERT: &str =
    "insert into notices (notice, sealed_notice, queued_at, next_try_at) values ($1, $2, $3, $3)";

/// Queues the notice: it is sent if and only if the transaction is committed.
pub(crate) async fn insert(transaction: &Transaction<'_>, row: &NoticeRow) -> Result<(), DatabaseError> {
    one(transaction.execute(INSERT, &[&row.id, &row.sealed, &row.queued_at]).await)
}

/// The pause doubles with every try: 1 minute, 2, 4 … at most 2 hours.
const TAKE_ONE: &str = "update notices set tries = tries + 1, \
     next_try_at = $1::timestamptz + least(interval '1 minute' * power(2, tries), interval '2 hours') \
     where notice = (select notice from notices where next_try_at <= $1 order by next_try_at \
     for update skip locked limit 1) returning notice, sealed_notice, queued_at";

/// A notice that is due, for this instance alone until the next try is. None where nothing is due.
pub(crate) async fn take_one(
    database: &Database,
    now: Timestamp,
) -> Result<Option<NoticeRow>, DatabaseError> {
    let rows = database.lanes().query(TAKE_ONE, &[&now]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(NoticeRow { id: row.try_get(0)?, sealed: row.try_get(1)?, queued_at: row.try_get(2)? }))
}

const REMOVE: &str = "delete from notices where notice = $1";

/// Removes the notice: it was sent, or is given up.
pub(crate) async fn remove(database: &Database, id: Uuid) -> Result<(), DatabaseError> {
    database.lanes().execute(REMOVE, &[&id]).await?;
    Ok(())
}

/// How long a notice is tried.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
