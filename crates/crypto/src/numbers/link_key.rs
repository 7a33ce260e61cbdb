//! How ledger and vaults recognise each other's rows without sharing a number.

use aws_lc_rs::hmac;
use tacenda_kernel::RecordId;

use super::permutation::Permutation;
use crate::{
    RowHeader,
    key_bytes::{KeyBytes, opaque},
};

/// Links versions in vaults with the ledger entries that announce them.
#[derive(Clone)]
pub struct LinkKey {
    names: Permutation,
    digests: hmac::Key,
}

opaque!(LinkKey);

impl LinkKey {
    /// What the ledger calls the record.
    #[must_use]
    pub fn link(&self, record: RecordId) -> [u8; 16] {
        self.names.forward(record.to_bytes())
    }

    /// The record that the ledger calls so; none if that is no link of this system.
    #[must_use]
    pub fn record(&self, link: [u8; 16]) -> Option<RecordId> {
        RecordId::from_bytes(self.names.inverse(link))
    }

    /// HMAC-SHA256 of the header and the sealed row, cut to 128 bits.
    #[must_use]
    pub fn digest(&self, header: &RowHeader, sealed: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.digests);
        // The header has a fixed length, so where the row begins is never in doubt.
        context.update(&header.canonical());
        context.update(sealed);
        let mut digest = [0; 16];
        digest.copy_from_slice(&context.sign().as_ref()[..16]);
        digest
    }

    pub(crate) fn from_keys(names: &KeyBytes, digests: &KeyBytes) -> Self {
        Self {
            names: Permutation::from_key(names),
            digests: hmac::Key::new(hmac::HMAC_SHA256, digests.as_slice()),
        }
    }
}
