//! Tables `passwords` and `old_passwords`: hashes, sealed.

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
    bindings::{Binding, Bindings, Kind},
    row_seal::{Meaning, RowKey, not_of_the_account},
    sealing::{Sealed, Sealer},
};

/// A password as stored.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordRow {
    pub(crate) sealed_hash: Vec<u8>,
    pub(crate) set_at: Timestamp,
    pub(crate) must_change: bool,
}

impl PasswordRow {
    fn meaning(&self, table: &'static str, account: ActorId) -> Meaning {
        Meaning::of(table).id(account.0).bytes(&self.sealed_hash).time(self.set_at).flag(self.must_change)
    }
}

/// The columns of a password `p`, if there is one, that [`read`] reads.
macro_rules! password_columns {
    () => {
        "p.sealed_hash, p.set_at, p.must_change, p.seal"
    };
}
pub(crate) use password_columns;

/// The password whose columns begin there; none for one that does not count for the account.
pub(crate) fn read(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: ActorId,
    bindings: &Bindings,
) -> Result<Option<PasswordRow>, DatabaseError> {
    let Some(sealed_hash) = row.try_get::<_, Option<Vec<u8>>>(at)? else { return Ok(None) };
    let (set_at, must_change) = (row.try_get(at + 1)?, row.try_get(at + 2)?);
    let password = PasswordRow { sealed_hash, set_at, must_change };
    let seal: &[u8] = row.try_get(at + 3)?;
    if !key.believes(&password.meaning("passwords", account), seal) {
        return Ok(None);
    }
    let counts = bindings.has(Kind::Password, seal);
    if !counts {
        not_of_the_account("passwords");
    }
    Ok(counts.then_some(password))
}

const FIND: &str = concat!(
    "select ",
    account_columns!(),
    ", ",
    password_columns!(),
    " from ",
    account_from!(),
    " join passwords p on p.account = a.account where a.account = $1"
);

