//! The head: the tree's right edge in memory, read from storage at the start and after every doubt.
//!
//! Start-up and recovery are this one function. It believes nothing that it can check: the newest checkpoint's
//! signature, that everything before it gives the root that was signed, that every entry since is the one its leaf
//! hash was made of, and that a checkpoint kept elsewhere still fits.

use tacenda_contracts::ledger::Checkpoint;
use tacenda_crypto::{CheckpointVerifier, MacKey};
use tacenda_postgres::{Database, DatabaseError};

use crate::{
    leaf,
    placement::{Place, Places},
    proofs,
    store::{
        checkpoints,
        columns::{RawEntry, to_sql},
        entries, tiles,
    },
    tree::{Frontier, Hash, TILE_HEIGHT},
};

/// Rows read at a time.
const PAGE: u32 = 1000;

/// Storage contradicts what the ledger once signed. Each says which way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageMismatch {
    /// The newest checkpoint was not signed by this ledger's key, or its row does not say what its note says.
    #[error("the stored checkpoint over {0} entries was not signed by this ledger")]
    CheckpointForged(u64),
    /// There are fewer entries than were signed.
    #[error("the entries from {stored} to {} were cut off: a checkpoint over {signed} entries was signed", signed - 1)]
    Truncated {
        /// How many there are.
        stored: u64,
        /// How many were signed.
        signed: u64,
    },
    /// A witness, or a process that is dead, has seen more entries than there are.
    #[error("the database is an older copy of itself: it has {stored} entries and a witness saw {witnessed}")]
    RolledBack {
        /// How many there are.
        stored: u64,
        /// How many a witness saw.
        witnessed: u64,
    },
    /// The entries are not those that were signed.
    #[error("the first {0} entries are not those that their checkpoint was signed for")]
    RootDiffers(u64),
    /// The entries are not those that a witness saw.
    #[error("the first {0} entries are not those that a witness saw")]
    WitnessDiffers(u64),
    /// An entry is not the one that was appended.
    #[error("entry {0} was edited: its leaf hash is of another entry")]
    EntryEdited(u64),
    /// An entry bears no tag of this ledger.
    #[error("entry {0} was not appended by this ledger: somebody else put it there")]
    EntryForeign(u64),
    /// An entry is gone.
    #[error("entry {0} is missing")]
    EntryMissing(u64),
    /// A stored part of the tree is gone.
    #[error("the stored tree over the first {0} entries is incomplete")]
    TreeIncomplete(u64),
    /// The database would acknowledge commits before they are on disk.
    #[error("the database does not wait for its disk: synchronous_commit is off")]
    NotDurable,
}

/// No head was read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database did not answer.
    #[error("the ledger's database does not answer")]
    Database(#[from] DatabaseError),
    /// It answered something that cannot be.
    #[error("the ledger's storage is refused")]
    Refused(#[from] StorageMismatch),
}

/// The head, and the entries at the end of it.
pub(crate) struct Loaded {
    pub(crate) frontier: Frontier,
    /// Those since the newest checkpoint, by id.
    pub(crate) tail: Places,
}

/// Reads the head and checks it, also against trees that are known to have been stored: what a witness keeps, and what
/// this process or one before it acknowledged.
pub(crate) async fn load(
    database: &Database,
    verifier: &CheckpointVerifier,
    key: &MacKey,
    kept: &[(u64, Hash)],
) -> Result<Loaded, LoadError> {
    refuse_lazy_commits(database).await?;
    let signed = match checkpoints::newest(database).await? {
        None => None,
        Some(stored) => {
            let forged = StorageMismatch::CheckpointForged(stored.checkpoint.size);
            Some(stored.signed(verifier).ok_or(forged)?.checkpoint)
        }
    };
    let loaded = replay(database, signed.as_ref(), key).await?;
    for (size, root) in kept {
        check_kept(database, &loaded.frontier, *size, *root).await?;
    }
    Ok(loaded)
}

/// Hashes the entries since the last full tile before the newest checkpoint, and on to the end.
async fn replay(database: &Database, signed: Option<&Checkpoint>, key: &MacKey) -> Result<Loaded, LoadError> {
    let mut tail = Places::new();
    let signed_size = signed.map_or(0, |signed| signed.size);
    let mut frontier = full_tiles(database, signed_size >> TILE_HEIGHT << TILE_HEIGHT).await?;
    check_root(&frontier, signed)?;
    loop {
        let rows = entries::from(database, to_sql(frontier.size()), PAGE).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let (id, place) = check_entry(row, frontier.size(), key)?;
            frontier.push(place.leaf, |_| ());
            if place.position >= signed_size {
                tail.insert(id, place);
            }
            check_root(&frontier, signed)?;
        }
    }
    if frontier.size() < signed_size {
        let stored = entries::size(database).await?;
        return Err(StorageMismatch::Truncated { stored, signed: signed_size }.into());
    }
    Ok(Loaded { frontier, tail })
}

/// SECURITY: what comes after the newest checkpoint is signed by nothing but its tags. Without them, whoever owns the
/// database could put entries there, which the next checkpoint would then sign.
fn check_entry(row: RawEntry, position: u64, key: &MacKey) -> Result<([u8; 16], Place), StorageMismatch> {
    let (leaf, tag) = (row.leaf, row.tag);
    let stored = row.stored().ok_or(StorageMismatch::EntryEdited(position))?;
    if stored.position != position {
        return Err(StorageMismatch::EntryMissing(position));
    }
    let computed = leaf::hash_of(&stored);
    if leaf != Some(computed) {
        return Err(StorageMismatch::EntryEdited(position));
    }
    if tag != Some(leaf::tag(key, &computed)) {
        return Err(StorageMismatch::EntryForeign(position));
    }
    Ok((stored.entry.id, Place { position, arrived: stored.arrived, leaf: computed }))
}

/// The frontier over the entries that are covered by full tiles.
async fn full_tiles(database: &Database, size: u64) -> Result<Frontier, LoadError> {
    let subtrees = Frontier::subtrees(size);
    let peaks = tiles::roots(database, &subtrees).await?;
    let frontier = peaks.and_then(|peaks| Frontier::from_peaks(size, peaks));
    Ok(frontier.ok_or(StorageMismatch::TreeIncomplete(size))?)
}

fn check_root(frontier: &Frontier, signed: Option<&Checkpoint>) -> Result<(), StorageMismatch> {
    match signed {
        Some(signed) if signed.size == frontier.size() && signed.root != frontier.root() => {
            Err(StorageMismatch::RootDiffers(signed.size))
        }
        _ => Ok(()),
    }
}

/// Whether the database holds a tree that is known to have been stored.
pub(crate) async fn check_kept(
    database: &Database,
    frontier: &Frontier,
    size: u64,
    kept: Hash,
) -> Result<(), LoadError> {
    let stored = frontier.size();
    if size > stored {
        return Err(StorageMismatch::RolledBack { stored, witnessed: size }.into());
    }
    if size == stored && kept == frontier.root() {
        return Ok(());
    }
    if proofs::root(database, size).await? != Some(kept) {
        return Err(StorageMismatch::WitnessDiffers(size).into());
    }
    Ok(())
}

/// SECURITY: a receipt says "durable". A database that says "committed" before its disk does would make it a lie.
async fn refuse_lazy_commits(database: &Database) -> Result<(), LoadError> {
    let rows = database.lanes().query("select current_setting('synchronous_commit')", &[]).await?;
    let setting: String = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or_default();
    if setting == "off" { Err(StorageMismatch::NotDurable.into()) } else { Ok(()) }
}
