//! Table `entries`: the sequence.

use tacenda_contracts::{entry::WriteLink, ledger::About};
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::types::ToSql;

use super::columns::{Columns, RawEntry, to_sql};

macro_rules! columns {
    () => {
        "position, id, subject, record_link, record_version, row_digest, outcome, sealed, leaf"
    };
}

const INSERT: &str = concat!(
    "insert into entries (",
    columns!(),
    ") select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::int[], $6::bytea[], \
       $7::smallint[], $8::bytea[], $9::bytea[])"
);

/// As above, with the tiles that the entries fill.
const INSERT_WITH_TILES: &str = concat!(
    "with filled as (insert into tiles (level, tile_index, hash) \
       select * from unnest($10::smallint[], $11::bigint[], $12::bytea[])) \
     insert into entries (",
    columns!(),
    ") select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::int[], $6::bytea[], \
       $7::smallint[], $8::bytea[], $9::bytea[])"
);

/// Inserts a batch, all or none.
///
/// # Errors
/// [`DatabaseError::Conflict`] means that nothing was inserted, since a position or an id is taken. Every other error
/// means that nobody knows.
pub(crate) async fn insert(database: &Database, new: &Columns<'_>) -> Result<(), DatabaseError> {
    let entries: [&(dyn ToSql + Sync); 9] = [
        &new.position,
        &new.id,
        &new.subject,
        &new.link,
        &new.version,
        &new.digest,
        &new.outcome,
        &new.sealed,
        &new.leaf,
    ];
    if new.tiles.is_empty() {
        return database.lanes().execute(INSERT, &entries).await.map(|_| ());
    }
    let levels: Vec<i16> =
        new.tiles.iter().map(|tile| i16::try_from(tile.level).unwrap_or(i16::MAX)).collect();
    let indices: Vec<i64> = new.tiles.iter().map(|tile| to_sql(tile.index)).collect();
    let hashes: Vec<&[u8]> = new.tiles.iter().map(|tile| tile.hash.as_slice()).collect();
    let tiles: [&(dyn ToSql + Sync); 3] = [&levels, &indices, &hashes];
    database.lanes().execute(INSERT_WITH_TILES, &[&entries[..], &tiles[..]].concat()).await.map(|_| ())
}

const FROM: &str =
    concat!("select ", columns!(), " from entries where position >= $1 order by position limit $2");

/// Up to `limit` rows from `from` on, in order.
pub(crate) async fn from(database: &Database, from: i64, limit: u32) -> Result<Vec<RawEntry>, DatabaseError> {
    let rows = database.lanes().query(FROM, &[&from, &i64::from(limit)]).await?;
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
const ABOUT_NOBODY: &str = newest_where!("subject is null");
const OF_A_RECORD: &str = newest_where!("record_link = $3");
const OF_A_VERSION: &str = newest_where!("record_link = $3 and record_version = $4");

/// Up to `limit` of these rows before `before`, newest first.
pub(crate) async fn about(
    database: &Database,
    about: About,
    before: u64,
    limit: u32,
) -> Result<Vec<RawEntry>, DatabaseError> {
    let (before, limit) = (to_sql(before), i64::from(limit));
    let rows = match about {
        About::Nobody => database.lanes().query(ABOUT_NOBODY, &[&before, &limit]).await?,
        About::Patient(subject) => {
            let subject = subject.to_bytes();
            database.lanes().query(ABOUT_A_PATIENT, &[&before, &limit, &subject.as_slice()]).await?
        }
        About::Record(link) => {
            database.lanes().query(OF_A_RECORD, &[&before, &limit, &link.as_slice()]).await?
        }
        About::Version(link, version) => {
            let version = i32::try_from(version.number()).unwrap_or(i32::MAX);
            database.lanes().query(OF_A_VERSION, &[&before, &limit, &link.as_slice(), &version]).await?
        }
    };
    Ok(rows.iter().map(RawEntry::read).collect())
}

const GIVEN_UP: &str = concat!(
    "with asked as (select distinct * from unnest($1::bytea[], $2::int[]) as asked (record_link, record_version)) \
     select ",
    columns!(),
    " from entries join asked using (record_link, record_version) where outcome <> 0"
);

/// What was given up of the versions of these writes.
pub(crate) async fn given_up(
    database: &Database,
    writes: &[WriteLink],
) -> Result<Vec<WriteLink>, DatabaseError> {
    let links: Vec<&[u8]> = writes.iter().map(|write| write.link.as_slice()).collect();
    let versions: Vec<i32> =
        writes.iter().map(|write| i32::try_from(write.version.number()).unwrap_or(i32::MAX)).collect();
    let rows = database.lanes().query(GIVEN_UP, &[&links, &versions]).await?;
    Ok(rows.iter().filter_map(|row| RawEntry::read(row).entry?.write).collect())
}

const NAMED: &str = concat!("select ", columns!(), " from entries where id = any($1)");

/// The rows with these ids, in no order.
pub(crate) async fn named(database: &Database, ids: &[&[u8]]) -> Result<Vec<RawEntry>, DatabaseError> {
    let rows = database.lanes().query(NAMED, &[&ids]).await?;
    Ok(rows.iter().map(RawEntry::read).collect())
}

const SIZE: &str = "select coalesce(max(position) + 1, 0) from entries";

/// How many entries there are, as far as the last one tells.
pub(crate) async fn size(database: &Database) -> Result<u64, DatabaseError> {
    let rows = database.lanes().query(SIZE, &[]).await?;
    let size: i64 = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(0);
    Ok(u64::try_from(size).unwrap_or(0))
}