/// The account's password, where it has one.
pub(crate) async fn find(
    database: &SealedDatabase,
    account: ActorId,
) -> Result<Option<PasswordRow>, DatabaseError> {
    let rows = database.lanes().query(FIND, &[&account.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let Some(AccountRow { id, bindings, .. }) = accounts::read(&database.key, row, 0)? else {
        return Ok(None);
    };
    read(&database.key, row, COLUMNS, id, &bindings)
}

const WITHIN: &str =
    concat!("select ", password_columns!(), " from passwords p where p.account = $1 for update");

/// The password of an account that is held.
pub(crate) async fn find_within(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &Held,
) -> Result<Option<PasswordRow>, DatabaseError> {
    let row = transaction.query_opt(WITHIN, &[&held.id().0]).await?;
    Ok(row.map(|row| read(key, &row, 0, held.id(), held.bindings())).transpose()?.flatten())
}

/// What a password is compared with that is to be another one than the last ten.
pub(crate) struct LastPasswords {
    pub(crate) present: Option<PasswordRow>,
    pub(crate) old: Vec<PasswordRow>,
}

const OLD: &str = concat!(
    "select ",
    account_columns!(),
    ", o.sealed_hash, o.set_at, o.seal from ",
    account_from!(),
    " join old_passwords o on o.account = a.account where a.account = $1"
);

/// The account's last ten passwords.
pub(crate) async fn last(
    database: &SealedDatabase,
    account: ActorId,
) -> Result<LastPasswords, DatabaseError> {
    let present = find(database, account).await?;
    let rows = database.lanes().query(OLD, &[&account.0]).await?;
    let (mut old, mut counts) = (Vec::with_capacity(rows.len()), 0);
    for row in &rows {
        let Some(account) = accounts::read(&database.key, row, 0)? else { break };
        counts = account.bindings.count(Kind::OldPassword);
        old.extend(read_old(&database.key, row, COLUMNS, &account)?);
    }
    if old.len() != counts {
        not_of_the_account("old_passwords");
    }
    Ok(LastPasswords { present, old })
}

/// None for one that does not count for the account.
pub(crate) fn read_old(
    key: &RowKey,
    row: &Row,
    at: usize,
    account: &AccountRow,
) -> Result<Option<PasswordRow>, DatabaseError> {
    let (sealed_hash, set_at, seal): (_, _, &[u8]) =
        (row.try_get(at)?, row.try_get(at + 1)?, row.try_get(at + 2)?);
    let password = PasswordRow { sealed_hash, set_at, must_change: false };
    let counts = key.believes(&password.meaning("old_passwords", account.id), seal)
        && account.bindings.has(Kind::OldPassword, seal);
    Ok(counts.then_some(password))
}

const INSERT_OLD: &str =
    "insert into old_passwords (account, sealed_hash, set_at, seal) values ($1, $2, $3, $4)";
const FORGET: &str = "delete from old_passwords where account = $1 and (set_at = $2 or set_at not in \
     (select set_at from old_passwords where account = $1 order by set_at desc limit 8)) returning seal";
const INSERT: &str =
    "insert into passwords (account, sealed_hash, set_at, must_change, seal) values ($1, $2, $3, $4, $5)";
const REPLACE: &str = "update passwords set sealed_hash = $2, set_at = $3, must_change = $4, seal = $5 \
     where account = $1";
const SEAL: &str = "select seal from passwords where account = $1";

/// Sets or replaces the hash. The one before is kept among the last ten.
pub(crate) async fn put(
    transaction: &Transaction<'_>,
    key: &RowKey,
    sealer: &Sealer,
    held: &mut Held,
    sealed_hash: &[u8],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let before = find_within(transaction, key, held).await?;
    if let Some(before) = &before {
        keep_old(transaction, key, sealer, held, before).await?;
    }
    let row = PasswordRow { sealed_hash: sealed_hash.to_vec(), set_at: now, must_change: false };
    store(transaction, key, held, &row, before.is_some()).await
}

/// SECURITY: under another name, so that whoever copies it back has no present password.
async fn keep_old(
    transaction: &Transaction<'_>,
    key: &RowKey,
    sealer: &Sealer,
    held: &mut Held,
    before: &PasswordRow,
) -> Result<(), DatabaseError> {
    let account = held.id();
    for row in &transaction.query(FORGET, &[&account.0, &before.set_at]).await? {
        held.release(Kind::OldPassword, row.try_get(0)?);
    }
    // One that does not open fits nothing, and is not worth keeping.
    let Ok(plain) = sealer.open(&Sealed::Password(account), &before.sealed_hash) else { return Ok(()) };
    // EXPOSE: it is sealed again.
    let sealed_hash = sealer.seal(&Sealed::OldPassword(account, before.set_at), plain.expose());
    let old = PasswordRow { sealed_hash, set_at: before.set_at, must_change: false };
    let seal = key.seal(&old.meaning("old_passwords", account));
    one(transaction.execute(INSERT_OLD, &[&account.0, &old.sealed_hash, &old.set_at, &seal]).await)?;
    held.bind(Binding::lasting(Kind::OldPassword, &seal));
    Ok(())
}

async fn store(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    row: &PasswordRow,
    replace: bool,
) -> Result<(), DatabaseError> {
    let PasswordRow { sealed_hash, set_at, must_change } = row;
    let (account, seal) = (held.id(), key.seal(&row.meaning("passwords", held.id())));
    if replace && let Some(before) = transaction.query_opt(SEAL, &[&account.0]).await? {
        held.release(Kind::Password, before.try_get(0)?);
    }
    let sql = if replace { REPLACE } else { INSERT };
    one(transaction.execute(sql, &[&account.0, sealed_hash, set_at, must_change, &seal]).await)?;
    held.bind(Binding::lasting(Kind::Password, &seal));
    Ok(())
}

/// The owner must choose another before anything else. Nothing where there is none.
pub(crate) async fn demand(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
) -> Result<(), DatabaseError> {
    let Some(row) = find_within(transaction, key, held).await? else { return Ok(()) };
    store(transaction, key, held, &PasswordRow { must_change: true, ..row }, true).await
}
