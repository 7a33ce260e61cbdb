//! Table `passkeys`.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

/// A passkey as stored.
pub(crate) struct PasskeyRow {
    pub(crate) id: Uuid,
    pub(crate) account: ActorId,
    pub(crate) sealed_passkey: Vec<u8>,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

const OF_ACCOUNT: &str = "select passkey, account, sealed_passkey, enrolled_at, used_at from passkeys \
     where account = $1 order by enrolled_at, passkey";

/// The account's passkeys, the oldest first.
pub(crate) async fn of_account(
    database: &Database,
    account: ActorId,
) -> Result<Vec<PasskeyRow>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0]).await?;
    rows.iter().map(read).collect()
}

const ANY: &str = "select exists (select 1 from passkeys where account = $1)";

/// Whether the account has one.
pub(crate) async fn any(database: &Database, account: ActorId) -> Result<bool, DatabaseError> {
    let rows = database.lanes().query(ANY, &[&account.0]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const ANY_FACTOR: &str = "select exists (select 1 from passkeys where account = $1) \
     or exists (select 1 from totp_secrets where account = $1 and enrolled_at is not null)";

/// Whether the account has any second factor, a passkey or an app.
pub(crate) async fn any_factor(
    transaction: &Transaction<'_>,
    account: ActorId,
) -> Result<bool, DatabaseError> {
    let row = transaction.query_opt(ANY_FACTOR, &[&account.0]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

const BY_CREDENTIAL: &str = "select passkey, account, sealed_passkey, enrolled_at, used_at from passkeys \
     where credential = $1";

/// The passkey with the credential id of this hash.
pub(crate) async fn by_credential(
    database: &Database,
    credential: &[u8; 32],
) -> Result<Option<PasskeyRow>, DatabaseError> {
    let rows = database.lanes().query(BY_CREDENTIAL, &[&credential.as_slice()]).await?;
    rows.first().map(read).transpose()
}

const INSERT: &str = "insert into passkeys (passkey, account, credential, sealed_passkey, enrolled_at) \
     values ($1, $2, $3, $4, $5)";

/// Stores a new passkey.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    row: &PasskeyRow,
    credential: &[u8; 32],
) -> Result<(), DatabaseError> {
    let PasskeyRow { id, account, sealed_passkey, enrolled_at, .. } = row;
    transaction
        .execute(INSERT, &[id, &account.0, &credential.as_slice(), sealed_passkey, enrolled_at])
        .await?;
    Ok(())
}

const USED: &str = "update passkeys set sealed_passkey = $2, used_at = $3 where passkey = $1";

/// The passkey was used; its counter may have moved.
pub(crate) async fn used(
    database: &Database,
    id: Uuid,
    sealed_passkey: &[u8],
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(database.lanes().execute(USED, &[&id, &sealed_passkey, &now]).await? == 1)
}

const REMOVE: &str = "delete from passkeys where account = $1 and passkey = $2";

/// Removes one. False where the account has none of this number.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    account: ActorId,
    id: Uuid,
) -> Result<bool, DatabaseError> {
    Ok(transaction.execute(REMOVE, &[&account.0, &id]).await? == 1)
}

fn read(row: &Row) -> Result<PasskeyRow, DatabaseError> {
    Ok(PasskeyRow {
        id: row.try_get(0)?,
        account: ActorId(row.try_get(1)?),
        sealed_passkey: row.try_get(2)?,
        enrolled_at: row.try_get(3)?,
        used_at: row.try_get(4)?,
    })
}

const REMOVE_ALL: &str = "delete from passkeys where account = $1";

/// Removes every passkey of the account.
pub(crate) async fn remove_all(transaction: &Transaction<'_>, account: ActorId) -> Result<(), DatabaseError> {
    transaction.execute(REMOVE_ALL, &[&account.0]).await?;
    Ok(())
}
