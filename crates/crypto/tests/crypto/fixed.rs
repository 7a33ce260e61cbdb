//! The same each time.

use std::sync::atomic::{AtomicU8, Ordering};

use jiff::Timestamp;
use tacenda_crypto::{KeyGeneration, MasterKey, RootKey, RowHeader};
use tacenda_kernel::{Compartment, Random, RecordId, Secret, Version};

/// Counts instead of drawing.
#[derive(Default)]
pub(crate) struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub(crate) fn root_key() -> RootKey {
    RootKey::from_bytes(&Secret::new([0x42; 32]))
}

pub(crate) fn master() -> MasterKey {
    MasterKey::from_bytes(&Secret::new([0x42; 32]))
}

pub(crate) fn header() -> RowHeader {
    RowHeader {
        compartment: Compartment::Clinical,
        patient: [0xa1; 16],
        record: record(Compartment::Clinical),
        version: Version::new(7).unwrap(),
        recorded_at: Timestamp::from_microsecond(1_772_366_400_123_456).unwrap(),
        deleted: false,
        key_generation: KeyGeneration::FIRST,
    }
}

pub(crate) fn record(compartment: Compartment) -> RecordId {
    RecordId::make(compartment, &Counting::default())
}
