//! The encoding under the leaf hash never changes, or every ledger's past would seem edited.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use proptest::prelude::*;
use tacenda_contracts::entry::{Outcome, SealedEntry, WriteLink};
use tacenda_kernel::{Pseudonym, Version};
use tacenda_ledger::leaf::{encode, hash};

fn vectors() -> Vec<(&'static str, u64, SealedEntry)> {
    let bare = SealedEntry {
        id: [0x11; 16],
        subject: None,
        write: None,
        outcome: Outcome::Allowed,
        sealed: vec![0xaa],
    };
    let link = WriteLink { link: [0x33; 16], version: Version::FIRST.next(), digest: [0x44; 16] };
    let subject = Some(Pseudonym::from_bytes([0x22; 16]));
    vec![
        ("bare", 0, bare.clone()),
        ("denied", 1, SealedEntry { outcome: Outcome::Denied, ..bare.clone() }),
        ("failed", 2, SealedEntry { outcome: Outcome::Failed, ..bare.clone() }),
        ("subject", 256, SealedEntry { subject, ..bare.clone() }),
        ("write", 65_536, SealedEntry { write: Some(link), ..bare.clone() }),
        ("both", 1 << 40, SealedEntry { subject, write: Some(link), sealed: (0..=255).collect(), ..bare }),
    ]
}

#[test]
fn leaves_are_encoded_as_ever() {
    let mut text = String::new();
    for (name, position, entry) in vectors() {
        let (encoded, hash) =
            (HEXLOWER.encode(&encode(position, &entry)), HEXLOWER.encode(&hash(position, &entry)));
        writeln!(text, "{name} {encoded} {hash}").unwrap();
    }
    assert_eq!(text, include_str!("golden/leaves.txt"), "is now:\n{text}");
}

prop_compose! {
    fn any_entry()(
        id: [u8; 16],
        subject: Option<[u8; 16]>,
        write: Option<([u8; 16], u32, [u8; 16])>,
        outcome in 0_i16..3,
        sealed in prop::collection::vec(any::<u8>(), 1..40),
    ) -> SealedEntry {
        let write = write.map(|(link, version, digest)| WriteLink {
            link,
            version: Version::new(version.max(1)).unwrap(),
            digest,
        });
        SealedEntry {
            id,
            subject: subject.map(Pseudonym::from_bytes),
            write,
            outcome: Outcome::from_number(outcome).unwrap(),
            sealed,
        }
    }
}

proptest! {
    #[test]
    fn different_entries_have_different_leaves(one in any_entry(), other in any_entry(), p: u64, q: u64) {
        prop_assert_eq!((&one, p) == (&other, q), encode(p, &one) == encode(q, &other));
    }

    #[test]
    fn every_column_is_covered(entry in any_entry(), position: u64) {
        let leaf = encode(position, &entry);
        let without = SealedEntry { subject: None, write: None, ..entry.clone() };
        let moved = encode(position.wrapping_add(1), &entry);
        let renamed = SealedEntry { id: entry.id.map(|byte| !byte), ..entry.clone() };
        let mut resealed = entry.clone();
        resealed.sealed.push(0);
        prop_assert_ne!(&leaf, &moved);
        prop_assert_ne!(&leaf, &encode(position, &renamed));
        prop_assert_ne!(&leaf, &encode(position, &resealed));
        if entry.subject.is_some() || entry.write.is_some() {
            prop_assert_ne!(&leaf, &encode(position, &without));
        }
    }
}
