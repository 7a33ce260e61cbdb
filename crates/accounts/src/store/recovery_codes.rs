//! Table `recovery_codes`: keyed hashes of codes that are good once.

use jiff::Timestamp;
use tacenda_kernel::ActorId;
use tacenda_postgres::{Database, DatabaseError, Transaction};

const REPLACE: &str = "insert into recovery_codes (account, code, made_at) \
     select $1, code, $3 from unnest($2::bigint[]) as c (code)";

/// Replaces all codes of the account; with none, it has none.
pub(crate) async fn replace(
    transaction: &Transaction<'_>,
    account: ActorId,
    codes: &[i64],
    now: Timestamp,
) -> Result<(), DatabaseError> {
    transaction.execute("delete from recovery_codes where account = $1", &[&account.0]).await?;
    transaction.execute(REPLACE, &[&account.0, &codes, &now]).await?;
    Ok(())
}

const USE: &str =
    "update recovery_codes set used_at = $3 where account = $1 and code = $2 and used_at is null";

/// Takes a code. False where it is none, or was taken before.
pub(crate) async fn take(
    database: &Database,
    account: ActorId,
    code: i64,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    Ok(database.lanes().execute(USE, &[&account.0, &code, &now]).await? == 1)
}

const LEFT: &str =
    "select count(*), count(*) filter (where used_at is null) from recovery_codes where account = $1";

/// How many are left; none where none were made.
pub(crate) async fn left(database: &Database, account: ActorId) -> Result<Option<u32>, DatabaseError> {
    let rows = database.lanes().query(LEFT, &[&account.0]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (made, left): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok((made > 0).then(|| u32::try_from(left).unwrap_or(0)))
}
