//! The ledger: append-only, provable, unreadable to itself.

use async_trait::async_trait;
use tacenda_kernel::{Pseudonym, Version, realms};

use crate::{
    entry::{SealedEntry, WriteLink},
    receipt::Receipt,
};

/// The ledger cannot do it now.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LedgerError {
    /// It cannot record, or cannot say whether it did; nothing may be disclosed.
    #[error("the ledger cannot record now")]
    Unavailable,
    /// Its disk is full: nothing was recorded, and nothing may be disclosed.
    #[error("the ledger has no space left")]
    Full,
    /// What is stored is not what was appended.
    #[error("the ledger's own storage contradicts its tree")]
    Inconsistent,
}

/// An entry with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place, from 0.
    pub position: u64,
    /// The entry.
    pub entry: SealedEntry,
    /// Its RFC 6962 leaf hash, which a proof begins with.
    pub leaf: [u8; 32],
}

/// An entry that is not what was appended at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DamagedEntry {
    /// Its place, from 0.
    pub position: u64,
}

/// Which entries are asked for: by what the ledger can see of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Those about one patient.
    Patient(Pseudonym<realms::Ledger>),
    /// Those about nobody.
    Nobody,
    /// Those that announce a version of one record, under the link key.
    Record([u8; 16]),
    /// Of these, those that announce this version.
    Version([u8; 16], Version),
}

/// A write that the ledger was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncedWrite {
    /// The entry's place.
    pub position: u64,
    /// What it announced.
    pub write: WriteLink,
}

/// The tree head as the world may see it: a C2SP `tlog-checkpoint` signed note, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries it covers.
    pub size: u64,
    /// The RFC 6962 root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
}

/// The ledger's promises.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Records entries, all or none, in the order given, and returns when they are durable.
    ///
    /// An error means *unknown*: the entries may have become durable. The caller must treat them as not recorded, and
    /// may append them again, under the same names, without storing them twice.
    async fn append(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, LedgerError>;

    /// Up to `limit` entries from `from` on, in order.
    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, LedgerError>;

    /// Up to `limit` of these entries, newest first, before position `before` where given. One that is damaged does not
    /// hide the others.
    async fn entries_about(
        &self,
        about: About,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Result<StoredEntry, DamagedEntry>>, LedgerError>;

    /// Those of the announced writes of which a later entry says that they never were.
    async fn abandoned(&self, writes: &[WriteLink]) -> Result<Vec<WriteLink>, LedgerError>;

    /// The newest signed checkpoint over all durable entries.
    async fn checkpoint(&self) -> Result<Checkpoint, LedgerError>;

    /// RFC 6962 audit path of one entry in the tree of `size` entries.
    async fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<[u8; 32]>, LedgerError>;

    /// RFC 6962 consistency proof between two sizes.
    async fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, LedgerError>;
}
