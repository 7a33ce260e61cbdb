//! Table `entries`: the sequence.

use tacenda_contracts::ledger::About;
use tacenda_kernel::Service;
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::{Row, types::ToSql};

use super::columns::{Columns, RawEntry, to_sql};

macro_rules! columns {
    () => {
        "position, id, subject, service, writes, gives_up, arrived, outcome, sealed, leaf, tag"
    };
}

macro_rules! insert {
    ($with:literal, $stored:literal) => {
        concat!(
            "with batch as (insert into entries (",
            columns!(),
            ") select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::smallint[], $5::bytea[], \
               $6::bigint[], $7::bytea[], $8::smallint[], $9::bytea[], $10::bytea[], $11::bytea[]) returning 1)",
            $with,
            " select 1 / (case when (select count(*) from batch) = cardinality($1)",
            $stored,
            " then 1 else 0 end)"
        )
    };
}

/// SECURITY: a trigger or a rule may leave rows out and PostgreSQL says so only in the count: a batch that is not whole
/// divides by zero, and so is not there at all.
const INSERT: &str = insert!("", "");

/// As above, with the tiles that the entries fill.
const INSERT_WITH_TILES: &str = insert!(
    ", filled as (insert into tiles (level, tile_index, hash) \
       select * from unnest($12::smallint[], $13::bigint[], $14::bytea[]) returning 1)",
    " and (select count(*) from filled) = cardinality($12)"
);

const BACK: &str =
    concat!("select ", columns!(), " from entries where position between $1 and $2 order by position");

/// Inserts a batch, all or none; then reads it back.
///
/// # Errors
/// [`DatabaseError::Conflict`] means that nothing was inserted, since a position is taken. Every other error means that
/// nobody knows.
pub(crate) async fn insert(database: &Database, new: &Columns<'_>) -> Result<Stored, DatabaseError> {
    let entries: [&(dyn ToSql + Sync); 11] = [
        &new.position,
        &new.id,
        &new.subject,
        &new.service,
        &new.writes,
        &new.gives_up,
        &new.arrived,
        &new.outcome,
        &new.sealed,
        &new.leaf,
        &new.tag,
    ];
    let Some((first, last)) = new.range() else { return Ok(Stored::Whole) };
    // SECURITY: a constraint that is deferred runs when the statement commits, after all counting: what it took away is
    // missed here, before anybody is told that the entries are there. All columns are read: a row whose leaf hash alone is
    // right says something else.
    let back: [&(dyn ToSql + Sync); 2] = [&first, &last];
    let rows = if new.tiles.is_empty() {
        database.lanes().query_after((INSERT, &entries), (BACK, &back)).await?
    } else {
        let levels: Vec<i16> =
            new.tiles.iter().map(|tile| i16::try_from(tile.level).unwrap_or(i16::MAX)).collect();
        let indices: Vec<i64> = new.tiles.iter().map(|tile| to_sql(tile.index)).collect();
        let hashes: Vec<&[u8]> = new.tiles.iter().map(|tile| tile.hash.as_slice()).collect();
        let tiles: [&(dyn ToSql + Sync); 3] = [&levels, &indices, &hashes];
        let all = [&entries[..], &tiles[..]].concat();
        database.lanes().query_after((INSERT_WITH_TILES, &all), (BACK, &back)).await?
    };
    let are_there = new.are(rows.iter().map(RawEntry::read));
    Ok(if are_there { Stored::Whole } else { Stored::Less })
}

/// Whether what was inserted is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// All of it.
    Whole,
    /// Something of it is not, or is something else.
    Less,
}

const FROM: &str =
    concat!("select ", columns!(), " from entries where position >= $1 order by position limit $2");

/// Up to `limit` rows from `from` on, in order.
pub(crate) async fn from(database: &Database, from: i64, limit: u32) -> Result<Vec<RawEntry>, DatabaseError> {
    let rows = database.lanes().query(FROM, &[&from, &i64::from(limit)]).await?;
    Ok(rows.iter().map(RawEntry::read).collect())
}

const AT: &str = concat!("select ", columns!(), " from entries where position = any($1)");

/// The rows at these places, in no order.
pub(crate) async fn at(database: &Database, positions: &[u64]) -> Result<Vec<RawEntry>, DatabaseError> {
    let positions: Vec<i64> = positions.iter().copied().map(to_sql).collect();
    let rows = database.lanes().query(AT, &[&positions]).await?;
    Ok(rows.iter().map(RawEntry::read).collect())
}

macro_rules! newest_where {
    ($condition:literal) => {
        concat!(
            "select ",
            columns!(),
            " from entries where ",
            $condition,
            " and position < $1 order by position desc limit $2"
        )
    };
}

const ABOUT_A_PATIENT: &str = newest_where!("subject = $3");
/// The ledger's own entries say nothing that anybody could read.
const ABOUT_NOBODY: &str = newest_where!("subject is null and service <> $3");
const OF_A_SERVICE: &str = newest_where!("subject is null and service = $3");

/// Up to `limit` of these rows before `before`, newest first.
pub(crate) async fn about(
    database: &Database,
    about: About,
    before: u64,
    limit: u32,
) -> Result<Vec<RawEntry>, DatabaseError> {
    let (before, limit) = (to_sql(before), i64::from(limit));
    let of = |service: Service| i16::from(service.number());
    let rows = match about {
        About::Nobody => {
            database.lanes().query(ABOUT_NOBODY, &[&before, &limit, &of(Service::Ledger)]).await?
        }
        About::Service(service) => {
            database.lanes().query(OF_A_SERVICE, &[&before, &limit, &of(service)]).await?
        }
        About::Patient(subject) => {
            let subject = subject.to_bytes();
            database.lanes().query(ABOUT_A_PATIENT, &[&before, &limit, &subject.as_slice()]).await?
        }
    };
    Ok(rows.iter().map(RawEntry::read).collect())
}

const GIVEN_UP: &str = "select position, gives_up from entries where gives_up = any($1)";

/// Those of these places that a later entry gives up.
pub(crate) async fn given_up(database: &Database, positions: &[u64]) -> Result<Vec<u64>, DatabaseError> {
    let positions: Vec<i64> = positions.iter().copied().map(to_sql).collect();
    let rows = database.lanes().query(GIVEN_UP, &[&positions]).await?;
    let later = |row: &Row| {
        let (by, place): (i64, i64) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        u64::try_from(place).ok().filter(|_| by > place)
    };
    Ok(rows.iter().filter_map(later).collect())
}

const LAST: &str = "select max(position) from entries";

/// How many entries there are, as far as the last one tells.
pub(crate) async fn size(database: &Database) -> Result<u64, DatabaseError> {
    let rows = database.lanes().query(LAST, &[]).await?;
    let last: Option<i64> = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or_default();
    // Somebody else may have put one at the last place there can be.
    let size = last.and_then(|last| u64::try_from(last).ok()).map_or(0, |last| last.saturating_add(1));
    Ok(size)
}
