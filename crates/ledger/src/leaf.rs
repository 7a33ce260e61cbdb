//! What a leaf hash covers: every column of an entry, in one fixed encoding.
//!
//! ```text
//! 1 byte   1, the encoding's version          1 byte   1 and link[16], version u32, digest[16]; or 0
//! 8 bytes  position                           2 bytes  outcome
//! 16 bytes id                                 4 bytes  length of sealed
//! 1 byte   1 and subject[16]; or 0            n bytes  sealed                     numbers are big-endian
//! ```
//!
//! INVARIANT: no two entries have the same encoding, since every part's length is known before it is read. The
//! encoding of what was ever appended cannot change: `tests/golden/leaves.txt` holds it.

use tacenda_contracts::entry::{SealedEntry, WriteLink};

use crate::tree::{Hash, leaf_hash};

/// The most bytes an entry's sealed part may have.
pub const MOST_SEALED: usize = 60_000;

/// The content of the leaf of `entry` at `position`.
#[must_use]
pub fn encode(position: u64, entry: &SealedEntry) -> Vec<u8> {
    let mut leaf = Vec::with_capacity(90 + entry.sealed.len());
    leaf.push(1);
    leaf.extend(position.to_be_bytes());
    leaf.extend(entry.id);
    match entry.subject {
        None => leaf.push(0),
        Some(subject) => {
            leaf.push(1);
            leaf.extend(subject.to_bytes());
        }
    }
    encode_write(&mut leaf, entry.write.as_ref());
    leaf.extend((entry.outcome as i16).to_be_bytes());
    // `fits` keeps the length far below 2^32.
    leaf.extend(u32::try_from(entry.sealed.len()).unwrap_or(u32::MAX).to_be_bytes());
    leaf.extend(&entry.sealed);
    leaf
}

/// The leaf hash of `entry` at `position`.
#[must_use]
pub fn hash(position: u64, entry: &SealedEntry) -> Hash {
    leaf_hash(&encode(position, entry))
}

/// Whether the database can hold the entry: one that it refuses would take its whole batch with it.
pub(crate) fn fits(entry: &SealedEntry) -> bool {
    let version = entry.write.map_or(1, |write| write.version.number());
    (1..=MOST_SEALED).contains(&entry.sealed.len()) && i32::try_from(version).is_ok()
}

fn encode_write(leaf: &mut Vec<u8>, write: Option<&WriteLink>) {
    match write {
        None => leaf.push(0),
        Some(write) => {
            leaf.push(1);
            leaf.extend(write.link);
            leaf.extend(write.version.number().to_be_bytes());
            leaf.extend(write.digest);
        }
    }
}
