//! The receipt: without one, opened plaintext stays in the vault.

use serde::{Deserialize, Serialize};

use crate::entry::SealedEntry;

/// Proof that an entry is durable in the ledger.
///
/// INVARIANT: the fields are private, and a receipt is made only from the entry it acknowledges, by `ledger`, after
/// the commit. What a client of the ledger decodes is the other way to one: only `wire` in this crate does, and no service
/// has a binary form to read one from. Disclosure compares the entry's name, so a receipt for one entry discloses nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    position: u64,
    #[serde(with = "tacenda_kernel::kept::binary")]
    entry: [u8; 16],
}

impl Receipt {
    /// Acknowledges a committed entry. Called by `ledger` alone, after its commit point; a test holds that.
    #[must_use]
    pub const fn acknowledge(entry: &SealedEntry, position: u64) -> Self {
        Self { position, entry: entry.id }
    }

    /// Where the entry is in the ledger, from 0.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether this acknowledges the entry with that name.
    #[must_use]
    pub fn is_for(&self, entry: &[u8; 16]) -> bool {
        self.entry == *entry
    }
}
