//! Table `tokens`: finding records without reading them.

use tacenda_contracts::vault::{Candidate, VaultError};
use tacenda_kernel::{Compartment, RecordId};
use tacenda_postgres::Database;

use super::rows::{StoredRow, number, record_id};
use crate::error::from_database;

/// Which part of what has the tokens.
pub(crate) struct Page<'a> {
    /// Only records after this one.
    pub(crate) after: Option<RecordId>,
    /// Only these records, in this order; all where there is none.
    pub(crate) only: &'a [RecordId],
    /// At most so many.
    pub(crate) limit: u32,
}

/// What a record must have: one token of each group.
pub(crate) struct Groups {
    /// Finds by index.
    first: Vec<i64>,
    /// All of these narrow.
    all: Vec<i64>,
    /// One of each of these narrows, too.
    any: [Option<Vec<i64>>; 2],
}

impl Groups {
    /// A group of one finds best. Of several larger ones two are looked at: what is opened is checked exactly.
    pub(crate) fn new(mut groups: Vec<Vec<i64>>) -> Self {
        let best = groups.iter().position(|group| group.len() == 1 && groups.len() > 1);
        // The last group is the type, which finds much.
        let best = best.filter(|best| best + 1 < groups.len()).unwrap_or(0);
        let first = if groups.is_empty() { Vec::new() } else { groups.remove(best) };
        let (single, several): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() == 1);
        let mut several = several.into_iter();
        Self { first, all: single.into_iter().flatten().collect(), any: [several.next(), several.next()] }
    }
}

/// Of the rows of a page those that fit into so many bytes, packed and sealed, and the first in any case; and how many rows the
/// page has. A row that does not fit is not read: its size is known without it.
macro_rules! that_fit {
    ($order:literal, $page:literal) => {
        concat!(
            "select record, patient, version, recorded_at, deleted, sealed, rows from \
               (select *, count(*) over () as rows, \
                 sum(octet_length(sealed)) over (order by ",
            $order,
            " rows unbounded preceding) - octet_length(sealed) as before from (",
            $page,
            ") as page) as page where before < 2097152 order by ",
            $order
        )
    };
}

/// A page by one token of the patient's own and nothing else. The planner knows that it takes a page of names from the index and
/// that many rows; it would otherwise weigh what the other conditions leave, and at times sort everything.
pub(super) const BY_TOKEN: &str = that_fit!(
    "record",
    "select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed \
     from (select record from tokens where token = $1 and record > $2 order by record limit $3) t \
       join records r using (record)"
);

/// As above, by any of several tokens: a page of each, and of these the first.
pub(super) const BY_TOKENS: &str = that_fit!(
    "record",
    "select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed \
     from (select distinct t.record from unnest($1::bigint[]) as wanted (token) cross join lateral \
         (select record from tokens where token = wanted.token and record > $2 order by record limit $3) t \
       order by t.record limit $3) t \
       join records r using (record)"
);

/// Of records that are named, which are few, in the order in which they are. They are found by their names, and all tokens narrow.
pub(super) const BY_NAMES: &str = that_fit!(
    "place",
    "select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed, \
       array_position($1::bytea[], r.record) as place \
     from records r \
     where r.record = any($1) and r.patient = $2 and r.tokens && $3 and r.tokens @> $4 \
       and ($5::bigint[] is null or r.tokens && $5) and ($6::bigint[] is null or r.tokens && $6)"
);

pub(super) const OF_PATIENT: &str = that_fit!(
    "record",
    "select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed \
     from tokens t join records r using (record) \
     where t.token = $1 and r.patient = $2 and t.record > $3 and r.tokens @> $4 \
       and ($6::bigint[] is null or r.tokens && $6) and ($7::bigint[] is null or r.tokens && $7) \
     order by t.record limit $5"
);

/// As above, where the first group has several tokens, more than one of which a record may have.
pub(super) const OF_PATIENT_ANY: &str = that_fit!(
    "record",
    "select r.record, r.patient, r.version, r.recorded_at, r.deleted, r.sealed \
     from (select distinct record from tokens where token = any($1) and record > $3) t join records r using (record) \
     where r.patient = $2 and r.tokens @> $4 \
       and ($6::bigint[] is null or r.tokens && $6) and ($7::bigint[] is null or r.tokens && $7) \
     order by t.record limit $5"
);

