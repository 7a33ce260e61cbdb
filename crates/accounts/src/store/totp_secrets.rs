//! Table `totp_secrets`: what authenticator apps make codes from.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

/// A secret as stored.
pub(crate) struct TotpRow {
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) offered_at: Timestamp,
    pub(crate) enrolled_at: Option<Timestamp>,
    pub(crate) used_at: Option<Timestamp>,
}

const FIND: &str =
    "select sealed_secret, offered_at, enrolled_at, used_at from totp_secrets where account = $1";

/// The account's secret, whether it is enrolled or only offered.
pub(crate) async fn find(database: &Database, account: ActorId) -> Result<Option<TotpRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&account.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(TotpRow {
        sealed_secret: row.try_get(0)?,
        offered_at: row.try_get(1)?,
        enrolled_at: row.try_get(2)?,
        used_at: row.try_get(3)?,
    }))
}

const OFFER: &str = "insert into totp_secrets as t (account, sealed_secret, offered_at) values ($1, $2, $3) \
     on conflict on constraint totp_secrets_key do update \
     set sealed_secret = excluded.sealed_secret, offered_at = excluded.offered_at \
     where t.enrolled_at is null";

/// Keeps a secret that is not enrolled yet. False where there is one that is.
pub(crate) async fn offer(
    database: &Database,
    account: ActorId,
    sealed_secret: &[u8],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(database.lanes().execute(OFFER, &[&account.0, &sealed_secret, &now]).await? == 1)
}

const ENROL: &str = "update totp_secrets set enrolled_at = $2, used_step = $3, used_at = $2 \
     where account = $1 and enrolled_at is null and offered_at = $4";

/// The offered secret proves its owner from now on; the code that showed it is used. False where that was done, or
/// another secret was offered meanwhile.
pub(crate) async fn enrol(
    transaction: &Transaction<'_>,
    account: ActorId,
    offered_at: Timestamp,
    step: i64,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(ENROL, &[&account.0, &now, &step, &offered_at]).await? == 1)
}

const USE: &str = "update totp_secrets set used_step = $2, used_at = $3 \
     where account = $1 and enrolled_at is not null and (used_step is null or used_step < $2)";

/// Takes the code of a time step. False where it, or a later one, was taken before.
pub(crate) async fn take(
    database: &Database,
    account: ActorId,
    step: i64,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(database.lanes().execute(USE, &[&account.0, &step, &now]).await? == 1)
}

const REMOVE: &str = "delete from totp_secrets where account = $1";

/// Forgets the secret. False where there is none.
pub(crate) async fn remove(transaction: &Transaction<'_>, account: ActorId) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(REMOVE, &[&account.0]).await? == 1)
}

const FORGET: &str = "delete from totp_secrets where enrolled_at is null and offered_at < $1";

/// Forgets secrets that were offered before and never enrolled.
pub(crate) async fn forget_offers(database: &Database, before: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&before]).await
}
