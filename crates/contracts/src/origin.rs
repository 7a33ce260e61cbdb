//! Where a version comes from: the ledger entry that announced it.

use tacenda_kernel::{RecordId, Version};

use crate::entry::Entry;

/// A version, and the ledger entry that announced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The entry's place in the ledger.
    pub position: u64,
    /// The entry. It touches the one record.
    pub entry: Entry,
}

/// Which origins are asked for.
#[derive(Clone, Copy, Debug)]
pub struct OriginQuery {
    /// Those of this record; where there is none, those of all records of the permit's patient in the vault.
    pub record: Option<RecordId>,
    /// Of a record, the one of this version; all where there is none.
    pub version: Option<Version>,
    /// Only those whose entry is before this place in the ledger.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

/// Whether an origin is one that will be shown. Of others nothing is told, and so they are not in the ledger.
pub type Wanted<'a> = &'a (dyn Fn(&Origin) -> bool + Send + Sync);

/// Origins, newest first, and where the vault stopped looking.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// What was found.
    pub found: Vec<Origin>,
    /// The place before which there may be more.
    pub next: Option<u64>,
}
