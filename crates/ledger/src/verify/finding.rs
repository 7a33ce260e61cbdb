//! What can be wrong with the storage, each in one sentence.

/// One thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// A row's columns are not those that its leaf hash was made of.
    #[error("entry {0} was edited: its columns and its leaf hash do not belong together")]
    EntryEdited(u64),
    /// A row bears no tag of this ledger.
    #[error("entry {0} was not appended by this ledger: somebody else put it there, or its tag was edited")]
    EntryForeign(u64),
    /// A row is at another position than it was appended at.
    #[error("entry {position} is not in its place: it was appended as entry {appended_as}")]
    EntryMoved {
        /// Where it is.
        position: u64,
        /// Where it was.
        appended_as: u64,
    },
    /// Rows are gone from the middle.
    #[error("{} deleted", entries(*.first, *.last))]
    EntriesDeleted {
        /// The first that is gone.
        first: u64,
        /// The last that is gone.
        last: u64,
    },
    /// A position is there more than once.
    #[error("entry {0} is there more than once")]
    EntryDoubled(u64),
    /// Rows are gone from the end, and checkpoints over them are still there.
    #[error("the end was cut off: {stored} entries are left, and a checkpoint over {signed} was signed")]
    TailCutOff {
        /// How many are left.
        stored: u64,
        /// How many were signed.
        signed: u64,
    },
    /// A witness, or a process that is dead, saw more than there is, and nothing in the database speaks of it.
    #[error(
        "the database is an older copy of itself: it has {stored} entries, and a witness saw {witnessed}"
    )]
    RolledBack {
        /// How many there are.
        stored: u64,
        /// How many the witness saw.
        witnessed: u64,
    },
    /// The entries are not those that were signed, although each fits its own leaf hash.
    #[error("{} rewritten: their leaf hashes do not lead to the root that was signed over {size} entries", entries(*.first, size - 1))]
    Rewritten {
        /// The first entry that the last matching checkpoint does not cover.
        first: u64,
        /// The size that was signed.
        size: u64,
    },
    /// The entries are not those that the witness saw.
    #[error("the first {0} entries are not those that a witness saw: the ledger was written anew")]
    WitnessDiffers(u64),
    /// What the witness keeps was not signed by this ledger.
    #[error("the checkpoint over {0} entries that was kept outside was not signed by this ledger")]
    WitnessForged(u64),
    /// A checkpoint's row is not what the ledger signed.
    #[error("the checkpoint over {0} entries was forged: its signature or its columns do not fit")]
    CheckpointForged(u64),
    /// A checkpoint that a later one, or the witness, names is gone.
    #[error("the checkpoint over {0} entries, which a later one or the witness names, was deleted")]
    CheckpointDeleted(u64),
    /// A checkpoint is there more than once.
    #[error("the checkpoint over {0} entries is there more than once")]
    CheckpointDoubled(u64),
    /// A stored part of the tree is not the one over its entries.
    #[error(
        "the stored tree over entries {first} to {last} was edited, or those entries with their leaf hashes"
    )]
    TileEdited {
        /// The first entry below it.
        first: u64,
        /// The last entry below it.
        last: u64,
    },
    /// A part of the tree is stored before its entries are: these will not fit.
    #[error(
        "a stored tree over entries {first} to {last} is there, and those entries are not: nothing more fits once they come"
    )]
    TileAhead {
        /// The first entry below it.
        first: u64,
        /// The last entry below it.
        last: u64,
    },
    /// A stored part of the tree is gone.
    #[error("the stored tree over entries {first} to {last} was deleted")]
    TileDeleted {
        /// The first entry below it.
        first: u64,
        /// The last entry below it.
        last: u64,
    },
}

fn entries(first: u64, last: u64) -> String {
    if first == last { format!("entry {first} was") } else { format!("entries {first} to {last} were") }
}
