//! What ledger entries are sealed under: the ledger itself can read none of them.

use tacenda_kernel::Random;
use zeroize::Zeroizing;

use crate::{
    Domain, envelope,
    key_bytes::{KeyBytes, crosses_wires, make_key, opaque},
};

/// Seals ledger entries: those about one patient, or those about nobody in particular.
#[derive(Clone)]
pub struct AuditKey(KeyBytes);

opaque!(AuditKey);
crosses_wires!(AuditKey);

/// The entry was sealed under another key, or it or one of its columns was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger entry is not the one that was sealed under this key")]
pub struct EntryOpenError;

impl AuditKey {
    /// A new random key.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self(make_key(random))
    }

    /// Seals an entry together with `context`, the columns beside it.
    #[must_use]
    pub fn seal_entry(&self, context: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        envelope::seal(&self.0, Domain::Entry, context, plain, random)
    }

    /// Opens an entry with the same `context`.
    ///
    /// # Errors
    /// [`EntryOpenError`] for another key, another context, or an altered entry.
    pub fn open_entry(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EntryOpenError> {
        envelope::open(&self.0, Domain::Entry, context, sealed).map_err(|_| EntryOpenError)
    }

    pub(crate) const fn from_key(key: KeyBytes) -> Self {
        Self(key)
    }

    pub(crate) const fn key(&self) -> &KeyBytes {
        &self.0
    }
}
