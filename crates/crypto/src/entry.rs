//! A ledger entry, sealed under the key of the patient it is about.

use std::fmt;

use tacenda_kernel::Random;
use zeroize::Zeroizing;

use crate::{Domain, envelope::Source};

/// Seals and opens ledger entries: a patient's, or the general one for entries about nobody in particular.
#[derive(Clone)]
pub struct AuditKey {
    bytes: Zeroizing<[u8; 32]>,
    source: Source,
}

/// An entry does not open: another key, another context, or altered.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a ledger entry does not open: it was altered, or the key is another")]
pub struct EntryOpenError;

impl AuditKey {
    /// A new random key.
    pub fn make(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self::from_bytes(bytes)
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self { source: Source::new(&bytes), bytes }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &*self.bytes
    }

    /// Seals an entry; it opens only with the same context.
    pub fn seal_entry(&self, context: &[u8], entry: &[u8], random: &dyn Random) -> Vec<u8> {
        // An entry is far below the cipher's 64 GiB; an unsealed one must never be written.
        self.source.seal(Domain::Entry, context, entry, random).unwrap_or_else(|| std::process::abort())
    }

    /// Opens an entry.
    ///
    /// # Errors
    /// [`EntryOpenError`]
    pub fn open_entry(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EntryOpenError> {
        self.source.open(Domain::Entry, context, sealed).ok_or(EntryOpenError)
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey")
    }
}
