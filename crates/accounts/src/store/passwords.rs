//! Tables `passwords` and `old_passwords`: hashes, sealed.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

const FIND: &str = "select sealed_hash from passwords where account = $1";

/// The account's sealed hash.
pub(crate) async fn find(database: &Database, account: ActorId) -> Result<Option<Vec<u8>>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&account.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

const HOLD: &str = "select sealed_hash from passwords where account = $1 for share";

/// The account's sealed hash, which stays the same until the transaction ends.
pub(crate) async fn hold(
    transaction: &Transaction<'_>,
    account: ActorId,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let row = transaction.query_opt(HOLD, &[&account.0]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

const LAST: &str = "select sealed_hash from passwords where account = $1 union all \
     select sealed_hash from old_passwords where account = $1";

/// The sealed hashes of the account's last ten passwords, the present one among them.
pub(crate) async fn last(database: &Database, account: ActorId) -> Result<Vec<Vec<u8>>, DatabaseError> {
    let rows = database.lanes().query(LAST, &[&account.0]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

const KEEP: &str = "insert into old_passwords (account, sealed_hash, set_at) \
     select account, sealed_hash, set_at from passwords where account = $1 on conflict do nothing";
const FORGET: &str = "delete from old_passwords where account = $1 and set_at not in \
     (select set_at from old_passwords where account = $1 order by set_at desc limit 9)";
const PUT: &str = "insert into passwords (account, sealed_hash, set_at) values ($1, $2, $3) \
     on conflict on constraint passwords_key do update \
     set sealed_hash = excluded.sealed_hash, set_at = excluded.set_at, must_change = false";

/// Sets or replaces the hash. The one before is kept among the last ten.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    account: ActorId,
    sealed_hash: &[u8],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute(KEEP, &[&account.0]).await?;
    transaction.execute(FORGET, &[&account.0]).await?;
    transaction.execute(PUT, &[&account.0, &sealed_hash, &now]).await?;
    Ok(())
}

const SET_AT: &str = "select set_at from passwords where account = $1";

/// When the account's password was set.
pub(crate) async fn set_at(
    database: &Database,
    account: ActorId,
) -> Result<Option<Timestamp>, DatabaseError> {
    let rows = database.lanes().query(SET_AT, &[&account.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

const DEMAND: &str = "update passwords set must_change = true where account = $1";

/// The owner must choose another before anything else.
pub(crate) async fn demand(transaction: &Transaction<'_>, account: ActorId) -> Result<(), DatabaseError> {
    transaction.execute(DEMAND, &[&account.0]).await?;
    Ok(())
}
