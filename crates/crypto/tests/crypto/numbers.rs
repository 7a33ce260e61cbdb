//! Numbers that stand for numbers, and tokens that stand for values.

use proptest::prelude::*;
use tacenda_crypto::{MasterKey, SystemRandom, TokenScope};
use tacenda_kernel::{ApiRealm, Compartment, Pseudonym, RecordId, Service, Version, realms};

use super::fixed;

proptest! {
    #[test]
    fn pseudonyms_come_back_and_realms_differ(number: [u8; 16]) {
        let master = fixed::master();
        let patient = Pseudonym::<realms::Root>::from_bytes(number);
        let (care, house) = (master.realm_key::<realms::Care>(), master.realm_key::<realms::House>());
        prop_assert_eq!(care.root(care.pseudonym(patient)), patient);
        prop_assert_eq!(house.root(house.pseudonym(patient)), patient);
        prop_assert_ne!(care.pseudonym(patient).to_bytes(), house.pseudonym(patient).to_bytes());
        prop_assert_ne!(care.pseudonym(patient).to_bytes(), number);
    }

    #[test]
    fn record_ids_come_back_in_their_own_realm_only(mut number: [u8; 16]) {
        number[0] = Compartment::Clinical as u8;
        let record = RecordId::from_bytes(number).unwrap();
        let master = fixed::master();
        for realm in ApiRealm::ALL {
            let encoded = master.record_codec(realm).encode(record);
            for other in ApiRealm::ALL {
                let decoded = master.record_codec(other).decode(encoded);
                prop_assert_eq!(decoded == Some(record), realm == other);
            }
        }
        let link = master.link_key(Compartment::Clinical);
        prop_assert_eq!(link.record(link.link(record)), Some(record));
    }

    #[test]
    fn parameter_and_value_never_run_together(parameter in "[a-z]{1,8}", value in "[a-z]{2,8}") {
        let index = fixed::master().index_key(Compartment::Clinical);
        let (head, tail) = value.split_at(1);
        let moved = index.token(TokenScope::Population, &format!("{parameter}{head}"), tail);
        prop_assert_ne!(index.token(TokenScope::Population, &parameter, &value), moved);
    }
}

#[test]
fn almost_no_foreign_number_names_a_record() {
    let codec = fixed::master().record_codec(ApiRealm::Care);
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
    let master = fixed::master();
    let index = master.index_key(Compartment::Clinical);
    let of = |scope, parameter, value| index.token(scope, parameter, value);
    let tokens = [
        of(TokenScope::Population, "code", "8867-4"),
        of(TokenScope::Patient([0; 16]), "code", "8867-4"),
        of(TokenScope::Patient([1; 16]), "code", "8867-4"),
        of(TokenScope::Population, "date", "8867-4"),
        of(TokenScope::Population, "code", "8867-5"),
        master.index_key(Compartment::Stream).token(TokenScope::Population, "code", "8867-4"),
        master.account_index_key().token(TokenScope::Population, "code", "8867-4"),
        MasterKey::make(&SystemRandom).index_key(Compartment::Clinical).token(
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
    let link = fixed::master().link_key(Compartment::Clinical);
    let header = fixed::header();
    let digest = link.digest(&header, b"sealed");
    assert_eq!(link.digest(&header, b"sealed"), digest);
    assert_ne!(link.digest(&header, b"sealee"), digest);
    let mut other = header;
    other.deleted = true;
    assert_ne!(link.digest(&other, b"sealed"), digest);
    assert_ne!(
        MasterKey::make(&SystemRandom).link_key(Compartment::Clinical).digest(&header, b"sealed"),
        digest
    );
}

#[test]
fn permits_and_submissions_have_different_tags() {
    let master = fixed::master();
    assert_ne!(master.permit_key().mac(b"x"), master.submission_key().mac(b"x"));
    assert_ne!(master.grant_key().mac(b"x"), master.account_row_key().mac(b"x"));
}

#[test]
fn no_vault_s_link_key_names_records_as_another_one_does() {
    let (master, header) = (fixed::master(), fixed::header());
    let keys = Compartment::ALL.map(|compartment| master.link_key(compartment));
    let links = keys.clone().map(|key| key.link(header.record));
    let digests = keys.map(|key| key.digest(&header, b"sealed"));
    let clinical = master.link_key(Compartment::Clinical).link(header.record);
    for compartment in Compartment::ALL {
        let own = master.link_key(compartment).record(clinical);
        assert_eq!(own.is_some(), compartment == Compartment::Clinical, "{compartment}");
    }
    for place in 0..Compartment::ALL.len() {
        assert!(
            !links[place + 1..].contains(&links[place]) && !digests[place + 1..].contains(&digests[place])
        );
    }
}

#[test]
fn a_row_says_where_it_was_announced_to_its_vault_alone_and_no_other_row_says_it() {
    let (master, record) = (fixed::master(), fixed::header().record);
    let key = master.link_key(Compartment::Clinical);
    let (first, next) = (Version::FIRST, Version::FIRST.next());
    let announced = key.announcement(record, first, 7);
    assert_eq!(key.announced_at(record, first, announced), Some(7));
    assert_eq!(key.announced_at(record, next, announced), None);
    assert_eq!(master.link_key(Compartment::Stream).announced_at(record, first, announced), None);
    assert_ne!(key.announcement(record, next, 7), announced);
    let mut other = announced;
    other[3] ^= 1;
    assert_eq!(key.announced_at(record, first, other), None);
}

#[test]
fn a_digest_of_tokens_depends_on_each_of_them_and_on_the_version() {
    let (key, record) = (fixed::master().link_key(Compartment::Clinical), fixed::header().record);
    let of = |version, tokens: &[i64]| key.tokens_digest(record, version, tokens);
    let digest = of(Version::FIRST, &[1, 2]);
    assert_eq!(of(Version::FIRST, &[1, 2]), digest);
    for other in [&[1][..], &[1, 2, 3], &[2, 2], &[]] {
        assert_ne!(of(Version::FIRST, other), digest);
    }
    assert_ne!(of(Version::FIRST.next(), &[1, 2]), digest);
}

#[test]
fn no_service_opens_the_entries_of_another_one() {
    let master = fixed::master();
    let (keystore, accounts) =
        (master.general_audit_key(Service::Keystore), master.general_audit_key(Service::Accounts));
    let sealed = keystore.seal_entry(b"columns", b"entry", &SystemRandom);
    assert!(keystore.open_entry(b"columns", &sealed).is_ok());
    assert!(accounts.open_entry(b"columns", &sealed).is_err());
}
