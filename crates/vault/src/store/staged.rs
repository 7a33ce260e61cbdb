//! Table `staged`: versions that a saga will make visible or forget.

use tacenda_contracts::{keystore::SagaId, vault::VaultError};
use tacenda_kernel::{RecordId, Version};
use tacenda_postgres::Database;
use tokio_postgres::types::ToSql;

use super::{
    commit::{ARCHIVE, FIND_BY_TOKENS, FORGET_TOKENS, check},
    rows::{Columns, StoredRow, record_id, version},
};
use crate::error::from_database;

const STAGE: &str = "insert into staged (saga, record, patient, version, recorded_at, deleted, tokens, sealed) \
     select $8, new.record, new.patient, new.version, new.recorded_at, new.deleted, new.tokens::bigint[], new.sealed \
     from unnest($1::bytea[], $2::bytea[], $3::int[], $4::timestamptz[], $5::bool[], $6::text[], $7::bytea[]) \
       as new (record, patient, version, recorded_at, deleted, tokens, sealed)";

/// As [`CREATE`](super::records), into the other table: the fence is read in the statement that writes.
const STAGE_NEW: &str = "insert into staged (saga, record, patient, version, recorded_at, deleted, tokens, sealed) \
     select $8, new.record, new.patient, new.version, new.recorded_at, new.deleted, new.tokens::bigint[], new.sealed \
     from unnest($1::bytea[], $2::bytea[], $3::int[], $4::timestamptz[], $5::bool[], $6::text[], $7::bytea[]) \
       as new (record, patient, version, recorded_at, deleted, tokens, sealed) \
     where new.recorded_at > (select fenced_until from fences where fence = 1) \
       and not exists (select from records r where r.record = new.record)";

/// Stages new versions, all or none. A record that another saga has staged is a conflict.
pub(crate) async fn stage(database: &Database, saga: SagaId, rows: &[StoredRow]) -> Result<(), VaultError> {
    let new = Columns::of(rows);
    if rows.iter().all(|row| row.header.version == Version::FIRST) {
        return stage_new(database, saga, &new).await;
    }
    let mut client = database.client().await.map_err(from_database)?;
    let transaction = client.transaction().await.map_err(from_database)?;
    check(&transaction, rows, &new).await?;
    transaction
        .execute(
            STAGE,
            &[
                &new.record,
                &new.patient,
                &new.version,
                &new.recorded_at,
                &new.deleted,
                &new.tokens,
                &new.sealed,
                &saga,
            ],
        )
        .await
        .map_err(from_database)?;
    // CRASH: a saga whose staged rows are durable but which was not committed is discarded by recovery.
    transaction.commit().await.map_err(from_database)
}

/// Stages first versions in one statement. Where some are refused, the rest is discarded with the saga.
async fn stage_new(database: &Database, saga: SagaId, new: &Columns<'_>) -> Result<(), VaultError> {
    let columns: [&(dyn ToSql + Sync); 8] = [
        &new.record,
        &new.patient,
        &new.version,
        &new.recorded_at,
        &new.deleted,
        &new.tokens,
        &new.sealed,
        &saga,
    ];
    // CRASH: as above.
    let staged = database.lanes().execute(STAGE_NEW, &columns).await.map_err(from_database)?;
    if usize::try_from(staged).is_ok_and(|staged| staged == new.record.len()) {
        Ok(())
    } else {
        Err(VaultError::Unavailable)
    }
}

const TAKE: &str = "delete from staged where saga = $1 returning record";
const NAMES: &str = "select record, version from staged where saga = $1 order by record";
/// Where all are first versions, in one statement.
const PROMOTE_NEW: &str = "with taken as (delete from staged where saga = $1 returning *), \
       found as (insert into tokens (token, record) select distinct unnest(tokens), record from taken) \
     insert into records (record, patient, version, recorded_at, deleted, tokens, sealed) \
     select record, patient, version, recorded_at, deleted, tokens, sealed from taken";
/// Whoever changes a record locks its row first, in one order.
const LOCK: &str = "select record from records where record = any($1) order by record for update";
const MOVE: &str = "insert into records as r (record, patient, version, recorded_at, deleted, tokens, sealed) \
     select record, patient, version, recorded_at, deleted, tokens, sealed from staged where saga = $1 \
     on conflict (record) do update set version = excluded.version, recorded_at = excluded.recorded_at, \
       deleted = excluded.deleted, tokens = excluded.tokens, sealed = excluded.sealed";

/// Makes a saga's versions current. A second call finds nothing staged and does nothing.
pub(crate) async fn promote(database: &Database, saga: SagaId) -> Result<(), VaultError> {
    let staged = database.lanes().query(NAMES, &[&saga]).await.map_err(from_database)?;
    if staged.is_empty() {
        return Ok(());
    }
    if staged.iter().all(|row| row.try_get(1).is_ok_and(|version: i32| version == 1)) {
        database.lanes().execute(PROMOTE_NEW, &[&saga]).await.map_err(from_database)?;
        return Ok(());
    }
    let names: Vec<Vec<u8>> = staged.iter().filter_map(|row| row.try_get(0).ok()).collect();
    let mut client = database.client().await.map_err(from_database)?;
    let transaction = client.transaction().await.map_err(from_database)?;
    transaction.execute(LOCK, &[&names]).await.map_err(from_database)?;
    // Another instance may have promoted the same saga meanwhile, under the same locks.
    if transaction.query(NAMES, &[&saga]).await.map_err(from_database)?.is_empty() {
        return Ok(());
    }
    transaction.execute(ARCHIVE, &[&names]).await.map_err(from_database)?;
    transaction.execute(FORGET_TOKENS, &[&names]).await.map_err(from_database)?;
    transaction.execute(MOVE, &[&saga]).await.map_err(from_database)?;
    transaction.execute(FIND_BY_TOKENS, &[&names]).await.map_err(from_database)?;
    transaction.execute(TAKE, &[&saga]).await.map_err(from_database)?;
    transaction.commit().await.map_err(from_database)
}

/// Forgets a saga's versions.
pub(crate) async fn discard(database: &Database, saga: SagaId) -> Result<(), VaultError> {
    database.lanes().query(TAKE, &[&saga]).await.map_err(from_database)?;
    Ok(())
}

const AMONG: &str = "select record, version from staged where record = any($1)";

/// Which versions of the records named are staged.
pub(crate) async fn among(
    database: &Database,
    records: &[RecordId],
) -> Result<Vec<(RecordId, Version)>, VaultError> {
    let names: Vec<Vec<u8>> = records.iter().map(|record| record.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(AMONG, &[&names]).await.map_err(from_database)?;
    rows.iter().map(|row| Ok((record_id(row.try_get::<_, &[u8]>(0))?, version(row.try_get(1))?))).collect()
}
