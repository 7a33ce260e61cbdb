//! Changes to records that exist, in one transaction.
//!
//! Taking the rows `for update` in one order is the lock; a version that is no longer the expected one, or a record
//! that a saga has staged, is a conflict.

use tacenda_contracts::vault::VaultError;
use tacenda_postgres::{Database, Transaction};

use super::rows::{Columns, StoredRow, version};
use crate::error::{from_database, not_whole};

const LOCK: &str = "select r.record, r.version, s.record is not null as staged \
     from records r left join staged s using (record) \
     where r.record = any($1) order by r.record for update of r";
const FENCED: &str = "select 1 from fences where fence = 1 and fenced_until >= any($1::timestamptz[])";
const ARCHIVE: &str = "insert into versions (record, patient, version, recorded_at, deleted, sealed, announced) \
     select record, patient, version, recorded_at, deleted, sealed, announced from records where record = any($1)";
const FORGET_TOKENS: &str = "delete from tokens t using records r \
     where r.record = any($1) and t.record = r.record and t.token = any(r.tokens)";
const UPSERT: &str = "insert into records as r (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
     select new.record, new.patient, new.version, new.recorded_at, new.deleted, new.tokens::bigint[], new.sealed, \
       new.announced \
     from unnest($1::bytea[], $2::bytea[], $3::int[], $4::timestamptz[], $5::bool[], $6::text[], $7::bytea[], $8::bytea[]) \
       as new (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
     on conflict (record) do update set version = excluded.version, recorded_at = excluded.recorded_at, \
       deleted = excluded.deleted, tokens = excluded.tokens, sealed = excluded.sealed, announced = excluded.announced";
/// And how many tokens the records have, which is how many it must insert.
const FIND_BY_TOKENS: &str = "with found as (insert into tokens (token, record) \
       select distinct unnest(r.tokens), r.record from records r where r.record = any($1) returning 1) \
     select (select count(*) from found) = (select count(distinct (t.token, r.record)) \
       from records r, unnest(r.tokens) as t (token) where r.record = any($1))";

/// Commits new versions, all or none.
pub(crate) async fn commit(database: &Database, rows: &[StoredRow]) -> Result<(), VaultError> {
    let new = Columns::of(rows);
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    let there = check((database, &transaction), rows, &new).await?;
    archive((database, &transaction), &new.record, there).await?;
    let written = transaction.execute(UPSERT, &new.parameters()).await.map_err(from_database(database))?;
    whole(database, written, rows.len())?;
    find_by_tokens((database, &transaction), &new.record).await?;
    // CRASH: before this commit nothing is there; after it everything is. The ledger knows of it either way.
    tacenda_kernel::crash::at("vault-commits");
    transaction.commit().await.map_err(from_database(database))
}

/// Moves what is current of these records, of which so many are there, to their pasts.
pub(super) async fn archive(
    (database, transaction): (&Database, &Transaction<'_>),
    records: &[Vec<u8>],
    there: usize,
) -> Result<(), VaultError> {
    let archived = transaction.execute(ARCHIVE, &[&records]).await.map_err(from_database(database))?;
    whole(database, archived, there)?;
    // A token that stays behind stands against the ones that come.
    transaction.execute(FORGET_TOKENS, &[&records]).await.map_err(from_database(database))?;
    Ok(())
}

/// Makes the records be found by their tokens.
pub(super) async fn find_by_tokens(
    (database, transaction): (&Database, &Transaction<'_>),
    records: &[Vec<u8>],
) -> Result<(), VaultError> {
    let rows = transaction.query(FIND_BY_TOKENS, &[&records]).await.map_err(from_database(database))?;
    let all = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(false);
    if all { Ok(()) } else { Err(not_whole(database)) }
}

/// SECURITY: a trigger or a rule may leave rows out, and PostgreSQL says so only in the count. Whatever is less than asked
/// is not committed.
pub(super) fn whole(database: &Database, done: u64, asked: usize) -> Result<(), VaultError> {
    if usize::try_from(done).is_ok_and(|done| done == asked) { Ok(()) } else { Err(not_whole(database)) }
}

/// Locks the records and refuses if any is not at the version before its new one; how many there are.
pub(super) async fn check(
    (database, transaction): (&Database, &Transaction<'_>),
    rows: &[StoredRow],
    new: &Columns<'_>,
) -> Result<usize, VaultError> {
    let locked = transaction.query(LOCK, &[&new.record]).await.map_err(from_database(database))?;
    if !transaction.query(FENCED, &[&new.recorded_at]).await.map_err(from_database(database))?.is_empty() {
        return Err(VaultError::Unavailable);
    }
    for row in rows {
        let name = row.header.record.to_bytes();
        let current = locked.iter().find(|found| found.try_get::<_, &[u8]>(0).is_ok_and(|id| id == name));
        let fits = match current {
            None => row.header.version.number() == 1,
            Some(found) => {
                let staged: bool = found.try_get(2).unwrap_or(true);
                !staged && version(found.try_get(1))?.next() == row.header.version
            }
        };
        if !fits {
            return Err(VaultError::Conflict);
        }
    }
    Ok(locked.len())
}
