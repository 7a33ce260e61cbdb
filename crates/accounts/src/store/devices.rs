//! Table `devices`: browsers in which somebody has signed in.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

use super::{SealedDatabase, one};
use crate::row_seal::{Meaning, RowKey};

/// A browser's row says whose it is by itself: the keyed hash is of both.
fn stored(key: &RowKey, device: &[u8; 32], account: ActorId) -> Vec<u8> {
    key.seal(&Meaning::of("devices.device").bytes(device).id(account.0))
}

const KNOWN: &str = "select exists (select 1 from devices where device = $1 and account = $2)";

/// Whether the account's owner has signed in in this browser.
pub(crate) async fn known(
    database: &SealedDatabase,
    device: &[u8; 32],
    account: ActorId,
) -> Result<bool, DatabaseError> {
    let device = stored(&database.key, device, account);
    let rows = database.lanes().query(KNOWN, &[&device, &account.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const PUT: &str = "insert into devices (device, account, seen_at) values ($1, $2, $3) \
     on conflict on constraint devices_key do update set seen_at = excluded.seen_at";

/// They have signed in in it.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    key: &RowKey,
    device: &[u8; 32],
    account: ActorId,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    one(transaction.execute(PUT, &[&stored(key, device, account), &account.0, &now]).await)
}

const FORGET_OTHERS: &str = "delete from devices where account = $1 and device <> $2";

/// Forgets the account's browsers; all but this one, where there is one.
pub(crate) async fn forget_others(
    transaction: &Transaction<'_>,
    key: &RowKey,
    account: ActorId,
    keep: Option<[u8; 32]>,
) -> Result<(), DatabaseError> {
    let keep = stored(key, &keep.unwrap_or_default(), account);
    transaction.execute(FORGET_OTHERS, &[&account.0, &keep]).await?;
    Ok(())
}

const FORGET: &str = "delete from devices where seen_at < $1";

/// Forgets those not seen since.
pub(crate) async fn forget(database: &Database, before: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&before]).await
}