/// Rows of a page, in its order.
pub(crate) struct Chunk {
    /// Those that fit.
    pub(crate) rows: Vec<StoredRow>,
    /// Whether some did not.
    pub(crate) cut: bool,
    /// Whether there are as many as were asked for, so that there may be more.
    pub(crate) full: bool,
}

/// One patient's records that have a token of each group, in order, after the one given; or those that are named.
pub(crate) async fn of_patient(
    database: &Database,
    compartment: Compartment,
    patient: [u8; 16],
    groups: &Groups,
    page: &Page<'_>,
) -> Result<Chunk, VaultError> {
    let after = page.after.map_or([0; 16], RecordId::to_bytes);
    let later = page.only.iter().filter(|record| page.after.is_none_or(|after| **record > after));
    let only: Vec<[u8; 16]> = later.map(|record| record.to_bytes()).collect();
    let only: Vec<&[u8]> = only.iter().map(<[u8; 16]>::as_slice).collect();
    let (patient, after, limit) = (patient.as_slice(), after.as_slice(), i64::from(page.limit));
    let Groups { first, all, any: [one, other] } = groups;
    let (alone, lanes) = (all.is_empty() && one.is_none(), database.lanes());
    let rows = match first.as_slice() {
        [] => return Ok(Chunk { rows: Vec::new(), cut: false, full: false }),
        _ if !page.only.is_empty() => lanes.query(BY_NAMES, &[&only, &patient, first, all, one, other]).await,
        [first] if alone => lanes.query(BY_TOKEN, &[first, &after, &limit]).await,
        several if alone => lanes.query(BY_TOKENS, &[&several, &after, &limit]).await,
        [first] => lanes.query(OF_PATIENT, &[first, &patient, &after, all, &limit, one, other]).await,
        several => lanes.query(OF_PATIENT_ANY, &[&several, &patient, &after, all, &limit, one, other]).await,
    };
    let rows = rows.map_err(from_database(database))?;
    let of_page =
        rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(6)).map_err(|_| VaultError::Damaged)?;
    let fit = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let rows = rows.iter().map(|row| StoredRow::read(row, compartment)).collect::<Result<_, _>>()?;
    Ok(Chunk { rows, cut: fit < of_page, full: page.only.is_empty() && of_page >= limit })
}

pub(super) const OF_ANYONE: &str = "select r.record, r.patient \
     from (select distinct record from tokens where token = any($1) and record > $2) t join records r using (record) \
     where r.tokens @> $3 and ($5::bigint[] is null or r.tokens && $5) and ($6::bigint[] is null or r.tokens && $6) \
     order by t.record limit $4";

/// As above, where the first group has one token: a page of names comes from the index in order, however many have it.
pub(super) const OF_ANYONE_BY_ONE: &str = "select r.record, r.patient from tokens t join records r using (record) \
     where t.token = $1 and t.record > $2 \
       and r.tokens @> $3 and ($5::bigint[] is null or r.tokens && $5) and ($6::bigint[] is null or r.tokens && $6) \
     order by t.record limit $4";

/// Anybody's records that have a token of each group: names only.
pub(crate) async fn of_anyone(
    database: &Database,
    groups: &Groups,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<Candidate>, VaultError> {
    let after = after.map_or([0; 16], RecordId::to_bytes);
    let Groups { first, all, any: [one, other] } = groups;
    let (after, limit) = (after.as_slice(), i64::from(limit));
    let rows = match first.as_slice() {
        [] => return Ok(Vec::new()),
        [first] => database.lanes().query(OF_ANYONE_BY_ONE, &[first, &after, all, &limit, one, other]).await,
        several => database.lanes().query(OF_ANYONE, &[&several, &after, all, &limit, one, other]).await,
    };
    rows.map_err(from_database(database))?
        .iter()
        .map(|row| {
            Ok(Candidate { record: record_id(row.try_get::<_, &[u8]>(0))?, patient: number(row.try_get(1))? })
        })
        .collect()
}

pub(super) const HAVE: &str = "select distinct record from tokens where token = any($1) and record = any($2)";

/// Those of the records that have one of the tokens.
pub(crate) async fn having(
    database: &Database,
    tokens: &[i64],
    records: &[RecordId],
) -> Result<Vec<RecordId>, VaultError> {
    let names: Vec<Vec<u8>> = records.iter().map(|record| record.to_bytes().to_vec()).collect();
    let rows = database.lanes().query(HAVE, &[&tokens, &names]).await.map_err(from_database(database))?;
    rows.iter().map(|row| record_id(row.try_get::<_, &[u8]>(0))).collect()
}
