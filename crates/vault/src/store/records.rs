//! Table `records`: the current version of each record, one primary-key look-up away.

use std::collections::HashMap;

use tacenda_contracts::vault::VaultError;
use tacenda_kernel::{Compartment, RecordId};
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::Row;

use super::rows::{Columns, StoredRow, record_id};
use crate::error::from_database;

pub(super) const CURRENT: &str = "select record, patient, version, recorded_at, deleted, sealed \
     from records where record = any($1)";

/// The current versions of those of `records` that exist, in no order.
pub(crate) async fn current(
    database: &Database,
    compartment: Compartment,
    records: &[RecordId],
) -> Result<Vec<StoredRow>, VaultError> {
    let names: Vec<Vec<u8>> = records.iter().map(|record| record.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(CURRENT, &[&names]).await.map_err(from_database(database))?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}

/// The current version of each of `records` that exists, or that it is damaged.
pub(crate) async fn current_of_each(
    database: &Database,
    compartment: Compartment,
    records: &[RecordId],
) -> Result<HashMap<RecordId, Result<StoredRow, VaultError>>, VaultError> {
    let names: Vec<Vec<u8>> = records.iter().map(|record| record.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(CURRENT, &[&names]).await.map_err(from_database(database))?;
    let each = rows.iter().map(|row| {
        let name = record_id(row.try_get::<_, &[u8]>(0))?;
        Ok((name, StoredRow::read(row, compartment)))
    });
    each.collect()
}

const EXIST: &str = "select record from records where record = any($1) and patient = $2 and not deleted \
     union all select record from staged where record = any($1) and patient = $2 and version = 1";

/// Which of `records` the patient has, or is about to have.
pub(crate) async fn existing(
    database: &Database,
    patient: [u8; 16],
    records: &[RecordId],
) -> Result<Vec<RecordId>, VaultError> {
    let names: Vec<Vec<u8>> = records.iter().map(|record| record.to_bytes().to_vec()).collect();
    let rows = database
        .lanes()
        .query(EXIST, &[&names, &patient.as_slice()])
        .await
        .map_err(from_database(database))?;
    rows.iter().map(|row| record_id(row.try_get::<_, &[u8]>(0))).collect()
}

macro_rules! create {
    ($conflict:literal, $check:literal) => {
        concat!(
            "with inserted as ( \
               insert into records (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
               select new.record, new.patient, new.version, new.recorded_at, new.deleted, new.tokens::bigint[], \
                 new.sealed, new.announced \
               from unnest($1::bytea[], $2::bytea[], $3::int[], $4::timestamptz[], $5::bool[], $6::text[], \
                 $7::bytea[], $8::bytea[]) \
                 as new (record, patient, version, recorded_at, deleted, tokens, sealed, announced) \
               where new.recorded_at > (select fenced_until from fences where fence = 1) ",
            $conflict,
            " returning record, tokens), \
             found as (insert into tokens (token, record) select unnest(tokens), record from inserted ",
            $conflict,
            " returning 1) select record from inserted",
            $check
        )
    };
}

/// The fence is read in the statement that writes: a row recorded in the closed past is not inserted.
///
/// SECURITY: a trigger may leave tokens out, and PostgreSQL says so only in the count: a statement that is not whole divides
/// by zero, and so nothing of it is there. Records that were left out are missed by their names.
const CREATE: &str = create!(
    "",
    " where 1 / (case when (select count(*) from found) = \
       (select coalesce(sum(cardinality(tokens)), 0) from inserted) then 1 else 0 end) = 1"
);
/// As above, without those that are there already. To be prepared for that costs a fifth more and is hardly ever needed.
const CREATE_MISSING: &str = create!("on conflict do nothing", "");

/// Inserts first versions in one statement and says which are in.
pub(crate) async fn create(database: &Database, rows: &[StoredRow]) -> Result<Vec<RecordId>, VaultError> {
    let new = Columns::of(rows);
    let inserted = match insert(database, CREATE, &new).await {
        // Nothing was inserted: one of them stands against it, and the others are not to suffer for it.
        Err(DatabaseError::Conflict) => insert(database, CREATE_MISSING, &new).await,
        inserted => inserted,
    };
    let inserted = inserted.map_err(from_database(database))?;
    inserted.iter().map(|row| record_id(row.try_get::<_, &[u8]>(0))).collect()
}

async fn insert(
    database: &Database,
    sql: &'static str,
    new: &Columns<'_>,
) -> Result<Vec<Row>, DatabaseError> {
    database.lanes().query(sql, &new.parameters()).await
}
