//! What a row's seal is bound to.

use std::fmt;

use jiff::Timestamp;
use tacenda_kernel::{Compartment, RecordId, Version};

use crate::KeyGeneration;

/// The clear columns of a row. None of them can be changed without breaking the seal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowHeader {
    /// The vault.
    pub compartment: Compartment,
    /// The patient's number there.
    pub patient: [u8; 16],
    /// The record.
    pub record: RecordId,
    /// Its version.
    pub version: Version,
    /// When it was recorded, to the microsecond.
    pub recorded_at: Timestamp,
    /// Whether this version says that the record was deleted.
    pub deleted: bool,
    /// Under which of the patient's keys it is sealed.
    pub key_generation: KeyGeneration,
}

const LENGTH: usize = 1 + 16 + 16 + 4 + 8 + 1 + 4;

impl RowHeader {
    /// The associated data: every field at its place, integers big-endian, so that no two headers look alike.
    pub(crate) fn canonical(&self) -> [u8; LENGTH] {
        let mut out = [0; LENGTH];
        out[0] = self.compartment as u8;
        out[1..17].copy_from_slice(&self.patient);
        out[17..33].copy_from_slice(&self.record.to_bytes());
        out[33..37].copy_from_slice(&self.version.number().to_be_bytes());
        out[37..45].copy_from_slice(&self.recorded_at.as_microsecond().to_be_bytes());
        out[45] = u8::from(self.deleted);
        out[46..].copy_from_slice(&self.key_generation.number().to_be_bytes());
        out
    }
}

impl fmt::Debug for RowHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowHeader({:?}, version {})", self.record, self.version)
    }
}
