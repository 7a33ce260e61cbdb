//! Table `checkpoints`: what the ledger signed of itself.

use jiff::Timestamp;
use tacenda_contracts::ledger::Checkpoint;
use tacenda_crypto::CheckpointVerifier;
use tacenda_postgres::{Database, DatabaseError};
use tokio_postgres::Row;

use super::columns::to_sql;
use crate::checkpoint::{self, Signed};

macro_rules! columns {
    () => {
        "size, root, note, signed_at, previous"
    };
}

const NEWEST: &str = concat!("select ", columns!(), " from checkpoints order by size desc limit 1");
const FROM: &str =
    concat!("select ", columns!(), " from checkpoints where size >= $1 order by size limit $2");
/// SECURITY: a trigger may keep it out or change it, which only what comes back says.
const INSERT: &str =
    concat!("insert into checkpoints (", columns!(), ") values ($1, $2, $3, $4, $5) returning ", columns!());

/// A row as it is, which may not be as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredCheckpoint {
    pub(crate) checkpoint: Checkpoint,
    signed_at: Option<Timestamp>,
    /// The size of the one before; what cannot be read reads as something that no note says.
    previous: Option<i64>,
}

impl StoredCheckpoint {
    /// What was signed, where the row says all of what its note says and the note is this ledger's.
    pub(crate) fn signed(&self, verifier: &CheckpointVerifier) -> Option<Signed> {
        let signed = checkpoint::open(&self.checkpoint.note, verifier).ok()?;
        (Self::of(&signed) == *self).then_some(signed)
    }

    fn of(signed: &Signed) -> Self {
        let previous = signed.after.map(|previous| to_sql(previous.size));
        Self { checkpoint: signed.checkpoint.clone(), signed_at: Some(signed.at), previous }
    }

    fn read(row: &Row) -> Self {
        let size = row.try_get::<_, i64>(0).ok().and_then(|size| u64::try_from(size).ok());
        let root = row.try_get::<_, &[u8]>(1).ok().and_then(|root| root.try_into().ok());
        Self {
            checkpoint: Checkpoint {
                size: size.unwrap_or(u64::MAX),
                root: root.unwrap_or_default(),
                note: row.try_get(2).unwrap_or_default(),
            },
            signed_at: row.try_get(3).ok(),
            previous: row.try_get(4).unwrap_or(Some(i64::MIN)),
        }
    }
}

/// The one that covers most.
pub(crate) async fn newest(database: &Database) -> Result<Option<StoredCheckpoint>, DatabaseError> {
    let rows = database.lanes().query(NEWEST, &[]).await?;
    Ok(rows.first().map(StoredCheckpoint::read))
}

/// Up to `limit` of them that cover `from` entries or more, in order.
pub(crate) async fn from(
    database: &Database,
    from: u64,
    limit: u32,
) -> Result<Vec<StoredCheckpoint>, DatabaseError> {
    let rows = database.lanes().query(FROM, &[&to_sql(from), &i64::from(limit)]).await?;
    Ok(rows.iter().map(StoredCheckpoint::read).collect())
}

/// Stores one, and says whether it is there as it was given.
///
/// # Errors
/// [`DatabaseError::Conflict`] where there is one of that size, or another one after the one before it.
pub(crate) async fn insert(database: &Database, signed: &Signed) -> Result<bool, DatabaseError> {
    let row = StoredCheckpoint::of(signed);
    let Checkpoint { size, root, note } = &row.checkpoint;
    let (size, root) = (to_sql(*size), root.as_slice());
    let rows = database.lanes().query(INSERT, &[&size, &root, note, &signed.at, &row.previous]).await?;
    Ok(rows.first().is_some_and(|stored| StoredCheckpoint::read(stored) == row))
}
