//! Table `versions`: what records were before.

use tacenda_contracts::vault::VaultError;
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::Database;

use super::rows::{StoredRow, sql_version};
use crate::error::from_database;

const ONE: &str = "select record, patient, version, recorded_at, deleted, sealed \
       from records where record = $1 and version = $2 \
     union all \
     select record, patient, version, recorded_at, deleted, sealed \
       from versions where record = $1 and version = $2";

/// One version, current or not.
pub(crate) async fn one(
    database: &Database,
    compartment: Compartment,
    record: RecordId,
    version: Version,
) -> Result<Option<StoredRow>, VaultError> {
    let name = record.to_bytes();
    let rows = database
        .lanes()
        .query(ONE, &[&name.as_slice(), &sql_version(version)])
        .await
        .map_err(from_database)?;
    rows.first().map(|row| StoredRow::read(row, compartment)).transpose()
}

const ALL: &str = "select record, patient, version, recorded_at, deleted, sealed from records where record = $1 \
     union all \
     select record, patient, version, recorded_at, deleted, sealed from versions where record = $1 \
     order by version desc limit 1000";

/// All versions of a record, newest first, at most 1,000.
pub(crate) async fn all(
    database: &Database,
    compartment: Compartment,
    record: RecordId,
) -> Result<Vec<StoredRow>, VaultError> {
    let name = record.to_bytes();
    let rows = database.lanes().query(ALL, &[&name.as_slice()]).await.map_err(from_database)?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}

const AMONG: &str = "with asked as (select * from unnest($1::bytea[], $2::int[]) as asked (record, version)) \
     select record, patient, version, recorded_at, deleted, sealed from records join asked using (record, version) \
     union all \
     select record, patient, version, recorded_at, deleted, sealed from versions join asked using (record, version)";

/// Those of the versions named that are stored.
pub(crate) async fn among(
    database: &Database,
    compartment: Compartment,
    versions: &[(RecordId, Version)],
) -> Result<Vec<StoredRow>, VaultError> {
    let names: Vec<Vec<u8>> = versions.iter().map(|(record, _)| record.to_bytes().to_vec()).collect();
    let numbers: Vec<i32> = versions.iter().map(|(_, version)| sql_version(*version)).collect();
    let rows = database.lanes().query(AMONG, &[&names, &numbers]).await.map_err(from_database)?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}

const SCAN: &str = "select * from ( \
       (select record, patient, version, recorded_at, deleted, sealed from records \
          where (record, version) > ($1, $2) order by record, version limit $3) \
       union all \
       (select record, patient, version, recorded_at, deleted, sealed from versions \
          where (record, version) > ($1, $2) order by record, version limit $3)) as both_tables \
     order by record, version limit $3";

/// All versions in order, a page at a time.
pub(crate) async fn scan(
    database: &Database,
    compartment: Compartment,
    after: Option<(RecordId, Version)>,
    limit: u32,
) -> Result<Vec<StoredRow>, VaultError> {
    let name = after.map_or([0; 16], |(record, _)| record.to_bytes());
    let number = after.map_or(0, |(_, version)| sql_version(version));
    let rows = database
        .lanes()
        .query(SCAN, &[&name.as_slice(), &number, &i64::from(limit)])
        .await
        .map_err(from_database)?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}
