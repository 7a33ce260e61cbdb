//! Table `totp_secrets`: what authenticator apps make codes from.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;

use super::{
    SealedDatabase,
    accounts::{self, COLUMNS, account_columns, account_from},
    held::Held,
    one,
};
use crate::{
    bindings::{Binding, Bindings, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
};

/// A secret as stored.
#[derive(Clone)]
pub(crate) struct TotpRow {
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) offered_at: Timestamp,
    pub(crate) enrolled_at: Option<Timestamp>,
    /// The time step of the last code that was taken.
    used_step: Option<i64>,
    pub(crate) used_at: Option<Timestamp>,
}

impl TotpRow {
    fn meaning(&self, account: ActorId) -> Meaning {
        Meaning::of("totp_secrets")
            .id(account.0)
            .bytes(&self.sealed_secret)
            .time(self.offered_at)
            .optional(self.enrolled_at, Meaning::time)
            .optional(self.used_step, Meaning::number)
    }
}

/// The columns of a secret `t` that [`read`] reads.
macro_rules! columns {
    () => {
        "t.sealed_secret, t.offered_at, t.enrolled_at, t.used_step, t.used_at, t.seal"
    };
}

/// The secret whose columns begin there; one that is enrolled only where it counts for the account.
pub(crate) fn read(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: ActorId,
    bindings: &Bindings,
) -> Result<Option<TotpRow>, DatabaseError> {
    let secret = TotpRow {
        sealed_secret: row.try_get(at)?,
        offered_at: row.try_get(at + 1)?,
        enrolled_at: row.try_get(at + 2)?,
        used_step: row.try_get(at + 3)?,
        used_at: row.try_get(at + 4)?,
    };
    let seal: &[u8] = row.try_get(at + 5)?;
    if !key.believes(&secret.meaning(account), seal) {
        return Ok(None);
    }
    let counts = secret.enrolled_at.is_none() || bindings.has(Kind::Totp, seal);
    if !counts {
        not_of_the_account("totp_secrets");
    }
    Ok(counts.then_some(secret))
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    columns!(),
    " from ",
    account_from!(),
    " join totp_secrets t on t.account = a.account where a.account = $1"
);

/// The account's secret, whether it is enrolled or only offered.
pub(crate) async fn find(
    database: &SealedDatabase,
    account: ActorId,
) -> Result<Option<TotpRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&account.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let Some(account) = accounts::read(&database.key, row, 0)? else { return Ok(None) };
    read(&database.key, row, COLUMNS, account.id, &account.bindings)
}

const OFFER: &str = "insert into totp_secrets as t (account, sealed_secret, offered_at, seal) values ($1, $2, $3, $4) \
     on conflict on constraint totp_secrets_key do update \
     set sealed_secret = excluded.sealed_secret, offered_at = excluded.offered_at, used_step = null, \
     seal = excluded.seal where t.enrolled_at is null";

/// Keeps a secret that is not enrolled yet. False where there is one that is.
pub(crate) async fn offer(
    database: &SealedDatabase,
    account: ActorId,
    sealed_secret: &[u8],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let offered = TotpRow {
        sealed_secret: sealed_secret.to_vec(),
        offered_at: now,
        enrolled_at: None,
        used_step: None,
        used_at: None,
    };
    let seal = database.key.seal(&offered.meaning(account));
    Ok(database.lanes().execute(OFFER, &[&account.0, &sealed_secret, &now, &seal]).await? == 1)
}

const LOCK: &str = concat!("select ", columns!(), " from totp_secrets t where t.account = $1 for update");

/// The secret of an account that is held, and its seal.
async fn lock(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &Held,
) -> Result<Option<(TotpRow, Vec<u8>)>, DatabaseError> {
    let Some(row) = transaction.query_opt(LOCK, &[&held.id().0]).await? else { return Ok(None) };
    let secret = read(key, &row, 0, held.id(), held.bindings())?;
    Ok(secret.zip(Some(row.try_get(5)?)))
}

const STORE: &str = "update totp_secrets set enrolled_at = $2, used_step = $3, used_at = $4, seal = $5 \
     where account = $1";

async fn store(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    row: &TotpRow,
) -> Result<(), DatabaseError> {
    let (account, seal) = (held.id(), key.seal(&row.meaning(held.id())));
    let TotpRow { enrolled_at, used_step, used_at, .. } = row;
    one(transaction.execute(STORE, &[&account.0, enrolled_at, used_step, used_at, &seal]).await)?;
    held.bind(Binding::lasting(Kind::Totp, &seal));
    Ok(())
}

/// The offered secret proves its owner from now on; the code that showed it is used. False where that was done, or
/// another secret was offered meanwhile.
pub(crate) async fn enrol(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    offered_at: Timestamp,
    step: i64,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let Some((row, _)) = lock(transaction, key, held).await? else { return Ok(false) };
    if row.enrolled_at.is_some() || row.offered_at != offered_at {
        return Ok(false);
    }
    let enrolled = TotpRow { enrolled_at: Some(now), used_step: Some(step), used_at: Some(now), ..row };
    store(transaction, key, held, &enrolled).await?;
    Ok(true)
}

/// Takes the code of a time step. False where it, or a later one, was taken before.
pub(crate) async fn take(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    step: i64,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let Some((row, seal)) = lock(transaction, key, held).await? else { return Ok(false) };
    if row.enrolled_at.is_none() || row.used_step.is_some_and(|used| used >= step) {
        return Ok(false);
    }
    held.release(Kind::Totp, &seal);
    store(transaction, key, held, &TotpRow { used_step: Some(step), used_at: Some(now), ..row }).await?;
    Ok(true)
}

const REMOVE: &str = "delete from totp_secrets where account = $1";

/// Forgets the secret. False where there is none.
pub(crate) async fn remove(transaction: &Transaction<'_>, held: &mut Held) -> Result<bool, DatabaseError> {
    let removed = transaction.execute(REMOVE, &[&held.id().0]).await? == 1;
    let counted = held.release_all(|one| one.kind == Kind::Totp) > 0;
    if counted && !removed { Err(DatabaseError::DidLess) } else { Ok(removed) }
}

const FORGET: &str = "delete from totp_secrets where enrolled_at is null and offered_at < $1";

/// Forgets secrets that were offered before and never enrolled.
pub(crate) async fn forget_offers(database: &Database, before: Timestamp) -> Result<u64, DatabaseError> {
    database.lanes().execute(FORGET, &[&before]).await
}
