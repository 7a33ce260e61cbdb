//! Where a version comes from: the ledger entry that announced it.

use serde::{Deserialize, Serialize};
use tacenda_kernel::{RecordId, Version};

use crate::entry::Entry;

/// A version, and the ledger entry that announced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it comes among others.
    pub place: OriginPlace,
    /// The entry, with this one of the records that it touches.
    pub entry: Entry,
}

/// An entry's place in the ledger, and which of the rows that it announced. Newer entries come first, the rows of one in
/// their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginPlace {
    /// The entry's position.
    pub position: u64,
    /// Which row of it, from 0.
    pub row: u32,
}

impl OriginPlace {
    /// Whether it comes after `other`.
    #[must_use]
    pub const fn is_after(self, other: Self) -> bool {
        self.position < other.position || (self.position == other.position && self.row > other.row)
    }
}

/// Which origins are asked for.
#[derive(Clone, Copy, Debug)]
pub struct OriginQuery {
    /// Those of this record; where there is none, those of all records of the permit's patient in the vault.
    pub record: Option<RecordId>,
    /// Of a record, the one of this version; all where there is none.
    pub version: Option<Version>,
    /// Only those that come after this place.
    pub after: Option<OriginPlace>,
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
    /// The place after which there may be more.
    pub next: Option<OriginPlace>,
}
