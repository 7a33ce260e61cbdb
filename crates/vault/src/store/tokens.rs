//! Table `tokens`: finding records without reading them.

use tacenda_contracts::vault::{Candidate, VaultError};
use tacenda_kernel::{Compartment, RecordId};
use tacenda_postgres::Database;

use super::rows::{StoredRow, number, record_id};
use crate::error::from_database;

/// Which part of what has the tokens.
pub(crate) struct Page {
    /// Only records after this one.
    pub(crate) after: Option<RecordId>,
    /// Only this record.
    pub(crate) only: Option<RecordId>,
    /// At most so many.
    pub(crate) limit: u32,
}

/// The first token finds by index, the others narrow.
const OF_PATIENT: &str = "select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed \
     from tokens t join records r using (record) \
     where t.token = $1 and r.patient = $2 and t.record > $3 and r.tokens @> $4 \
       and ($6::bytea is null or t.record = $6) \
     order by t.record limit $5";

/// One patient's records that have all tokens, in order, after the one given.
pub(crate) async fn of_patient(
    database: &Database,
    compartment: Compartment,
    patient: [u8; 16],
    tokens: &[i64],
    page: &Page,
) -> Result<Vec<StoredRow>, VaultError> {
    let Some(first) = tokens.first() else { return Ok(Vec::new()) };
    let after = page.after.map_or([0; 16], RecordId::to_bytes);
    let only = page.only.map(|record| record.to_bytes().to_vec());
    let rows = database
        .lanes()
        .query(
            OF_PATIENT,
            &[first, &patient.as_slice(), &after.as_slice(), &tokens, &i64::from(page.limit), &only],
        )
        .await
        .map_err(from_database)?;
    rows.iter().map(|row| StoredRow::read(row, compartment)).collect()
}

const OF_ANYONE: &str = "select r.record, r.patient from tokens t join records r using (record) \
     where t.token = $1 and t.record > $2 and r.tokens @> $3 order by t.record limit $4";

/// Anybody's records that have all tokens: names only.
pub(crate) async fn of_anyone(
    database: &Database,
    tokens: &[i64],
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<Candidate>, VaultError> {
    let Some(first) = tokens.first() else { return Ok(Vec::new()) };
    let after = after.map_or([0; 16], RecordId::to_bytes);
    let rows = database
        .lanes()
        .query(OF_ANYONE, &[first, &after.as_slice(), &tokens, &i64::from(limit)])
        .await
        .map_err(from_database)?;
    rows.iter()
        .map(|row| {
            Ok(Candidate { record: record_id(row.try_get::<_, &[u8]>(0))?, patient: number(row.try_get(1))? })
        })
        .collect()
}
