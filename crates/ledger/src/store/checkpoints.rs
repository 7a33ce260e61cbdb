//! Table `checkpoints`: what the ledger signed of itself.

use jiff::Timestamp;
use tacenda_contracts::ledger::Checkpoint;
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::Row;

use super::columns::to_sql;

const NEWEST: &str = "select size, root, note from checkpoints order by size desc limit 1";
const FROM: &str = "select size, root, note from checkpoints where size >= $1 order by size limit $2";
/// Another instance may have signed the same size: a tree of one size has one root.
const INSERT: &str = "insert into checkpoints (size, root, note, signed_at) values ($1, $2, $3, $4) \
     on conflict (size) do nothing";

/// The one that covers most, as it is stored.
pub(crate) async fn newest(database: &Database) -> Result<Option<Checkpoint>, DatabaseError> {
    let rows = database.lanes().query(NEWEST, &[]).await?;
    Ok(rows.first().map(read))
}

/// Up to `limit` of them that cover `from` entries or more, in order, as they are stored.
pub(crate) async fn from(
    database: &Database,
    from: u64,
    limit: u32,
) -> Result<Vec<Checkpoint>, DatabaseError> {
    let rows = database.lanes().query(FROM, &[&to_sql(from), &i64::from(limit)]).await?;
    Ok(rows.iter().map(read).collect())
}

/// Stores one.
pub(crate) async fn insert(
    database: &Database,
    checkpoint: &Checkpoint,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let size = to_sql(checkpoint.size);
    let root = checkpoint.root.as_slice();
    database.lanes().execute(INSERT, &[&size, &root, &checkpoint.note, &now]).await.map(|_| ())
}

/// A column that cannot be read reads as something that no note says.
fn read(row: &Row) -> Checkpoint {
    let size = row.try_get::<_, i64>(0).ok().and_then(|size| u64::try_from(size).ok());
    let root = row.try_get::<_, &[u8]>(1).ok().and_then(|root| root.try_into().ok());
    Checkpoint {
        size: size.unwrap_or(u64::MAX),
        root: root.unwrap_or_default(),
        note: row.try_get(2).unwrap_or_default(),
    }
}
