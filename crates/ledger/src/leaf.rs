//! What a leaf hash covers: every column of an entry but its tag, in one fixed encoding.
//!
//! ```text
//! 1 byte   2, the encoding's version          1 byte   1 and gives_up; or 0
//! 8 bytes  position                           4 bytes  how many writes, and for each: link[20], version u32,
//! 16 bytes id                                          digest[16], tokens[8]
//! 1 byte   1 and subject[16]; or              4 bytes  how many arrived, and for each: position u64
//!          0 and the service, 1 byte          4 bytes  length of sealed
//! 2 bytes  outcome                            n bytes  sealed                     numbers are big-endian
//! ```
//!
//! INVARIANT: no two entries have the same encoding, since every part's length is known before it is read. The
//! encoding of what was ever appended cannot change: `tests/golden/leaves.txt` holds it.

use tacenda_contracts::{
    entry::{SealedEntry, WriteLink},
    ledger::StoredEntry,
};
use tacenda_crypto::MacKey;
use tacenda_kernel::Service;

use crate::tree::{Hash, leaf_hash};

/// The encoding's version.
const ENCODING: u8 = 2;

/// The most bytes an entry's sealed part may have.
pub const MOST_SEALED: usize = 60_000;

/// The most rows that one entry may announce.
pub const MOST_WRITES: usize = 1_000;

/// How many bytes of a tag are kept.
pub const TAG_LENGTH: usize = 16;

/// The content of the leaf of `entry` at `position`, which also says what `arrived`.
#[must_use]
pub fn encode(position: u64, entry: &SealedEntry, arrived: &[u64]) -> Vec<u8> {
    let columns = entry.context();
    let mut leaf = Vec::with_capacity(20 + columns.len() + 8 * arrived.len() + entry.sealed.len());
    leaf.push(ENCODING);
    leaf.extend(position.to_be_bytes());
    leaf.extend(columns);
    leaf.extend(count(arrived.len()));
    arrived.iter().for_each(|position| leaf.extend(position.to_be_bytes()));
    leaf.extend(count(entry.sealed.len()));
    leaf.extend(&entry.sealed);
    leaf
}

/// The leaf hash of `entry` at `position`, which also says what `arrived`.
#[must_use]
pub fn hash(position: u64, entry: &SealedEntry, arrived: &[u64]) -> Hash {
    leaf_hash(&encode(position, entry, arrived))
}

/// The leaf hash of what is stored.
#[must_use]
pub fn hash_of(stored: &StoredEntry) -> Hash {
    hash(stored.position, &stored.entry, &stored.arrived)
}

/// The tag by which the ledger knows a row that it appended itself.
#[must_use]
pub fn tag(key: &MacKey, leaf: &Hash) -> [u8; TAG_LENGTH] {
    let mut tag = [0; TAG_LENGTH];
    tag.copy_from_slice(&key.mac(leaf)[..TAG_LENGTH]);
    tag
}

/// Whether the database can hold the entry: one that it refuses would take its whole batch with it.
///
/// SECURITY: only the ledger's own entries have nothing sealed in them, and nobody hands those in.
pub(crate) fn fits(entry: &SealedEntry) -> bool {
    let bigint = |number: u64| i64::try_from(number).is_ok();
    (1..=MOST_SEALED).contains(&entry.sealed.len())
        && entry.writes.len() <= MOST_WRITES
        && entry.gives_up.is_none_or(bigint)
        && entry.subject.service() != Some(Service::Ledger)
}

/// `fits` keeps lengths far below 2^32.
fn count(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// As [`SealedEntry::writes`] are stored.
pub(crate) fn writes_to_bytes(writes: &[WriteLink]) -> Vec<u8> {
    writes.iter().flat_map(WriteLink::to_bytes).collect()
}

/// None where the bytes are no writes.
pub(crate) fn writes_from_bytes(bytes: &[u8]) -> Option<Vec<WriteLink>> {
    bytes.chunks(WriteLink::LENGTH).map(WriteLink::from_bytes).collect()
}

/// As places are stored.
pub(crate) fn places_to_bytes(places: &[u64]) -> Vec<u8> {
    places.iter().flat_map(|place| place.to_be_bytes()).collect()
}

/// None where the bytes are no places.
pub(crate) fn places_from_bytes(bytes: &[u8]) -> Option<Vec<u64>> {
    bytes.chunks(8).map(|place| Some(u64::from_be_bytes(place.try_into().ok()?))).collect()
}
