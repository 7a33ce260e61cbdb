//! Table `reindexes`: how far making search tokens anew is. What a step changes and how far that brings it is one
//! transaction, so that a run that was killed goes on where it was.

use tacenda_contracts::vault::{Reindexed, VaultError};
use tacenda_fhir::index_version;
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::{Database, Transaction};
use tokio_postgres::Row;

use super::rows::{StoredRow, sql_version};
use crate::error::from_database;

/// How far it is, and where.
pub(crate) struct Position {
    pub(crate) progress: Reindexed,
    /// The last record that was looked at; empty before the first.
    pub(crate) done_until: Vec<u8>,
    /// The last token that was looked at; none before all records were.
    pub(crate) swept_until: Option<i64>,
}

/// Counting all rows would take minutes where there are many: what the planner believes is near enough.
const BEGIN: &str = "update reindexes set done_until = '', swept_until = null, looked_at = 0, changed = 0, closed = 0, \
       damaged = 0, finished = false, index_version = $1, \
       total = (select greatest(reltuples, 0)::bigint from pg_class where oid = 'records'::regclass) \
     where reindex = 1 and (finished or index_version <> $1 or $2)";
const WHERE: &str = "select total, looked_at, changed, closed, damaged, finished, done_until, swept_until, index_version \
     from reindexes where reindex = 1";

/// Begins with the first record, unless an earlier run of a release that makes the same tokens is to be ended.
pub(crate) async fn begin(database: &Database, restart: bool) -> Result<(), VaultError> {
    database.lanes().execute(BEGIN, &[&index_version(), &restart]).await.map_err(from_database(database))?;
    Ok(())
}

/// Where it is.
pub(crate) async fn position(database: &Database) -> Result<Position, VaultError> {
    read(&database.lanes().query(WHERE, &[]).await.map_err(from_database(database))?)
}

fn read(rows: &[Row]) -> Result<Position, VaultError> {
    let row = rows.first().ok_or(VaultError::Unavailable)?;
    let count = |place: usize| {
        let count: i64 = row.try_get(place).map_err(|_| VaultError::Damaged)?;
        u64::try_from(count).map_err(|_| VaultError::Damaged)
    };
    let progress = Reindexed {
        total: count(0)?,
        looked_at: count(1)?,
        changed: count(2)?,
        closed: count(3)?,
        damaged: count(4)?,
        finished: row.try_get(5).map_err(|_| VaultError::Damaged)?,
        of_this_release: row.try_get(8).is_ok_and(|made_of: i64| made_of == index_version()),
    };
    let done_until = row.try_get(6).map_err(|_| VaultError::Damaged)?;
    let swept_until = row.try_get(7).map_err(|_| VaultError::Damaged)?;
    Ok(Position { progress, done_until, swept_until })
}

/// Sealed bytes of one page; a single record may be larger.
const MOST_BYTES: i64 = 8 << 20;
/// The size of a value is known without fetching it, so that only what is answered is fetched.
const PAGE: &str = "select record, patient, version, recorded_at, deleted, sealed, announced, tokens from ( \
       select *, sum(octet_length(sealed)) over (order by record) - octet_length(sealed) as before from ( \
         select record, patient, version, recorded_at, deleted, sealed, announced, tokens from records \
         where record > $1 order by record limit $2) as page) as sized \
     where before < $3 order by record";

/// Records after a position.
pub(crate) struct Page {
    pub(crate) rows: Vec<StoredRow>,
    /// Rows that nothing can be read from.
    pub(crate) malformed: u64,
    /// The last record; none where there is none.
    pub(crate) until: Option<Vec<u8>>,
}

/// The records after a position.
pub(crate) async fn page(
    database: &Database,
    compartment: Compartment,
    position: &Position,
    limit: u32,
) -> Result<Page, VaultError> {
    let rows = database.lanes().query(PAGE, &[&position.done_until, &i64::from(limit), &MOST_BYTES]).await;
    let found = rows.map_err(from_database(database))?;
    let last = found.last().map(|row| row.try_get(0)).transpose();
    let until = last.map_err(|_| VaultError::Damaged)?;
    let rows: Vec<StoredRow> =
        found.iter().filter_map(|row| StoredRow::read_whole(row, compartment).ok()).collect();
    let malformed = found.len().saturating_sub(rows.len()) as u64;
    Ok(Page { rows, malformed, until })
}

/// The tokens that versions should have.
#[derive(Default)]
pub(crate) struct NewTokens {
    records: Vec<Vec<u8>>,
    versions: Vec<i32>,
    /// One row for each token: which record of the others, and the token.
    of: Vec<Vec<u8>>,
    tokens: Vec<i64>,
}

impl NewTokens {
    pub(crate) fn add(&mut self, record: RecordId, version: Version, tokens: &[i64]) {
        let name = record.to_bytes().to_vec();
        self.of.extend(tokens.iter().map(|_| name.clone()));
        self.tokens.extend_from_slice(tokens);
        self.records.push(name);
        self.versions.push(sql_version(version));
    }
}

