//! Verifying everything: each row, the tree over them, each checkpoint, and what a witness keeps elsewhere.

mod checks;
mod finding;
mod moved;
mod report;

use tacenda_contracts::ledger::{Checkpoint, StoredEntry};
use tacenda_crypto::{CheckpointVerifier, MacKey};
use tacenda_postgres::{Database, DatabaseError};

pub use finding::Finding;
pub use report::Report;

use crate::{
    store::{checkpoints, entries, tiles},
    verify::checks::Checks,
};

/// Rows read at a time.
const PAGE: u32 = 1000;

/// What is known of the ledger outside of its database. It must have been read before the database is, which may grow
/// meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outside<'a> {
    /// The newest checkpoint that a witness keeps.
    pub witnessed: Option<&'a Checkpoint>,
    /// How far the ledger was durable, with its root, as each of its journals says.
    pub acknowledged: &'a [(u64, [u8; 32])],
}

/// Reads all of the ledger's storage and says what in it is not as it was written.
///
/// Without anything outside of the database, a whole one replaced by an older copy of itself looks right.
/// Each entry that can be read at all is handed to `each`, in order, so that it can be compared with the vaults.
///
/// # Errors
/// [`DatabaseError`] where the database does not answer: then nothing is known.
pub async fn verify_storage(
    database: &Database,
    verifier: &CheckpointVerifier,
    key: &MacKey,
    outside: Outside<'_>,
    mut each: impl FnMut(&StoredEntry) + Send,
) -> Result<Report, DatabaseError> {
    let mut checks = Checks::new(verifier, key, outside);
    // Checkpoints first: all entries that they cover are there already, though more may come while we read.
    read_checkpoints(database, &mut checks).await?;
    checks.begin();
    read_entries(database, &mut checks, &mut each).await?;
    read_tiles(database, &mut checks).await?;
    Ok(checks.finish(entries::size(database).await?))
}

async fn read_checkpoints(database: &Database, checks: &mut Checks<'_>) -> Result<(), DatabaseError> {
    let mut next = 0;
    loop {
        let page = checkpoints::from(database, next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        next = last.checkpoint.size.saturating_add(1);
        page.iter().for_each(|checkpoint| checks.checkpoint(checkpoint));
    }
}

async fn read_entries(
    database: &Database,
    checks: &mut Checks<'_>,
    each: &mut (impl FnMut(&StoredEntry) + Send),
) -> Result<(), DatabaseError> {
    let mut page = entries::from(database, 0, PAGE).await?;
    while let Some(last) = page.last() {
        let next = last.position.checked_add(1);
        let following = async {
            match next {
                Some(next) => entries::from(database, next, PAGE).await,
                None => Ok(Vec::new()),
            }
        };
        let check =
            async { page.into_iter().filter_map(|row| checks.entry(row)).for_each(|stored| each(&stored)) };
        // The next page is on its way while this one is checked.
        let (coming, ()) = futures::join!(following, check);
        page = coming?;
    }
    Ok(())
}

async fn read_tiles(database: &Database, checks: &mut Checks<'_>) -> Result<(), DatabaseError> {
    let mut last = (0, 0);
    loop {
        let page = tiles::after(database, last, PAGE).await?;
        let Some((key, _)) = page.last() else { return Ok(()) };
        last = *key;
        page.into_iter().for_each(|(key, hash)| checks.tile(key, hash));
    }
}
