//! Changes to records that exist, in one transaction.
//!
//! Taking the rows `for update` in one order is the lock; a version that is no longer the expected one, or a record
//! that a saga has staged, is a conflict.

use tacenda_contracts::vault::VaultError;
use tacenda_postgres::{Database, Transaction};

use super::rows::{Columns, StoredRow, version};
use crate::error::from_database;

const LOCK: &str = "select r.record, r.version, s.record is not null as staged \
     from records r left join staged s using (record) \
     where r.record = any($1) order by r.record for update of r";
const FENCED: &str = "select 1 from fences where fence = 1 and fenced_until >= any($1::timestamptz[])";
pub(super) const ARCHIVE: &str = "insert into versions (record, patient, version, recorded_at, deleted, sealed) \
     select record, patient, version, recorded_at, deleted, sealed from records where record = any($1)";
pub(super) const FORGET_TOKENS: &str = "delete from tokens t using records r \
     where r.record = any($1) and t.record = r.record and t.token = any(r.tokens)";
const UPSERT: &str = "insert into records as r (record, patient, version, recorded_at, deleted, tokens, sealed) \
     select new.record, new.patient, new.version, new.recorded_at, new.deleted, new.tokens::bigint[], new.sealed \
     from unnest($1::bytea[], $2::bytea[], $3::int[], $4::timestamptz[], $5::bool[], $6::text[], $7::bytea[]) \
       as new (record, patient, version, recorded_at, deleted, tokens, sealed) \
     on conflict (record) do update set version = excluded.version, recorded_at = excluded.recorded_at, \
       deleted = excluded.deleted, tokens = excluded.tokens, sealed = excluded.sealed";
pub(super) const FIND_BY_TOKENS: &str = "insert into tokens (token, record) \
     select distinct unnest(r.tokens), r.record from records r where r.record = any($1)";

/// Commits new versions, all or none.
pub(crate) async fn commit(database: &Database, rows: &[StoredRow]) -> Result<(), VaultError> {
    let new = Columns::of(rows);
    let mut client = database.client().await.map_err(from_database)?;
    let transaction = client.transaction().await.map_err(from_database)?;
    check(&transaction, rows, &new).await?;
    transaction.execute(ARCHIVE, &[&new.record]).await.map_err(from_database)?;
    transaction.execute(FORGET_TOKENS, &[&new.record]).await.map_err(from_database)?;
    upsert(&transaction, &new).await?;
    transaction.execute(FIND_BY_TOKENS, &[&new.record]).await.map_err(from_database)?;
    // CRASH: before this commit nothing is there; after it everything is. The ledger knows of it either way.
    transaction.commit().await.map_err(from_database)
}

/// Locks the records and refuses if any is not at the version before its new one.
pub(super) async fn check(
    transaction: &Transaction<'_>,
    rows: &[StoredRow],
    new: &Columns<'_>,
) -> Result<(), VaultError> {
    let locked = transaction.query(LOCK, &[&new.record]).await.map_err(from_database)?;
    if !transaction.query(FENCED, &[&new.recorded_at]).await.map_err(from_database)?.is_empty() {
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
    Ok(())
}

async fn upsert(transaction: &Transaction<'_>, new: &Columns<'_>) -> Result<(), VaultError> {
    transaction
        .execute(
            UPSERT,
            &[
                &new.record,
                &new.patient,
                &new.version,
                &new.recorded_at,
                &new.deleted,
                &new.tokens,
                &new.sealed,
            ],
        )
        .await
        .map_err(from_database)?;
    Ok(())
}
