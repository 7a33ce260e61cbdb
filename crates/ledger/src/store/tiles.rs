//! The tree's stored hashes: leaves in `entries`, everything above in table `tiles`.

use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::Row;

use super::columns::to_sql;
use crate::tree::{Hash, Subtree};

const LEAVES: &str = "select e.position, e.leaf from unnest($1::bigint[], $2::bigint[]) as wanted (low, high) \
     join entries e on e.position >= wanted.low and e.position < wanted.high order by e.position";
const TILES: &str = "select t.level, t.tile_index, t.hash \
     from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as wanted (level, low, high) \
     join tiles t on t.level = wanted.level and t.tile_index >= wanted.low and t.tile_index < wanted.high \
     order by t.level, t.tile_index";
const ALL: &str = "select level, tile_index, hash from tiles \
     where (level, tile_index) > ($1, $2) order by level, tile_index limit $3";

/// A tile as it is stored.
pub(crate) type StoredTile = ((u32, u64), Hash);

/// The roots of these subtrees, in their order, from what is stored; none where something is missing.
pub(crate) async fn roots(
    database: &Database,
    subtrees: &[Subtree],
) -> Result<Option<Vec<Hash>>, DatabaseError> {
    let (low, high) = ranges(subtrees.iter().filter(|subtree| subtree.level() == 0));
    let upper: Vec<&Subtree> = subtrees.iter().filter(|subtree| subtree.level() > 0).collect();
    let levels: Vec<i16> =
        upper.iter().map(|subtree| i16::try_from(subtree.level()).unwrap_or(i16::MAX)).collect();
    let (tiles_low, tiles_high) = ranges(upper.iter().copied());
    let mut stored: Vec<StoredTile> = Vec::new();
    if !low.is_empty() {
        let rows = database.lanes().query(LEAVES, &[&low, &high]).await?;
        stored.extend(rows.iter().filter_map(|row| Some(((0, number(row, 0)?), hash(row, 1)?))));
    }
    if !levels.is_empty() {
        let rows = database.lanes().query(TILES, &[&levels, &tiles_low, &tiles_high]).await?;
        stored.extend(rows.iter().filter_map(tile));
    }
    Ok(subtrees.iter().map(|subtree| root(*subtree, &stored)).collect())
}

/// Up to `limit` tiles after the one given, by level and index.
pub(crate) async fn after(
    database: &Database,
    (level, index): (u32, u64),
    limit: u32,
) -> Result<Vec<StoredTile>, DatabaseError> {
    let level = i16::try_from(level).unwrap_or(i16::MAX);
    let rows = database.lanes().query(ALL, &[&level, &to_sql(index), &i64::from(limit)]).await?;
    Ok(rows.iter().filter_map(tile).collect())
}

/// `stored` is sorted by level and index.
fn root(subtree: Subtree, stored: &[StoredTile]) -> Option<Hash> {
    let range = subtree.stored();
    let start = stored.partition_point(|(key, _)| *key < (subtree.level(), range.start));
    let end = stored.partition_point(|(key, _)| *key < (subtree.level(), range.end));
    subtree.root(stored.get(start..end)?.iter().map(|(_, hash)| *hash).collect())
}

fn ranges<'a>(subtrees: impl Iterator<Item = &'a Subtree>) -> (Vec<i64>, Vec<i64>) {
    subtrees.map(|subtree| (to_sql(subtree.stored().start), to_sql(subtree.stored().end))).unzip()
}

fn tile(row: &Row) -> Option<StoredTile> {
    let level = u32::try_from(row.try_get::<_, i16>(0).ok()?).ok()?;
    Some(((level, number(row, 1)?), hash(row, 2)?))
}

fn number(row: &Row, column: usize) -> Option<u64> {
    u64::try_from(row.try_get::<_, i64>(column).ok()?).ok()
}

fn hash(row: &Row, column: usize) -> Option<Hash> {
    row.try_get::<_, &[u8]>(column).ok()?.try_into().ok()
}
