//! Table `versions`: what records were before.

use jiff::Timestamp;
use tacenda_contracts::{timeline::Moment, vault::VaultError};
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::Database;

use tokio_postgres::Row;

use super::rows::{StoredRow, record_id, sql_version, version};
use crate::error::from_database;

pub(super) const OF_RECORD: &str = "select record, version, recorded_at, octet_length(sealed), true from ( \
       select record, version, recorded_at, sealed from records where record = $1 and patient = $2 \
         and recorded_at >= coalesce($3::timestamptz, '-infinity') and version < coalesce($4::int, 2147483647) \
       union all \
       (select record, version, recorded_at, sealed from versions where record = $1 and patient = $2 \
         and recorded_at >= coalesce($3::timestamptz, '-infinity') and version < coalesce($4::int, 2147483647) \
         order by version desc limit $5)) as both_tables \
     order by version desc limit $5";

/// The names of a record's versions, newest first.
pub(crate) async fn of_record(
    database: &Database,
    patient: [u8; 16],
    record: RecordId,
    since: Option<Timestamp>,
    before: Option<Version>,
    limit: u32,
) -> Result<Vec<Named>, VaultError> {
    let (name, before) = (record.to_bytes(), before.map(sql_version));
    let rows = database
        .lanes()
        .query(OF_RECORD, &[&name.as_slice(), &patient.as_slice(), &since, &before, &i64::from(limit)])
        .await
        .map_err(from_database)?;
    rows.iter().map(Named::read).collect()
}

macro_rules! written_before {
    ($table:literal, $of:literal) => {
        concat!(
            "(select ",
            $table,
            ".record, version, recorded_at, sealed from ",
            $table,
            $of,
            " and recorded_at >= coalesce($3::timestamptz, '-infinity') \
               and (recorded_at, ",
            $table,
            ".record, version) < \
                 (coalesce($4::timestamptz, 'infinity'), coalesce($5::bytea, ''), coalesce($6::int, 0)) \
             order by recorded_at desc, ",
            $table,
            ".record desc, version desc limit $7)"
        )
    };
}

/// Of the past no more rows are looked at than asked for: what has the tokens is looked up for each. Of what is current all that
/// has the tokens is looked at by name: an index by time would cost every write, and histories of a type are rare.
pub(super) const OF_ANY: &str = concat!(
    "select looked.record, version, recorded_at, octet_length(sealed), found.found is not null from (select * from (",
    written_before!(
        "records",
        " join (select distinct record from tokens where token = any($1)) as named using (record) where patient = $2"
    ),
    " union all ",
    written_before!("versions", " where patient || ''::bytea = $2"),
    ") as both_tables order by recorded_at desc, record desc, version desc limit $7) as looked \
     left join lateral (select true as found from tokens \
       where token = any($1) and tokens.record = looked.record limit 1) as found on true \
     order by recorded_at desc, looked.record desc, version desc"
);

/// The names of the next versions of any of the patient's records, newest first, and whether their records have one of
/// the tokens now.
pub(crate) async fn of_any(
    database: &Database,
    patient: [u8; 16],
    tokens: &[i64],
    since: Option<Timestamp>,
    before: Option<Moment>,
    limit: u32,
) -> Result<Vec<Named>, VaultError> {
    let at = before.map(|moment| moment.recorded_at);
    let record = before.map(|moment| moment.record.to_bytes().to_vec());
    let version = before.map(|moment| sql_version(moment.version));
    let rows = database
        .lanes()
        .query(OF_ANY, &[&tokens, &patient.as_slice(), &since, &at, &record, &version, &i64::from(limit)])
        .await
        .map_err(from_database)?;
    rows.iter().map(Named::read).collect()
}

/// A version by its name.
pub(crate) struct Named {
    pub(crate) moment: Moment,
    /// How large it is, sealed.
    pub(crate) bytes: u64,
    /// Whether it is one of those asked for.
    pub(crate) asked_for: bool,
}

impl Named {
    fn read(row: &Row) -> Result<Self, VaultError> {
        let moment = Moment {
            record: record_id(row.try_get::<_, &[u8]>(0))?,
            version: version(row.try_get(1))?,
            recorded_at: row.try_get(2).map_err(|_| VaultError::Damaged)?,
        };
        let bytes: i32 = row.try_get(3).map_err(|_| VaultError::Damaged)?;
        let asked_for = row.try_get(4).map_err(|_| VaultError::Damaged)?;
        Ok(Self { moment, bytes: bytes.unsigned_abs().into(), asked_for })
    }
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

/// Sealed bytes of a page of all versions; a single version may be larger.
const MOST_BYTES: i64 = 32 << 20;
/// The size of a value is known without fetching it, so that only what is answered is fetched. Two rows of the same name are
/// not parted by it.
const SCAN: &str = "select record, patient, version, recorded_at, deleted, sealed from ( \
       select *, sum(octet_length(sealed)) over (order by record, version) \
         - sum(octet_length(sealed)) over (partition by record, version) as before \
       from (select * from ( \
         (select record, patient, version, recorded_at, deleted, sealed from records \
            where (record, version) > ($1, $2) order by record, version limit $3) \
         union all \
         (select record, patient, version, recorded_at, deleted, sealed from versions \
            where (record, version) > ($1, $2) order by record, version limit $3)) as both_tables \
       order by record, version limit $3) as page) as sized \
     where before < $4 order by record, version";

/// All versions in order, at most so many at a time.
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
        .query(SCAN, &[&name.as_slice(), &number, &i64::from(limit), &MOST_BYTES])
        .await
        .map_err(from_database)?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}
