//! Table `versions`: what records were before.

use jiff::Timestamp;
use tacenda_contracts::{timeline::Moment, vault::VaultError};
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::Database;

use tokio_postgres::Row;

use super::rows::{StoredRow, record_id, sql_version, version};
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

const OF_RECORD: &str = "select record, version, recorded_at from ( \
       select record, patient, version, recorded_at from records where record = $1 \
       union all \
       select record, patient, version, recorded_at from versions where record = $1) as both_tables \
     where patient = $2 and ($3::timestamptz is null or recorded_at >= $3) and ($4::int is null or version < $4) \
     order by version desc limit $5";

/// The names of a record's versions, newest first.
pub(crate) async fn of_record(
    database: &Database,
    patient: [u8; 16],
    record: RecordId,
    since: Option<Timestamp>,
    before: Option<Version>,
    limit: u32,
) -> Result<Vec<Moment>, VaultError> {
    let (name, before) = (record.to_bytes(), before.map(sql_version));
    let rows = database
        .lanes()
        .query(OF_RECORD, &[&name.as_slice(), &patient.as_slice(), &since, &before, &i64::from(limit)])
        .await
        .map_err(from_database)?;
    rows.iter().map(moment).collect()
}

const OF_ANY: &str = "with named as (select distinct record from tokens where token = any($1)) \
     select record, version, recorded_at from ( \
       select record, patient, version, recorded_at from named join records using (record) \
       union all \
       select record, patient, version, recorded_at from named join versions using (record)) as both_tables \
     where patient = $2 and ($3::timestamptz is null or recorded_at >= $3) \
       and ($4::timestamptz is null or (recorded_at, record, version) < ($4, $5::bytea, $6::int)) \
     order by recorded_at desc, record desc, version desc limit $7";

/// The names of the versions of all records that have one of the tokens now, newest first.
pub(crate) async fn of_any(
    database: &Database,
    patient: [u8; 16],
    tokens: &[i64],
    since: Option<Timestamp>,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<Moment>, VaultError> {
    let at = before.map(|moment| moment.recorded_at);
    let record = before.map(|moment| moment.record.to_bytes().to_vec());
    let version = before.map(|moment| sql_version(moment.version));
    let rows = database
        .lanes()
        .query(OF_ANY, &[&tokens, &patient.as_slice(), &since, &at, &record, &version, &i64::from(limit)])
        .await
        .map_err(from_database)?;
    rows.iter().map(moment).collect()
}

fn moment(row: &Row) -> Result<Moment, VaultError> {
    Ok(Moment {
        record: record_id(row.try_get::<_, &[u8]>(0))?,
        version: version(row.try_get(1))?,
        recorded_at: row.try_get(2).map_err(|_| VaultError::Damaged)?,
    })
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
