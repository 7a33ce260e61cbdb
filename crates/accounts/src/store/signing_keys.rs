//! Table `signing_keys`: the private keys under which tokens are signed, wrapped.

use jiff::Timestamp;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;

use super::{one, these};

/// A key as stored.
#[derive(Clone)]
pub(crate) struct SigningKeyRow {
    pub(crate) kid: String,
    pub(crate) wrapped: Vec<u8>,
    /// Since when it signs.
    pub(crate) signs_from: Timestamp,
}

/// What is to be done with the keys.
pub(crate) struct Turn {
    /// The one to be added.
    pub(crate) next: Option<SigningKeyRow>,
    /// Those to be forgotten.
    pub(crate) over: Vec<String>,
}

/// Taken for the length of a transaction, so that of instances that come together one makes a key.
const ONE_AT_A_TIME: &str = "select pg_advisory_xact_lock(hashtext('signing_keys'))";
const CURRENT: &str = "select kid, wrapped, signs_from from signing_keys where retired_at is null \
     order by signs_from desc, kid";
/// A key that signs already as it is made is the first of all.
const INSERT: &str = "insert into signing_keys (kid, wrapped, created_at, signs_from) \
     values ($1, $2, least($3::timestamptz, $4::timestamptz), $4)";
const FORGET: &str = "delete from signing_keys where kid = any ($1)";

/// The keys in force, newest first. Where there is none, `first` makes it.
pub(crate) async fn current_or_first(
    database: &Database,
    now: Timestamp,
    first: impl FnOnce() -> SigningKeyRow,
) -> Result<Vec<SigningKeyRow>, DatabaseError> {
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    transaction.query(ONE_AT_A_TIME, &[]).await?;
    let found = current(&transaction).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let key = first();
    one(transaction.execute(INSERT, &[&key.kid, &key.wrapped, &now, &key.signs_from]).await)?;
    transaction.commit().await?;
    Ok(vec![key])
}

/// The keys in force after `turn` looked at them, newest first. Where nothing is to be done, nothing is locked.
pub(crate) async fn turn(
    database: &Database,
    turn: impl Fn(&[SigningKeyRow]) -> Turn,
    now: Timestamp,
) -> Result<Vec<SigningKeyRow>, DatabaseError> {
    let rows = database.lanes().query(CURRENT, &[]).await?;
    let found = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let look = turn(&found);
    if look.next.is_none() && look.over.is_empty() {
        return Ok(found);
    }
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    transaction.query(ONE_AT_A_TIME, &[]).await?;
    let todo = turn(&current(&transaction).await?);
    if let Some(key) = &todo.next {
        one(transaction.execute(INSERT, &[&key.kid, &key.wrapped, &now, &key.signs_from]).await)?;
    }
    these(todo.over.len(), transaction.execute(FORGET, &[&todo.over]).await)?;
    let found = current(&transaction).await?;
    transaction.commit().await?;
    Ok(found)
}

async fn current(transaction: &Transaction<'_>) -> Result<Vec<SigningKeyRow>, DatabaseError> {
    transaction.query(CURRENT, &[]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<SigningKeyRow, DatabaseError> {
    Ok(SigningKeyRow { kid: row.try_get(0)?, wrapped: row.try_get(1)?, signs_from: row.try_get(2)? })
}
