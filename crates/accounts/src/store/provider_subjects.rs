//! Table `provider_subjects`: whose account belongs to whom at an identity provider.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;

use super::{
    SealedDatabase,
    accounts::{self, AccountRow, COLUMNS, account_columns, account_from},
    held::Held,
    one,
};
use crate::{
    bindings::{Binding, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// A subject as stored.
pub(crate) struct SubjectRow {
    pub(crate) account: ActorId,
    pub(crate) sealed_subject: Vec<u8>,
}

fn meaning(subject: i64, row: &SubjectRow, linked_at: Timestamp) -> Meaning {
    Meaning::of("provider_subjects")
        .number(subject)
        .id(row.account.0)
        .bytes(&row.sealed_subject)
        .time(linked_at)
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", s.sealed_subject, s.linked_at, s.seal from ",
    account_from!(),
    " join provider_subjects s on s.account = a.account where s.subject = $1"
);

/// The row of a subject, where it counts for its account.
pub(crate) async fn find(
    database: &SealedDatabase,
    subject: i64,
) -> Result<Option<SubjectRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&subject]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let Some(account) = accounts::read(&database.key, row, 0)? else { return Ok(None) };
    read_own(&database.key, row, COLUMNS, subject, &account)
}

/// None for a row that does not count for its account.
pub(crate) fn read_own(
    key: &RowKey,
    row: &Row,
    at: usize,
    subject: i64,
    account: &AccountRow,
) -> Result<Option<SubjectRow>, DatabaseError> {
    let found = SubjectRow { account: account.id, sealed_subject: row.try_get(at)? };
    let (linked_at, seal): (Timestamp, &[u8]) = (row.try_get(at + 1)?, row.try_get(at + 2)?);
    if !key.believes(&meaning(subject, &found, linked_at), seal) {
        return Ok(None);
    }
    let counts = account.bindings.has(Kind::Subject, seal);
    if !counts {
        not_of_the_account("provider_subjects");
    }
    Ok(counts.then_some(found))
}

const INSERT: &str = "insert into provider_subjects (subject, account, sealed_subject, linked_at, seal) \
     values ($1, $2, $3, $4, $5)";

/// Stores a new one. A conflict where there is one: of two that arrive together, the second finds the first.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    subject: i64,
    row: &SubjectRow,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let seal = key.seal(&meaning(subject, row, now));
    let SubjectRow { account, sealed_subject } = row;
    one(transaction.execute(INSERT, &[&subject, &account.0, sealed_subject, &now, &seal]).await)?;
    held.bind(Binding::lasting(Kind::Subject, &seal));
    Ok(())
}
