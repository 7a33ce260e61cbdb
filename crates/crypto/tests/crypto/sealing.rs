//! A row opens where it was sealed for, unaltered, and nowhere else; an entry likewise.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tacenda_crypto::{
    AuditKey, EntryOpenError, KeyGeneration, LARGEST_ROW, OpenError, PatientKey, RowHeader, SealError,
    SystemRandom,
};
use tacenda_kernel::{Compartment, RecordId, Version};

use super::fixed;

fn any_compartment() -> impl Strategy<Value = Compartment> {
    prop::sample::select(Compartment::ALL.to_vec())
}

prop_compose! {
    fn any_header()(
        compartment in any_compartment(),
        patient: [u8; 16],
        record_in in any_compartment(),
        mut record: [u8; 16],
        version in 1..=u32::MAX,
        micros in 0..4_102_444_800_000_000_i64,
        deleted: bool,
        generation in 1..=i32::MAX,
    ) -> RowHeader {
        record[0] = record_in as u8;
        RowHeader {
            compartment,
            patient,
            record: RecordId::from_bytes(record).unwrap(),
            version: Version::new(version).unwrap(),
            recorded_at: Timestamp::from_microsecond(micros).unwrap(),
            deleted,
            key_generation: KeyGeneration::new(generation).unwrap(),
        }
    }
}

proptest! {
    #[test]
    fn a_row_comes_back(header in any_header(), plain in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let key = PatientKey::make(&SystemRandom);
        let sealed = key.seal_row(&header, &plain, &SystemRandom).unwrap();
        prop_assert_eq!(&*key.open_row(&header, &sealed).unwrap(), &plain);
        let again = key.seal_row(&header, &plain, &SystemRandom).unwrap();
        prop_assert!(sealed != again, "no two seals are alike");
    }

    #[test]
    fn a_row_moved_under_any_other_header_is_refused(one in any_header(), other in any_header()) {
        prop_assume!(one != other);
        let key = PatientKey::make(&SystemRandom);
        let sealed = key.seal_row(&one, b"{}", &SystemRandom).unwrap();
        prop_assert_eq!(key.open_row(&other, &sealed), Err(OpenError::Refused));
    }

    #[test]
    fn an_entry_comes_back_in_its_context_only(plain: Vec<u8>, context: Vec<u8>, other: Vec<u8>) {
        prop_assume!(context != other);
        let key = AuditKey::make(&SystemRandom);
        let sealed = key.seal_entry(&context, &plain, &SystemRandom);
        prop_assert_eq!(&*key.open_entry(&context, &sealed).unwrap(), &plain);
        prop_assert_eq!(key.open_entry(&other, &sealed), Err(EntryOpenError));
        prop_assert_eq!(AuditKey::make(&SystemRandom).open_entry(&context, &sealed), Err(EntryOpenError));
    }
}

#[test]
fn each_field_of_the_header_is_bound() {
    let key = PatientKey::make(&SystemRandom);
    let header = fixed::header();
    let sealed = key.seal_row(&header, b"{}", &SystemRandom).unwrap();
    let tick = SignedDuration::from_micros(1);
    let mut number = header.record.to_bytes();
    number[15] ^= 1;
    for (field, other) in [
        ("compartment", RowHeader { compartment: Compartment::Stream, ..header }),
        ("patient", RowHeader { patient: [0xa0; 16], ..header }),
        ("record", RowHeader { record: RecordId::from_bytes(number).unwrap(), ..header }),
        ("version", RowHeader { version: header.version.next(), ..header }),
        ("recorded_at", RowHeader { recorded_at: header.recorded_at + tick, ..header }),
        ("deleted", RowHeader { deleted: true, ..header }),
        ("key_generation", RowHeader { key_generation: KeyGeneration::new(2).unwrap(), ..header }),
    ] {
        assert_eq!(key.open_row(&other, &sealed), Err(OpenError::Refused), "{field}");
    }
    assert_eq!(PatientKey::make(&SystemRandom).open_row(&header, &sealed), Err(OpenError::Refused));
    assert!(key.open_row(&header, &sealed).is_ok());
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (rows, entries) = (PatientKey::make(&SystemRandom), AuditKey::make(&SystemRandom));
    let header = fixed::header();
    let mut row = rows.seal_row(&header, b"a document that is short", &SystemRandom).unwrap();
    let mut entry = entries.seal_entry(b"context", b"an entry", &SystemRandom);
    for bit in 0..row.len() * 8 {
        row[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit < 8 { OpenError::UnknownSuite } else { OpenError::Refused };
        assert_eq!(rows.open_row(&header, &row), Err(expected), "bit {bit}");
        row[bit / 8] ^= 1 << (bit % 8);
    }
    for bit in 0..entry.len() * 8 {
        entry[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(entries.open_entry(b"context", &entry), Err(EntryOpenError), "bit {bit}");
        entry[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(rows.open_row(&header, &row).is_ok() && entries.open_entry(b"context", &entry).is_ok());
}

#[test]
fn a_row_cut_short_or_grown_is_refused() {
    let key = PatientKey::make(&SystemRandom);
    let header = fixed::header();
    let mut sealed = key.seal_row(&header, b"{}", &SystemRandom).unwrap();
    for length in 0..sealed.len() {
        assert_eq!(key.open_row(&header, &sealed[..length]), Err(OpenError::Refused));
    }
    sealed.push(0);
    assert_eq!(key.open_row(&header, &sealed), Err(OpenError::Refused));
}

#[test]
fn no_row_is_larger_than_the_largest() {
    let key = PatientKey::make(&SystemRandom);
    let large = vec![b' '; LARGEST_ROW + 1];
    let sealed = key.seal_row(&fixed::header(), &large, &SystemRandom);
    assert_eq!(sealed, Err(SealError::TooLarge));
    assert!(key.seal_row(&fixed::header(), &large[1..], &SystemRandom).is_ok());
}

#[test]
fn handles_and_headers_show_nothing() {
    let shown = format!(
        "{:?} {:?} {:?}",
        PatientKey::make(&SystemRandom),
        AuditKey::make(&SystemRandom),
        fixed::header()
    );
    assert_eq!(shown, "PatientKey AuditKey RowHeader(RecordId<clinical>, version 7)");
}