/// Of two runs at the same time, the one that comes second finds the position moved, and changes nothing.
const HERE: &str = "select 1 from reindexes \
     where reindex = 1 and not finished and done_until = $1 and swept_until is not distinct from $2 \
       and index_version = $3 for update";

/// INVARIANT: whoever changes a record locks its row first, and this too. So a record that was changed since it was opened
/// has another version here, and keeps the newer tokens.
const UNCHANGED: &str = "select r.record from records r \
     join unnest($1::bytea[], $2::int[]) as asked (record, version) on asked.record = r.record \
     where r.version = asked.version order by r.record for update of r";
const FORGET: &str = "delete from tokens t using records r \
     where r.record = any($1) and t.record = r.record and t.token = any(r.tokens) \
       and (t.token, t.record) not in (select * from unnest($2::bigint[], $3::bytea[]))";
const FIND: &str = "insert into tokens (token, record) \
     select new.token, new.record from unnest($2::bigint[], $3::bytea[]) as new (token, record) \
     where new.record = any($1) on conflict do nothing returning record";
const KEEP: &str = "update records r set tokens = coalesce(new.tokens, '{}') \
     from unnest($1::bytea[]) as kept (record) left join ( \
       select record, array_agg(token order by place) as tokens \
       from unnest($2::bigint[], $3::bytea[]) with ordinality as one (token, record, place) group by record) new \
     using (record) \
     where r.record = kept.record and r.tokens is distinct from coalesce(new.tokens, '{}') returning r.record";
const ADVANCE: &str = "update reindexes set done_until = $1, looked_at = looked_at + $2, changed = changed + $3, \
     closed = closed + $4, damaged = damaged + $5 where reindex = 1";

/// What a step found.
pub(crate) struct Step<'a> {
    pub(crate) from: &'a Position,
    pub(crate) until: &'a [u8],
    pub(crate) looked_at: u64,
    pub(crate) closed: u64,
    pub(crate) damaged: u64,
}

/// Writes the tokens of those records that are still at their versions, and moves on; false where another run did.
pub(crate) async fn write(database: &Database, step: &Step<'_>, new: &NewTokens) -> Result<bool, VaultError> {
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    if !is_here(database, &transaction, step.from).await? {
        return Ok(false);
    }
    let rows = transaction
        .query(UNCHANGED, &[&new.records, &new.versions])
        .await
        .map_err(from_database(database))?;
    let kept: Vec<Vec<u8>> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
    transaction.execute(FORGET, &[&kept, &new.tokens, &new.of]).await.map_err(from_database(database))?;
    let found =
        transaction.query(FIND, &[&kept, &new.tokens, &new.of]).await.map_err(from_database(database))?;
    let columns =
        transaction.query(KEEP, &[&kept, &new.tokens, &new.of]).await.map_err(from_database(database))?;
    let changed: std::collections::HashSet<Vec<u8>> =
        found.iter().chain(&columns).filter_map(|row| row.try_get(0).ok()).collect();
    let counts = [step.looked_at, changed.len() as u64, step.closed, step.damaged];
    let [looked_at, changed, closed, damaged] = counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    transaction
        .execute(ADVANCE, &[&step.until, &looked_at, &changed, &closed, &damaged])
        .await
        .map_err(from_database(database))?;
    // CRASH: before this commit the step is done again, to the same end.
    tacenda_kernel::crash::at("reindex-commits");
    transaction.commit().await.map_err(from_database(database))?;
    Ok(true)
}

async fn is_here(
    database: &Database,
    transaction: &Transaction<'_>,
    from: &Position,
) -> Result<bool, VaultError> {
    let here = transaction.query(HERE, &[&from.done_until, &from.swept_until, &index_version()]).await;
    Ok(!here.map_err(from_database(database))?.is_empty())
}

/// So many rows of tokens at a time, and the rest of the last token.
const SWEPT: &str = "select token from tokens where token > $1 order by token offset $2 limit 1";
const ORPHANS: &str = "delete from tokens t where t.token > $1 and t.token <= $2 \
     and not exists (select from records r where r.record = t.record and t.token = any(r.tokens))";
const SWEEP: &str = "update reindexes set swept_until = $1, finished = $2 where reindex = 1";

/// Deletes tokens by which records are found that do not have them: nothing but damage leaves any, and the next version
/// of such a record could not be written.
pub(crate) async fn sweep(database: &Database, from: &Position, limit: u32) -> Result<(), VaultError> {
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    if !is_here(database, &transaction, from).await? {
        return Ok(());
    }
    let after = from.swept_until.unwrap_or(i64::MIN);
    let next =
        transaction.query(SWEPT, &[&after, &i64::from(limit)]).await.map_err(from_database(database))?;
    let next: Option<i64> = next.first().and_then(|row| row.try_get(0).ok());
    let until = next.unwrap_or(i64::MAX);
    transaction.execute(ORPHANS, &[&after, &until]).await.map_err(from_database(database))?;
    transaction.execute(SWEEP, &[&until, &next.is_none()]).await.map_err(from_database(database))?;
    transaction.commit().await.map_err(from_database(database))
}
