//! Table `staged`: versions that a saga will make visible or forget.

use std::collections::HashMap;

use tacenda_contracts::{keystore::SagaId, vault::VaultError};
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::Database;
use tokio_postgres::{Row, types::ToSql};

use super::{
    commit::{archive, check, find_by_tokens, whole},
    rows::{Columns, StoredRow, number, record_id, version},
};
use crate::error::from_database;

macro_rules! stage {
    ($condition:literal) => {
        concat!(
            "insert into staged (saga, record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
             select $9, new.record, new.patient, new.version, new.recorded_at, new.deleted, new.tokens::bigint[], \
               new.sealed, new.announced \
             from unnest($1::bytea[], $2::bytea[], $3::int[], $4::timestamptz[], $5::bool[], $6::text[], $7::bytea[], \
               $8::bytea[]) as new (record, patient, version, recorded_at, deleted, tokens, sealed, announced)",
            $condition
        )
    };
}

const STAGE: &str = stage!("");

/// As [`CREATE`](super::records), into the other table: the fence is read in the statement that writes.
const STAGE_NEW: &str = stage!(
    " where new.recorded_at > (select fenced_until from fences where fence = 1) \
       and not exists (select from records r where r.record = new.record)"
);

/// Stages new versions, all or none. A record that another saga has staged is a conflict.
pub(crate) async fn stage(database: &Database, saga: SagaId, rows: &[StoredRow]) -> Result<(), VaultError> {
    let new = Columns::of(rows);
    let columns: Vec<&(dyn ToSql + Sync)> = new.parameters().into_iter().chain([&saga as _]).collect();
    if rows.iter().all(|row| row.header.version == Version::FIRST) {
        // CRASH: as below. Where some are refused, the rest is discarded with the saga.
        tacenda_kernel::crash::at("stage-inserts");
        let staged = database.lanes().execute(STAGE_NEW, &columns).await.map_err(from_database(database))?;
        let all = usize::try_from(staged).is_ok_and(|staged| staged == rows.len());
        return if all { Ok(()) } else { Err(VaultError::Unavailable) };
    }
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    check((database, &transaction), rows, &new).await?;
    let written = transaction.execute(STAGE, &columns).await.map_err(from_database(database))?;
    whole(database, written, rows.len())?;
    // CRASH: a saga whose staged rows are durable but which was not committed is discarded by recovery.
    tacenda_kernel::crash::at("stage-commits");
    transaction.commit().await.map_err(from_database(database))
}

const TAKE: &str = "delete from staged where saga = $1 returning record";
const NAMES: &str = "select record, version, announced from staged where saga = $1 order by record";
/// Where all are first versions, in one statement, which divides by zero unless it is whole.
const PROMOTE_NEW: &str = "with taken as (delete from staged where saga = $1 returning *), \
       found as (insert into tokens (token, record) select distinct unnest(tokens), record from taken returning 1), \
       moved as (insert into records (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
         select record, patient, version, recorded_at, deleted, tokens, sealed, announced from taken returning 1) \
     select 1 / (case when (select count(*) from moved) = (select count(*) from taken) \
       and (select count(*) from found) = \
         (select count(distinct (t.token, taken.record)) from taken, unnest(tokens) as t (token)) \
       then 1 else 0 end), (select count(*) from taken)";
/// Whoever changes a record locks its row first, in one order.
const LOCK: &str = "select record from records where record = any($1) order by record for update";
const MOVE: &str = "insert into records as r (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
     select record, patient, version, recorded_at, deleted, tokens, sealed, announced from staged where saga = $1 \
     on conflict (record) do update set version = excluded.version, recorded_at = excluded.recorded_at, \
       deleted = excluded.deleted, tokens = excluded.tokens, sealed = excluded.sealed, announced = excluded.announced";

/// A version that is staged, and what its row says of its announcement.
pub(crate) type Named = (RecordId, Version, [u8; 16]);

/// What a saga has staged.
pub(crate) async fn of_saga(database: &Database, saga: SagaId) -> Result<Vec<Named>, VaultError> {
    let rows = database.lanes().query(NAMES, &[&saga]).await.map_err(from_database(database))?;
    let name = |row: &Row| {
        let record = record_id(row.try_get::<_, &[u8]>(0))?;
        Ok((record, version(row.try_get(1))?, number(row.try_get::<_, &[u8]>(2))?))
    };
    rows.iter().map(name).collect()
}

/// Makes a saga's versions current. A second call finds nothing staged and does nothing.
pub(crate) async fn promote(database: &Database, saga: SagaId) -> Result<(), VaultError> {
    let staged = of_saga(database, saga).await?;
    if staged.is_empty() {
        return Ok(());
    }
    if staged.iter().all(|(_, version, _)| *version == Version::FIRST) {
        database.lanes().execute(PROMOTE_NEW, &[&saga]).await.map_err(from_database(database))?;
        return Ok(());
    }
    let records: Vec<Vec<u8>> = staged.iter().map(|(record, ..)| record.to_bytes().to_vec()).collect();
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    let there = transaction.query(LOCK, &[&records]).await.map_err(from_database(database))?.len();
    // Another instance may have promoted the same saga meanwhile, under the same locks.
    if transaction.query(NAMES, &[&saga]).await.map_err(from_database(database))?.is_empty() {
        return Ok(());
    }
    archive((database, &transaction), &records, there).await?;
    let done = transaction.execute(MOVE, &[&saga]).await.map_err(from_database(database))?;
    whole(database, done, staged.len())?;
    find_by_tokens((database, &transaction), &records).await?;
    let done = transaction.execute(TAKE, &[&saga]).await.map_err(from_database(database))?;
    whole(database, done, staged.len())?;
    transaction.commit().await.map_err(from_database(database))
}

const SAGAS: &str = "select distinct saga from staged";

/// The sagas that have staged rows.
pub(crate) async fn sagas(database: &Database) -> Result<Vec<SagaId>, VaultError> {
    let rows = database.lanes().query(SAGAS, &[]).await.map_err(from_database(database))?;
    rows.iter().map(|row| row.try_get(0).map_err(|_| VaultError::Damaged)).collect()
}

/// Forgets a saga's versions.
pub(crate) async fn discard(database: &Database, saga: SagaId) -> Result<(), VaultError> {
    database.lanes().query(TAKE, &[&saga]).await.map_err(from_database(database))?;
    Ok(())
}

const AMONG: &str = "select record, patient, version, recorded_at, deleted, sealed, announced, tokens, saga \
     from staged where record = any($1)";

/// What is staged of a version: by which saga, and the row where it can be read.
pub(crate) type Staged = (SagaId, Option<StoredRow>);

/// Which versions of the records named are staged. One is there once, unless somebody else put it there.
pub(crate) async fn among(
    database: &Database,
    compartment: Compartment,
    records: &[RecordId],
) -> Result<HashMap<(RecordId, Version), Vec<Staged>>, VaultError> {
    let names: Vec<Vec<u8>> = records.iter().map(|record| record.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(AMONG, &[&names]).await.map_err(from_database(database))?;
    let mut staged: HashMap<_, Vec<Staged>> = HashMap::new();
    for row in &rows {
        let name = (record_id(row.try_get::<_, &[u8]>(0))?, version(row.try_get(2))?);
        let saga = row.try_get(8).map_err(|_| VaultError::Damaged)?;
        // Without tokens it cannot be made visible.
        let has_tokens = row.try_get::<_, Vec<i64>>(7).is_ok();
        let whole = StoredRow::read_whole(row, compartment).ok().filter(|_| has_tokens);
        staged.entry(name).or_default().push((saga, whole));
    }
    Ok(staged)
}
