//! The encoding under the leaf hash, and the text of checkpoints, never change, or every ledger's past would seem edited.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use proptest::prelude::*;
use tacenda_contracts::entry::{EntrySubject, Outcome, SealedEntry, WriteLink};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Pseudonym, Secret, Service, Version};
use tacenda_ledger::{
    checkpoint::sign,
    leaf::{encode, hash},
};

fn vectors() -> Vec<(&'static str, u64, SealedEntry, Vec<u64>)> {
    let bare = SealedEntry {
        id: [0x11; 16],
        subject: EntrySubject::Nobody(Service::Keystore),
        writes: Vec::new(),
        gives_up: None,
        outcome: Outcome::Allowed,
        sealed: vec![0xaa],
    };
    let link =
        WriteLink { link: [0x33; 20], version: Version::FIRST.next(), digest: [0x44; 16], tokens: [0x55; 8] };
    let subject = EntrySubject::Patient(Pseudonym::from_bytes([0x22; 16]));
    let writes = vec![link, WriteLink { version: Version::FIRST, ..link }];
    vec![
        ("bare", 0, bare.clone(), vec![]),
        ("denied", 1, SealedEntry { outcome: Outcome::Denied, ..bare.clone() }, vec![]),
        ("failed", 2, SealedEntry { outcome: Outcome::Failed, gives_up: Some(1), ..bare.clone() }, vec![]),
        ("subject", 256, SealedEntry { subject, ..bare.clone() }, vec![]),
        ("writes", 65_536, SealedEntry { writes: writes.clone(), ..bare.clone() }, vec![]),
        ("arrived", 65_537, bare.clone(), vec![65_536, 1 << 33]),
        ("all", 1 << 40, SealedEntry { subject, writes, sealed: (0..=255).collect(), ..bare }, vec![7]),
    ]
}

#[test]
fn leaves_are_encoded_as_ever() {
    let mut text = String::new();
    for (name, position, entry, arrived) in vectors() {
        let encoded = HEXLOWER.encode(&encode(position, &entry, &arrived));
        writeln!(text, "{name} {encoded} {}", HEXLOWER.encode(&hash(position, &entry, &arrived))).unwrap();
    }
    assert_eq!(text, include_str!("../golden/leaves.txt"), "is now:\n{text}");
}

#[test]
fn checkpoints_are_written_as_ever() {
    let key = MasterKey::from_bytes(&Secret::new([1; 32])).checkpoint_key("example.org/log").unwrap();
    let at = "2026-03-01T12:00:00.123456789Z".parse().unwrap();
    let first = sign(&key, 40, &[6; 32], at, None).checkpoint;
    let text = format!("{}\n{}", first.note, sign(&key, 42, &[7; 32], at, Some(&first)).checkpoint.note);
    assert_eq!(text, include_str!("../golden/checkpoints.txt"), "is now:\n{text}");
}

prop_compose! {
    fn any_write()(link: [u8; 20], version in 1_u32.., digest: [u8; 16], tokens: [u8; 8]) -> WriteLink {
        WriteLink { link, version: Version::new(version).unwrap(), digest, tokens }
    }
}

prop_compose! {
    fn any_entry()(
        id: [u8; 16],
        subject: Option<[u8; 16]>,
        service in 0..Service::ALL.len(),
        writes in prop::collection::vec(any_write(), 0..3),
        gives_up: Option<u64>,
        outcome in 0_i16..3,
        sealed in prop::collection::vec(any::<u8>(), 1..40),
    ) -> SealedEntry {
        let nobody = EntrySubject::Nobody(Service::ALL[service]);
        SealedEntry {
            id,
            subject: subject.map_or(nobody, |patient| EntrySubject::Patient(Pseudonym::from_bytes(patient))),
            writes,
            gives_up,
            outcome: Outcome::from_number(outcome).unwrap(),
            sealed,
        }
    }
}

proptest! {
    #[test]
    fn different_entries_have_different_leaves(
        one in any_entry(),
        other in any_entry(),
        p: u64,
        q: u64,
        a in prop::collection::vec(any::<u64>(), 0..3),
        b in prop::collection::vec(any::<u64>(), 0..3),
    ) {
        prop_assert_eq!((&one, p, &a) == (&other, q, &b), encode(p, &one, &a) == encode(q, &other, &b));
    }

    #[test]
    fn every_column_is_covered(entry in any_entry(), position: u64) {
        let leaf = encode(position, &entry, &[]);
        let mut resealed = entry.clone();
        resealed.sealed.push(0);
        let mut announcing = entry.clone();
        announcing.writes.push(WriteLink {
            link: [0; 20],
            version: Version::FIRST,
            digest: [0; 16],
            tokens: [0; 8],
        });
        let others = [
            SealedEntry { id: entry.id.map(|byte| !byte), ..entry.clone() },
            SealedEntry { gives_up: Some(entry.gives_up.map_or(0, |place| !place)), ..entry.clone() },
            resealed,
            announcing,
        ];
        for other in &others {
            prop_assert_ne!(&leaf, &encode(position, other, &[]));
        }
        prop_assert_ne!(&leaf, &encode(position.wrapping_add(1), &entry, &[]));
        prop_assert_ne!(&leaf, &encode(position, &entry, &[0]));
    }
}
