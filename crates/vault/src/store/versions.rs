//! Table `versions`: what records were before.

use jiff::Timestamp;
use tacenda_contracts::{timeline::Moment, vault::VaultError};
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::Database;

use tokio_postgres::Row;

use super::rows::{StoredRow, number, record_id, sql_version, version};
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
        .map_err(from_database(database))?;
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
        .map_err(from_database(database))?;
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
    let rows = database.lanes().query(AMONG, &[&names, &numbers]).await.map_err(from_database(database))?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}

/// A version as it is compared with its announcement: with its tokens, where it is the current one, and whether the record is
/// found by each of them.
pub(crate) struct Compared {
    pub(crate) row: StoredRow,
    pub(crate) current: bool,
    pub(crate) found: bool,
}

impl Compared {
    fn read(row: &Row, compartment: Compartment) -> Result<Self, VaultError> {
        let current = row.try_get(8).map_err(|_| VaultError::Damaged)?;
        let found = row.try_get(9).map_err(|_| VaultError::Damaged)?;
        Ok(Self { row: StoredRow::read_whole(row, compartment)?, current, found })
    }
}

macro_rules! compared {
    ($records:literal, $versions:literal) => {
        concat!(
            "(select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed, r.announced, r.tokens, \
                true as current, cardinality(r.tokens) = (select count(*) from tokens t \
                  where t.record = r.record and t.token = any(r.tokens)) as found from records r ",
            $records,
            ") union all (select v.record, v.patient, v.version, v.recorded_at, v.deleted, v.sealed, v.announced, \
                null::bigint[], false, true from versions v ",
            $versions,
            ")"
        )
    };
}

const HELD: &str = concat!(
    "with asked as (select * from unnest($1::bytea[], $2::int[]) as asked (record, version)) ",
    compared!("join asked using (record, version)", "join asked using (record, version)")
);

/// Those of the versions named that are stored, to be compared.
pub(crate) async fn held(
    database: &Database,
    compartment: Compartment,
    versions: &[(RecordId, Version)],
) -> Result<Vec<Compared>, VaultError> {
    let names: Vec<Vec<u8>> = versions.iter().map(|(record, _)| record.to_bytes().to_vec()).collect();
    let numbers: Vec<i32> = versions.iter().map(|(_, version)| sql_version(*version)).collect();
    let rows = database.lanes().query(HELD, &[&names, &numbers]).await.map_err(from_database(database))?;
    rows.iter().map(|row| Compared::read(row, compartment)).collect()
}

/// Sealed bytes of a page of all versions; a single version may be larger.
const MOST_BYTES: i64 = 32 << 20;
/// The size of a value is known without fetching it, so that only what is answered is fetched. Two rows of the same name are
/// not parted by it.
const SCAN: &str = concat!(
    "select record, patient, version, recorded_at, deleted, sealed, announced, tokens, current, found from ( \
       select *, sum(octet_length(sealed)) over (order by record, version) \
         - sum(octet_length(sealed)) over (partition by record, version) as before \
       from (select * from (",
    compared!(
        "where (r.record, r.version) > ($1, $2) order by r.record, r.version limit $3",
        "where (v.record, v.version) > ($1, $2) order by v.record, v.version limit $3"
    ),
    ") as both_tables \
       order by record, version limit $3) as page) as sized \
     where before < $4 order by record, version"
);

/// All versions in order, at most so many at a time.
pub(crate) async fn scan(
    database: &Database,
    compartment: Compartment,
    after: Option<(RecordId, Version)>,
    limit: u32,
) -> Result<Vec<Compared>, VaultError> {
    let name = after.map_or([0; 16], |(record, _)| record.to_bytes());
    let number = after.map_or(0, |(_, version)| sql_version(version));
    let rows = database
        .lanes()
        .query(SCAN, &[&name.as_slice(), &number, &i64::from(limit), &MOST_BYTES])
        .await
        .map_err(from_database(database))?;
    rows.iter().map(|row| Compared::read(row, compartment)).collect()
}

const ANNOUNCED: &str = "select version, announced from records where record = $1 and patient = $2 \
     union all select version, announced from versions where record = $1 and patient = $2";

/// What each version of the patient's record says of its announcement.
pub(crate) async fn announced(
    database: &Database,
    patient: [u8; 16],
    record: RecordId,
) -> Result<Vec<(Version, [u8; 16])>, VaultError> {
    let name = record.to_bytes();
    let rows = database.lanes().query(ANNOUNCED, &[&name.as_slice(), &patient.as_slice()]).await;
    let rows = rows.map_err(from_database(database))?;
    rows.iter().map(|row| Ok((version(row.try_get(0))?, number(row.try_get::<_, &[u8]>(1))?))).collect()
}
