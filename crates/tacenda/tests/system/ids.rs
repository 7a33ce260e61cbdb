//! One id in the words of another realm: what only the keystore can translate.

use tacenda_crypto::MasterKey;
use tacenda_kernel::{ApiRealm, Pseudonym, PublicId, realms};

/// `Type/id` of a care-realm caller, as callers of `realm` would see it.
pub(crate) fn in_realm(root: &MasterKey, reference: &str, realm: ApiRealm) -> String {
    let (kind, id) = reference.split_once('/').unwrap();
    let translated = match id.parse().unwrap() {
        PublicId::One(number) if kind == "Patient" => PublicId::One(patient_in(root, number, realm)),
        PublicId::One(number) => PublicId::One(record_in(root, number, realm)),
        PublicId::OfPatient { patient, record } => PublicId::OfPatient {
            patient: patient_in(root, patient, realm),
            record: record_in(root, record, realm),
        },
    };
    format!("{kind}/{translated}")
}

fn patient_in(root: &MasterKey, number: [u8; 16], realm: ApiRealm) -> [u8; 16] {
    let patient = root.realm_key::<realms::Care>().root(Pseudonym::from_bytes(number));
    match realm {
        ApiRealm::Care => number,
        ApiRealm::House => root.realm_key::<realms::House>().pseudonym(patient).to_bytes(),
        ApiRealm::Data => root.realm_key::<realms::Data>().pseudonym(patient).to_bytes(),
    }
}

fn record_in(root: &MasterKey, number: [u8; 16], realm: ApiRealm) -> [u8; 16] {
    let record = root.record_codec(ApiRealm::Care).decode(number).unwrap();
    root.record_codec(realm).encode(record)
}
