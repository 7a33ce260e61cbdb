//! Table `reindexes`: how far making search tokens anew is. What a step changes and how far that brings it is one
//! transaction, so that a run that was killed goes on where it was.

mod position;

use tacenda_contracts::vault::VaultError;
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::Database;

pub(crate) use self::position::{Position, Reindexes};
use super::{
    commit::whole,
    rows::{StoredRow, sql_version},
};
use crate::error::from_database;

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
/// What a step found.
pub(crate) struct Step<'a> {
    pub(crate) from: &'a Position,
    pub(crate) until: &'a [u8],
    pub(crate) looked_at: u64,
    pub(crate) closed: u64,
    pub(crate) damaged: u64,
}

impl Step<'_> {
    fn to(&self, changed: u64) -> Position {
        let mut to = self.from.clone();
        self.until.clone_into(&mut to.done_until);
        to.progress.looked_at += self.looked_at;
        to.progress.changed += changed;
        to.progress.closed += self.closed;
        to.progress.damaged += self.damaged;
        to
    }
}

/// Writes the tokens of those records that are still at their versions, and moves on; false where another run did.
pub(crate) async fn write(
    reindexes: Reindexes<'_>,
    step: &Step<'_>,
    new: &NewTokens,
) -> Result<bool, VaultError> {
    let database = reindexes.database;
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    if !reindexes.is_here(&transaction, step.from).await? {
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
    let done = reindexes.advance(&transaction, &step.to(changed.len() as u64)).await?;
    whole(database, done, 1)?;
    // CRASH: before this commit the step is done again, to the same end.
    tacenda_kernel::crash::at("reindex-commits");
    transaction.commit().await.map_err(from_database(database))?;
    Ok(true)
}

/// So many rows of tokens at a time, and the rest of the last token.
const SWEPT: &str = "select token from tokens where token > $1 order by token offset $2 limit 1";
const ORPHANS: &str = "delete from tokens t where t.token > $1 and t.token <= $2 \
     and not exists (select from records r where r.record = t.record and t.token = any(r.tokens))";

/// Deletes tokens by which records are found that do not have them: nothing but damage leaves any, and the next version
/// of such a record could not be written.
pub(crate) async fn sweep(reindexes: Reindexes<'_>, from: &Position, limit: u32) -> Result<(), VaultError> {
    let database = reindexes.database;
    let mut client = database.client().await.map_err(from_database(database))?;
    let transaction = client.transaction().await.map_err(from_database(database))?;
    if !reindexes.is_here(&transaction, from).await? {
        return Ok(());
    }
    let after = from.swept_until.unwrap_or(i64::MIN);
    let next =
        transaction.query(SWEPT, &[&after, &i64::from(limit)]).await.map_err(from_database(database))?;
    let next: Option<i64> = next.first().and_then(|row| row.try_get(0).ok());
    let until = next.unwrap_or(i64::MAX);
    transaction.execute(ORPHANS, &[&after, &until]).await.map_err(from_database(database))?;
    let mut to = from.clone();
    to.swept_until = Some(until);
    to.progress.finished = next.is_none();
    whole(database, reindexes.advance(&transaction, &to).await?, 1)?;
    transaction.commit().await.map_err(from_database(database))
}
