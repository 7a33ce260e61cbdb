//! Destroying a patient's keys, and saying so under signature.

use jiff::Timestamp;
use tacenda_contracts::{
    entry::{Entry, Event, Fact, SealedEntry},
    keystore::{ErasureCertificate, ReleaseError},
    permit::Permit,
};
use tacenda_kernel::{Action, Pseudonym, realms};

use super::release_keys::verified;
use crate::{
    certificate,
    error::StoreError,
    patient_seal::{State, TaggedPatient},
    service::Keystore,
    slot::KeySlot,
    store::{
        patient_keys,
        patients::{self, Held},
    },
};

/// Erases.
///
/// INVARIANT: no certificate leaves before every key was counted as it was destroyed, and none was found by looking
/// again.
///
/// CRASH: after the entries the number is erased, whatever its row says: the keystore gives no key of it any more, and
/// destroys what is left when it looks after its tables.
pub(crate) async fn erase(keystore: &Keystore, permit: &Permit) -> Result<ErasureCertificate, ReleaseError> {
    let claims = verified(keystore, permit)?;
    let subject = claims.subject.as_ref().filter(|_| claims.action == Action::Erase);
    let ledger = subject.ok_or(ReleaseError::OtherCompartment)?.ledger;
    let patient = keystore.numbers.root_in_ledger(ledger);
    let held = there(keystore, patient).await?;
    let now = keystore.clock.now();
    // Signed first, and given away last: destroyed keys without a certificate could not be certified again.
    let certificate =
        certificate::sign(&keystore.certificate_key, ledger, now).map_err(|_| ReleaseError::Unavailable)?;
    let entry = keystore.entry_for(claims, Event::Access(Action::Erase)).with(Fact::Erased(ledger));
    let entries = announced(keystore, &entry, &held, ledger).await?;
    keystore.recorded(entries).await?;
    tacenda_kernel::crash::at("erasure-announced");
    keystore.past.note(&entry);
    let destroyed = destroy(keystore, &held.patient, now).await;
    keystore.released.drop_patient(patient);
    match destroyed {
        Ok(keys) if keys == KeySlot::OF_A_PATIENT.len() => Ok(certificate),
        // What was left is destroyed; that all of it was cannot be certified.
        Ok(_) => Err(StoreError::MissingKey.into()),
        Err(StoreError::NotWritten) => Err(not_destroyed(keystore, patient).await),
        Err(error) => Err(error.into()),
    }
}

/// The patient, who was not erased before, with the keys that are stored.
async fn there(keystore: &Keystore, patient: Pseudonym<realms::Root>) -> Result<Held, ReleaseError> {
    let slots = KeySlot::OF_A_PATIENT;
    let held = patients::held(&keystore.database, patient, &slots, &keystore.patient_key).await?;
    held.filter(|held| held.patient.row.state == State::Active).ok_or(ReleaseError::Erased)
}

/// Destroys every key that is stored, and looks whether none is left; how many there were.
pub(crate) async fn destroy(
    keystore: &Keystore,
    patient: &TaggedPatient,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let (database, number) = (&keystore.database, patient.row.patient);
    let keys = patient_keys::left(database, number).await?;
    patients::erase(database, patient, keys, now, &keystore.patient_key).await?;
    if patient_keys::left(database, number).await? != 0 {
        return Err(StoreError::NotWritten);
    }
    Ok(usize::try_from(keys).unwrap_or_default())
}

/// Somebody else erased them at the same time, or the database does not do it.
async fn not_destroyed(keystore: &Keystore, patient: Pseudonym<realms::Root>) -> ReleaseError {
    let left = patient_keys::left(&keystore.database, patient).await;
    let gone = matches!(left, Ok(0)) && there(keystore, patient).await.err() == Some(ReleaseError::Erased);
    if gone { ReleaseError::Erased } else { StoreError::NotWritten.into() }
}

/// One entry in the patient's own log, which nobody can read from now on, and one about nobody, which stays readable.
/// They share the permit.
async fn announced(
    keystore: &Keystore,
    entry: &Entry,
    held: &Held,
    ledger: Pseudonym<realms::Ledger>,
) -> Result<Vec<SealedEntry>, ReleaseError> {
    let mut entries = Vec::with_capacity(2);
    if let Some(wrapped) = held.key(KeySlot::Ledger) {
        let patient = held.patient.row.patient;
        let audit = keystore.ring.audit_key(&keystore.database, patient, wrapped).await?;
        entries.push(keystore.seal_for(entry, &audit, ledger));
    }
    entries.push(keystore.seal_general(entry));
    Ok(entries)
}
