//! Table `passkeys`.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;
use uuid::Uuid;

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

/// A passkey as stored.
pub(crate) struct PasskeyRow {
    pub(crate) id: Uuid,
    pub(crate) account: ActorId,
    /// SHA-256 of the credential id.
    pub(crate) credential: Vec<u8>,
    pub(crate) sealed_passkey: Vec<u8>,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

impl PasskeyRow {
    fn meaning(&self) -> Meaning {
        Meaning::of("passkeys")
            .id(self.id)
            .id(self.account.0)
            .bytes(&self.credential)
            .bytes(&self.sealed_passkey)
            .time(self.enrolled_at)
    }
}

/// The columns of a passkey `k` and its account that [`read`] reads.
macro_rules! columns {
    () => {
        concat!(
            account_columns!(),
            ", k.passkey, k.credential, k.sealed_passkey, k.enrolled_at, k.used_at, k.seal from ",
            account_from!(),
            " join passkeys k on k.account = a.account"
        )
    };
}

const OF_ACCOUNT: &str =
    concat!("select ", columns!(), " where k.account = $1 order by k.enrolled_at, k.passkey");

/// The account's passkeys, the oldest first.
pub(crate) async fn of_account(
    database: &SealedDatabase,
    account: ActorId,
) -> Result<Vec<PasskeyRow>, DatabaseError> {
    let rows = database.lanes().query(OF_ACCOUNT, &[&account.0]).await?;
    rows.iter().filter_map(|row| read(&database.key, row).transpose()).collect()
}

const BY_CREDENTIAL: &str = concat!("select ", columns!(), " where k.credential = $1");

/// The passkey with the credential id of this hash.
pub(crate) async fn by_credential(
    database: &SealedDatabase,
    credential: &[u8; 32],
) -> Result<Option<PasskeyRow>, DatabaseError> {
    let rows = database.lanes().query(BY_CREDENTIAL, &[&credential.as_slice()]).await?;
    Ok(rows.first().map(|row| read(&database.key, row)).transpose()?.flatten())
}

const INSERT: &str = "insert into passkeys (passkey, account, credential, sealed_passkey, enrolled_at, seal) \
     values ($1, $2, $3, $4, $5, $6)";

/// Stores a new passkey.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    row: &PasskeyRow,
) -> Result<(), DatabaseError> {
    let PasskeyRow { id, account, credential, sealed_passkey, enrolled_at, .. } = row;
    let seal = key.seal(&row.meaning());
    one(transaction
        .execute(INSERT, &[id, &account.0, credential, sealed_passkey, enrolled_at, &seal])
        .await)?;
    held.bind(Binding::lasting(Kind::Passkey, &seal));
    Ok(())
}

const SEAL: &str = "select seal from passkeys where passkey = $1 and account = $2 for update";
const USED: &str = "update passkeys set sealed_passkey = $2, used_at = $3, seal = $4 where passkey = $1";

/// The passkey was used; its counter may have moved. False where it is there no more, or was used meanwhile.
pub(crate) async fn used(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    row: &PasskeyRow,
    sealed_passkey: Vec<u8>,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let Some(found) = transaction.query_opt(SEAL, &[&row.id, &row.account.0]).await? else {
        return Ok(false);
    };
    let before = key.seal(&row.meaning());
    if found.try_get::<_, &[u8]>(0)? != before || !held.release(Kind::Passkey, &before) {
        return Ok(false);
    }
    let PasskeyRow { id, account, enrolled_at, .. } = *row;
    let credential = row.credential.clone();
    let after = PasskeyRow { id, account, credential, sealed_passkey, enrolled_at, used_at: Some(now) };
    let seal = key.seal(&after.meaning());
    one(transaction.execute(USED, &[&after.id, &after.sealed_passkey, &now, &seal]).await)?;
    held.bind(Binding::lasting(Kind::Passkey, &seal));
    Ok(true)
}

const REMOVE: &str = "delete from passkeys where account = $1 and passkey = $2 returning seal";

/// Removes one. False where the account has none of this number.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    held: &mut Held,
    id: Uuid,
) -> Result<bool, DatabaseError> {
    let row = transaction.query_opt(REMOVE, &[&held.id().0, &id]).await?;
    let Some(row) = row else { return Ok(false) };
    Ok(held.release(Kind::Passkey, row.try_get(0)?))
}

fn read(key: &RowKey, row: &Row) -> Result<Option<PasskeyRow>, DatabaseError> {
    let Some(account) = accounts::read(key, row, 0)? else { return Ok(None) };
    read_own(key, row, COLUMNS, &account)
}

/// None for a row that does not count for its account.
pub(crate) fn read_own(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: &AccountRow,
) -> Result<Option<PasskeyRow>, DatabaseError> {
    let passkey = PasskeyRow {
        id: row.try_get(at)?,
        account: account.id,
        credential: row.try_get(at + 1)?,
        sealed_passkey: row.try_get(at + 2)?,
        enrolled_at: row.try_get(at + 3)?,
        used_at: row.try_get(at + 4)?,
    };
    let seal: &[u8] = row.try_get(at + 5)?;
    if !key.believes(&passkey.meaning(), seal) {
        return Ok(None);
    }
    let counts = account.bindings.has(Kind::Passkey, seal);
    if !counts {
        not_of_the_account("passkeys");
    }
    Ok(counts.then_some(passkey))
}

const REMOVE_ALL: &str = "delete from passkeys where account = $1";

/// Removes every passkey of the account.
pub(crate) async fn remove_all(transaction: &Transaction<'_>, held: &mut Held) -> Result<(), DatabaseError> {
    let removed = transaction.execute(REMOVE_ALL, &[&held.id().0]).await?;
    let counted = held.release_all(|one| one.kind == Kind::Passkey);
    if usize::try_from(removed).is_ok_and(|removed| removed >= counted) {
        Ok(())
    } else {
        Err(DatabaseError::DidLess)
    }
}
