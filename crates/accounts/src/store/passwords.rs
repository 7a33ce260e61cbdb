//! Table `passwords`: hashes, sealed.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

const FIND: &str = "select sealed_hash from passwords where account = $1";

/// The account's sealed hash.
pub(crate) async fn find(database: &Database, account: ActorId) -> Result<Option<Vec<u8>>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&account.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

const PUT: &str = "insert into passwords (account, sealed_hash, set_at) values ($1, $2, $3) \
     on conflict on constraint passwords_key do update \
     set sealed_hash = excluded.sealed_hash, set_at = excluded.set_at";

/// Sets or replaces the hash.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    account: ActorId,
    sealed_hash: &[u8],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(PUT, &[&account.0, &sealed_hash, &now]).await?;
    Ok(())
}
