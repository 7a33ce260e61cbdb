//! The receipt: without one, opened plaintext stays in the vault.

use crate::entry::SealedEntry;
use serde::{Deserialize, Serialize};

/// Proof that an entry is durable in the ledger.
///
/// INVARIANT: the fields are private, and a receipt is made only from the entry it acknowledges, by `ledger`, after
/// the commit. Disclosure compares the entry's name, so a receipt for one entry discloses nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    position: u64,
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
