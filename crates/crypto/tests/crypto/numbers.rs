//! Numbers that stand for numbers, and tokens that stand for values.

use proptest::prelude::*;
use tacenda_crypto::{RootKey, SystemRandom, TokenScope};
use tacenda_kernel::{ApiRealm, Compartment, Pseudonym, RecordId, realms};

use super::fixed;

proptest! {
    #[test]
    fn pseudonyms_come_back_and_realms_differ(number: [u8; 16]) {
        let root = fixed::root();
        let patient = Pseudonym::<realms::Root>::from_bytes(number);
        let (care, house) = (root.realm_key::<realms::Care>(), root.realm_key::<realms::House>());
        prop_assert_eq!(care.root(care.pseudonym(patient)), patient);
        prop_assert_eq!(house.root(house.pseudonym(patient)), patient);
        prop_assert_ne!(care.pseudonym(patient).to_bytes(), house.pseudonym(patient).to_bytes());
        prop_assert_ne!(care.pseudonym(patient).to_bytes(), number);
    }

    #[test]
    fn record_ids_come_back_in_their_own_realm_only(mut number: [u8; 16]) {
        number[0] = Compartment::Clinical as u8;
        let record = RecordId::from_bytes(number).unwrap();
        let root = fixed::root();
        for realm in ApiRealm::ALL {
            let encoded = root.record_codec(realm).encode(record);
            for other in ApiRealm::ALL {
                let decoded = root.record_codec(other).decode(encoded);
                prop_assert_eq!(decoded == Some(record), realm == other);
            }
        }
        let link = root.link_key();
        prop_assert_eq!(link.record(link.link(record)), Some(record));
    }

    #[test]
    fn parameter_and_value_never_run_together(parameter in "[a-z]{1,8}", value in "[a-z]{2,8}") {
        let index = fixed::root().index_key(Compartment::Clinical);
        let (head, tail) = value.split_at(1);
        let moved = index.token(TokenScope::Population, &format!("{parameter}{head}"), tail);
        prop_assert_ne!(index.token(TokenScope::Population, &parameter, &value), moved);
    }
}

#[test]
fn almost_no_foreign_number_names_a_record() {
    let codec = fixed::root().record_codec(ApiRealm::Care);
    let named = (0..10_000_u64)
        .filter(|number| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            codec.decode(bytes).is_some()
        })
        .count();
    assert!((150..330).contains(&named), "6 of 256 are expected, found {named} of 10000");
}

#[test]
fn a_token_depends_on_scope_compartment_parameter_value_and_key() {
    let root = fixed::root();
    let index = root.index_key(Compartment::Clinical);
    let of = |scope, parameter, value| index.token(scope, parameter, value);
    let tokens = [
        of(TokenScope::Population, "code", "8867-4"),
        of(TokenScope::Patient([0; 16]), "code", "8867-4"),
        of(TokenScope::Patient([1; 16]), "code", "8867-4"),
        of(TokenScope::Population, "date", "8867-4"),
        of(TokenScope::Population, "code", "8867-5"),
        root.index_key(Compartment::Stream).token(TokenScope::Population, "code", "8867-4"),
        root.account_index_key().token(TokenScope::Population, "code", "8867-4"),
        RootKey::make(&SystemRandom).index_key(Compartment::Clinical).token(
            TokenScope::Population,
            "code",
            "8867-4",
        ),
    ];
    for (position, token) in tokens.iter().enumerate() {
        assert!(!tokens[position + 1..].contains(token), "{position}");
    }
    assert_eq!(of(TokenScope::Population, "code", "8867-4"), tokens[0]);
}

#[test]
fn a_row_digest_depends_on_header_and_row() {
    let link = fixed::root().link_key();
    let header = fixed::header();
    let digest = link.digest(&header, b"sealed");
    assert_eq!(link.digest(&header, b"sealed"), digest);
    assert_ne!(link.digest(&header, b"sealee"), digest);
    let mut other = header;
    other.deleted = true;
    assert_ne!(link.digest(&other, b"sealed"), digest);
    assert_ne!(RootKey::make(&SystemRandom).link_key().digest(&header, b"sealed"), digest);
}

#[test]
fn permits_and_submissions_have_different_tags() {
    let root = fixed::root();
    assert_ne!(root.permit_key().mac(b"x"), root.submission_key().mac(b"x"));
    assert_ne!(root.grant_key().mac(b"x"), root.account_row_key().mac(b"x"));
}
