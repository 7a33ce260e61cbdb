//! A record's name, and what callers of one realm of the API see instead.

use tacenda_kernel::RecordId;

use super::permutation::Permutation;
use crate::key_bytes::{KeyBytes, opaque};

/// Translates record ids into and out of one realm of the API.
#[derive(Clone)]
pub struct RecordCodec(Permutation);

opaque!(RecordCodec);

impl RecordCodec {
    /// What callers of the realm see.
    #[must_use]
    pub fn encode(&self, record: RecordId) -> [u8; 16] {
        self.0.forward(record.to_bytes())
    }

    /// The record that callers mean; none for a number that names no compartment. Of other realms' numbers, 250 of 256
    /// name none either; the rest name records that do not exist.
    #[must_use]
    pub fn decode(&self, number: [u8; 16]) -> Option<RecordId> {
        RecordId::from_bytes(self.0.inverse(number))
    }

    pub(crate) fn from_key(key: &KeyBytes) -> Self {
        Self(Permutation::from_key(key))
    }
}
