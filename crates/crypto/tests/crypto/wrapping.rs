//! A wrapped key unwraps under its own key, in its own context, as what it is.

use tacenda_crypto::{AuditKey, CompartmentKey, Domain, PatientKey, SystemRandom, UnwrapError};

use super::fixed;

#[test]
fn a_compartment_key_is_bound_to_its_service_and_context() {
    let master = fixed::master();
    let keystore = master.wrapping_key(Domain::Keystore);
    let wrapped =
        keystore.wrap_compartment_key(&CompartmentKey::make(&SystemRandom), b"field 1", &SystemRandom);
    assert!(keystore.unwrap_compartment_key(b"field 1", &wrapped).is_ok());
    assert!(master.wrapping_key(Domain::Keystore).unwrap_compartment_key(b"field 1", &wrapped).is_ok());
    assert_eq!(keystore.unwrap_compartment_key(b"field 2", &wrapped).err(), Some(UnwrapError));
    let accounts = master.wrapping_key(Domain::Accounts);
    assert_eq!(accounts.unwrap_compartment_key(b"field 1", &wrapped).err(), Some(UnwrapError));
    assert_eq!(keystore.open_secret(b"field 1", &wrapped), Err(UnwrapError));
}

#[test]
fn a_patient_key_is_bound_to_its_compartment_key_its_context_and_its_kind() {
    let compartment = CompartmentKey::make(&SystemRandom);
    let patient = PatientKey::make(&SystemRandom);
    let wrapped = compartment.wrap_patient_key(&patient, b"clinical 1 anna", &SystemRandom);
    let again = compartment.unwrap_patient_key(b"clinical 1 anna", &wrapped).unwrap();
    let sealed = patient.seal_row(&fixed::header(), b"{}", &SystemRandom).unwrap();
    assert_eq!(*again.open_row(&fixed::header(), &sealed).unwrap(), b"{}");
    assert_eq!(compartment.unwrap_patient_key(b"clinical 1 bruno", &wrapped).err(), Some(UnwrapError));
    assert_eq!(compartment.unwrap_audit_key(b"clinical 1 anna", &wrapped).err(), Some(UnwrapError));
    let other = CompartmentKey::make(&SystemRandom);
    assert_eq!(other.unwrap_patient_key(b"clinical 1 anna", &wrapped).err(), Some(UnwrapError));
}

#[test]
fn an_audit_key_comes_back_as_itself() {
    let compartment = CompartmentKey::make(&SystemRandom);
    let audit = AuditKey::make(&SystemRandom);
    let wrapped = compartment.wrap_audit_key(&audit, b"ledger 1 anna", &SystemRandom);
    let again = compartment.unwrap_audit_key(b"ledger 1 anna", &wrapped).unwrap();
    let sealed = audit.seal_entry(b"", b"entry", &SystemRandom);
    assert_eq!(*again.open_entry(b"", &sealed).unwrap(), b"entry");
    assert_eq!(compartment.unwrap_patient_key(b"ledger 1 anna", &wrapped).err(), Some(UnwrapError));
}

#[test]
fn every_flipped_bit_of_a_wrapped_key_is_noticed() {
    let compartment = CompartmentKey::make(&SystemRandom);
    let mut wrapped = compartment.wrap_patient_key(&PatientKey::make(&SystemRandom), b"x", &SystemRandom);
    for bit in 0..wrapped.len() * 8 {
        wrapped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(compartment.unwrap_patient_key(b"x", &wrapped).err(), Some(UnwrapError), "bit {bit}");
        wrapped[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_stored_secret_is_bound_to_its_context() {
    let accounts = fixed::master().wrapping_key(Domain::Accounts);
    let sealed = accounts.seal_secret(b"password anna", b"$argon2id$", &SystemRandom);
    assert_eq!(*accounts.open_secret(b"password anna", &sealed).unwrap(), b"$argon2id$");
    assert_eq!(accounts.open_secret(b"password bruno", &sealed), Err(UnwrapError));
}
