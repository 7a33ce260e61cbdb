//! A sealed row as the tables hold it.

use jiff::Timestamp;
use tacenda_contracts::vault::VaultError;
use tacenda_crypto::{KeyGeneration, RowHeader};
use tacenda_kernel::{Compartment, RecordId, Version};
use tokio_postgres::{Row, types::ToSql};

/// A sealed version: nothing in it can be read without the patient's key.
#[derive(Clone, Debug)]
pub struct StoredRow {
    /// What the seal is bound to.
    pub header: RowHeader,
    /// The blind tokens it is found by.
    pub tokens: Vec<i64>,
    /// The sealed document.
    pub sealed: Vec<u8>,
    /// Of which FHIR type it is, for the ledger; of a row that was read, only the opened document says it.
    pub kind: String,
    /// Which ledger entry announced it, sealed; all zero in a row that is not announced yet, or where nobody asked.
    pub announced: [u8; 16],
}

impl StoredRow {
    /// Reads the columns `record, patient, version, recorded_at, deleted, sealed`, in this order.
    pub(crate) fn read(row: &Row, compartment: Compartment) -> Result<Self, VaultError> {
        let header = RowHeader {
            compartment,
            patient: number(row.try_get::<_, &[u8]>(1))?,
            record: record_id(row.try_get::<_, &[u8]>(0))?,
            version: version(row.try_get(2))?,
            recorded_at: row.try_get::<_, Timestamp>(3).map_err(|_| VaultError::Damaged)?,
            deleted: row.try_get(4).map_err(|_| VaultError::Damaged)?,
            key_generation: KeyGeneration::FIRST,
        };
        let sealed = row.try_get(5).map_err(|_| VaultError::Damaged)?;
        Ok(Self { header, tokens: Vec::new(), sealed, kind: String::new(), announced: [0; 16] })
    }

    /// Reads the columns above and `announced, tokens` after them; an old version has no tokens.
    pub(crate) fn read_whole(row: &Row, compartment: Compartment) -> Result<Self, VaultError> {
        let announced = number(row.try_get::<_, &[u8]>(6)).unwrap_or_default();
        let tokens: Option<Vec<i64>> = row.try_get(7).map_err(|_| VaultError::Damaged)?;
        Ok(Self { tokens: tokens.unwrap_or_default(), announced, ..Self::read(row, compartment)? })
    }
}

type Column<T> = Result<T, tokio_postgres::Error>;

pub(crate) fn number(column: Column<&[u8]>) -> Result<[u8; 16], VaultError> {
    column.ok().and_then(|bytes| bytes.try_into().ok()).ok_or(VaultError::Damaged)
}

pub(crate) fn record_id(column: Column<&[u8]>) -> Result<RecordId, VaultError> {
    RecordId::from_bytes(number(column)?).ok_or(VaultError::Damaged)
}

pub(crate) fn version(column: Column<i32>) -> Result<Version, VaultError> {
    let number = column.ok().and_then(|number| u32::try_from(number).ok());
    number.and_then(Version::new).ok_or(VaultError::Damaged)
}

/// Rows turned into the parallel arrays that one statement takes.
#[derive(Default)]
pub(crate) struct Columns<'a> {
    pub(crate) record: Vec<Vec<u8>>,
    pub(crate) patient: Vec<&'a [u8]>,
    pub(crate) version: Vec<i32>,
    pub(crate) recorded_at: Vec<Timestamp>,
    pub(crate) deleted: Vec<bool>,
    /// Array literals: `unnest` cannot take arrays of unequal length.
    pub(crate) tokens: Vec<String>,
    pub(crate) sealed: Vec<&'a [u8]>,
    pub(crate) announced: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(rows: impl IntoIterator<Item = &'a StoredRow>) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.record.push(row.header.record.to_bytes().to_vec());
            columns.patient.push(&row.header.patient);
            columns.version.push(sql_version(row.header.version));
            columns.recorded_at.push(row.header.recorded_at);
            columns.deleted.push(row.header.deleted);
            columns.tokens.push(array_literal(&row.tokens));
            columns.sealed.push(&row.sealed);
            columns.announced.push(&row.announced);
        }
        columns
    }

    /// As statements take them, `$1` to `$8`.
    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 8] {
        [
            &self.record,
            &self.patient,
            &self.version,
            &self.recorded_at,
            &self.deleted,
            &self.tokens,
            &self.sealed,
            &self.announced,
        ]
    }
}

pub(crate) fn sql_version(version: Version) -> i32 {
    i32::try_from(version.number()).unwrap_or(i32::MAX)
}

fn array_literal(tokens: &[i64]) -> String {
    let numbers: Vec<String> = tokens.iter().map(i64::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}
