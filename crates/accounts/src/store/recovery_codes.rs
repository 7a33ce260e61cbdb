//! Table `recovery_codes`: keyed hashes of codes that are good once.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{DatabaseError, Transaction};
use tokio_postgres::Row;

use super::{
    SealedDatabase,
    accounts::{self, AccountRow},
    held::Held,
    one, these,
};
use crate::{
    bindings::{Binding, Kind},
    row_seal::{Meaning, RowKey},
};

fn meaning(account: ActorId, code: i64, made_at: Timestamp, used: bool) -> Meaning {
    Meaning::of("recovery_codes").id(account.0).number(code).time(made_at).flag(used)
}

const INSERT: &str = "insert into recovery_codes (account, code, made_at, seal) \
     select $1, code, $3, seal from unnest($2::bigint[], $4::bytea[]) as c (code, seal)";

/// Replaces all codes of the account; with none, it has none.
pub(crate) async fn replace(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    codes: &[i64],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let account = held.id();
    transaction.execute("delete from recovery_codes where account = $1", &[&account.0]).await?;
    held.release_all(|one| one.kind == Kind::RecoveryCode);
    let seals: Vec<_> = codes.iter().map(|code| key.seal(&meaning(account, *code, now, false))).collect();
    let inserted = transaction.execute(INSERT, &[&account.0, &codes, &now, &seals]).await;
    these(codes.len(), inserted)?;
    seals.iter().for_each(|seal| held.bind(Binding::lasting(Kind::RecoveryCode, seal)));
    Ok(())
}

const LOCK: &str = "select made_at, seal from recovery_codes where account = $1 and code = $2 and used_at is null \
     for update";
const USE: &str = "update recovery_codes set used_at = $3, seal = $4 where account = $1 and code = $2";

/// Takes a code. False where it is none, or was taken before.
pub(crate) async fn take(
    transaction: &Transaction<'_>,
    key: &RowKey,
    held: &mut Held,
    code: i64,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let account = held.id();
    let Some(row) = transaction.query_opt(LOCK, &[&account.0, &code]).await? else { return Ok(false) };
    let (made_at, seal): (Timestamp, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
    if !key.believes(&meaning(account, code, made_at, false), seal) || !held.release(Kind::RecoveryCode, seal)
    {
        return Ok(false);
    }
    let used = key.seal(&meaning(account, code, made_at, true));
    one(transaction.execute(USE, &[&account.0, &code, &now, &used]).await)?;
    Ok(true)
}

/// Whether an unused code counts for its account: its columns are code, time and seal.
pub(crate) fn counts(key: &RowKey, row: &Row, account: &AccountRow) -> Result<bool, DatabaseError> {
    let (code, made_at, seal): (i64, Timestamp, &[u8]) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let believed = key.believes(&meaning(account.id, code, made_at, false), seal);
    Ok(believed && account.bindings.has(Kind::RecoveryCode, seal))
}

const MADE: &str = "select exists (select 1 from recovery_codes where account = $1)";

/// How many are left; none where none were made.
pub(crate) async fn left(database: &SealedDatabase, id: ActorId) -> Result<Option<u32>, DatabaseError> {
    let rows = database.lanes().query(MADE, &[&id.0]).await?;
    let made: bool = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false);
    let account = accounts::find(database, id).await?;
    let left = account.map_or(0, |account| account.bindings.count(Kind::RecoveryCode));
    Ok(made.then(|| u32::try_from(left).unwrap_or(u32::MAX)))
}
