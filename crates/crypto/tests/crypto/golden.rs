//! What is stored today must open tomorrow: every format against a file that was written once.

use std::{collections::HashMap, fmt::Write as _};

use data_encoding::HEXLOWER;
use tacenda_crypto::{CompartmentKey, Domain, PatientKey, TokenScope, WrappingKey};
use tacenda_kernel::{ApiRealm, Compartment, Pseudonym, Service, Version, realms};

use super::fixed::{Counting, header, master, record, root_key};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/formats.txt");
const DOCUMENT: &[u8] =
    br#"{"resourceType":"Observation","status":"final","valueString":"a a a a a a a a a a"}"#;
const COMPARTMENT: &[u8] = b"clinical 1";
const PATIENT: &[u8] = b"clinical 1 patient";

fn keystore_key() -> WrappingKey {
    master().wrapping_key(Domain::Keystore)
}

/// What is made the same each time. A sealed row is not among it: the compressor may find a shorter text one day.
fn deterministic() -> Vec<(&'static str, Vec<u8>)> {
    let master = master();
    let patient = Pseudonym::<realms::Root>::from_bytes([0xb2; 16]);
    let link = master.link_key(Compartment::Clinical);
    let index = master.index_key(Compartment::Identity);
    let population = index.token(TokenScope::Population, "family", "rossi");
    let of_patient = index.token(TokenScope::Patient([3; 16]), "code", "http://loinc.org|8867-4");
    let clinical = record(Compartment::Clinical);
    let note = master.checkpoint_key("example.org/ledger").unwrap().sign_note("example.org/ledger\n0\nx\n");
    vec![
        ("root file", root_key().to_file_text().expose().clone().into_bytes()),
        ("root check", root_key().check_value().to_vec()),
        ("header digest", link.digest(&header(), b"sealed").to_vec()),
        ("tokens digest", link.tokens_digest(clinical, Version::FIRST, &[-1, 2]).to_vec()),
        ("record link", link.link(clinical).to_vec()),
        ("announcement", link.announcement(clinical, Version::FIRST, 258).to_vec()),
        ("record in care", master.record_codec(ApiRealm::Care).encode(clinical).to_vec()),
        ("record in house", master.record_codec(ApiRealm::House).encode(clinical).to_vec()),
        (
            "patient in clinical",
            master.realm_key::<realms::Clinical>().pseudonym(patient).to_bytes().to_vec(),
        ),
        ("patient in ledger", master.realm_key::<realms::Ledger>().pseudonym(patient).to_bytes().to_vec()),
        ("token of population", population.to_be_bytes().to_vec()),
        ("token of patient", of_patient.to_be_bytes().to_vec()),
        ("permit tag", master.permit_key().mac(b"permit").to_vec()),
        ("patient row tag", master.patient_row_key().mac(b"permit").to_vec()),
        ("submission tag", master.submission_key().mac(b"permit").to_vec()),
        ("saga row tag", master.saga_row_key().mac(b"permit").to_vec()),
        ("ledger row tag", master.ledger_row_key().mac(b"leaf").to_vec()),
        (
            "keystore entry",
            master.general_audit_key(Service::Keystore).seal_entry(
                b"columns",
                b"entry",
                &Counting::default(),
            ),
        ),
        (
            "stored secret",
            master.wrapping_key(Domain::Accounts).seal_secret(b"whose", b"x", &Counting::default()),
        ),
        ("checkpoint", note.into_bytes()),
        ("certificate", master.certificate_key().sign(&["erased"]).unwrap().into_bytes()),
    ]
}

/// The key of every sealed row in the file, as it was wrapped then.
fn make_chain() -> [(&'static str, Vec<u8>); 4] {
    let random = Counting::default();
    let (compartment, patient) = (CompartmentKey::make(&random), PatientKey::make(&random));
    [
        ("wrapped master key", root_key().wrap_master_key(&master(), &random)),
        ("wrapped compartment key", keystore_key().wrap_compartment_key(&compartment, COMPARTMENT, &random)),
        ("wrapped patient key", compartment.wrap_patient_key(&patient, PATIENT, &random)),
        ("sealed row", patient.seal_row(&header(), DOCUMENT, &random).unwrap()),
    ]
}

fn golden() -> HashMap<String, Vec<u8>> {
    let text = std::fs::read_to_string(FILE).unwrap();
    let line = |line: &str| {
        let (name, hex) = line.split_once(": ").unwrap();
        (name.to_owned(), HEXLOWER.decode(hex.as_bytes()).unwrap())
    };
    text.lines().map(line).collect()
}

#[test]
fn formats_are_as_they_were() {
    let golden = golden();
    for (name, made) in deterministic() {
        assert_eq!(HEXLOWER.encode(&golden[name]), HEXLOWER.encode(&made), "{name}");
    }
}

#[test]
fn what_was_sealed_then_opens_now() {
    let golden = golden();
    let unwrapped = root_key().unwrap_master_key(&golden["wrapped master key"]).unwrap();
    assert_eq!(unwrapped.permit_key().mac(b"permit").to_vec(), golden["permit tag"]);
    let compartment =
        keystore_key().unwrap_compartment_key(COMPARTMENT, &golden["wrapped compartment key"]).unwrap();
    let patient = compartment.unwrap_patient_key(PATIENT, &golden["wrapped patient key"]).unwrap();
    assert_eq!(*patient.open_row(&header(), &golden["sealed row"]).unwrap(), DOCUMENT);
}

/// Run by hand, and only for a format that never held data.
#[test]
#[ignore = "writes the file that the other tests read"]
fn write_golden_file() {
    let mut text = String::new();
    for (name, bytes) in deterministic().into_iter().chain(make_chain()) {
        writeln!(text, "{name}: {}", HEXLOWER.encode(&bytes)).unwrap();
    }
    std::fs::write(FILE, text).unwrap();
}
