//! Giving a vault the keys that a permit opens.

use std::sync::Arc;

use tacenda_contracts::{
    keystore::{KeyRelease, ReleaseError},
    permit::{Permit, PermitClaims, PermitFault, Slice, SliceClaims},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Action, Compartment, Pseudonym, realms};

use crate::{
    error::StoreError,
    patient_seal::State,
    service::Keystore,
    slot::KeySlot,
    store::patients::{self, Held},
};

/// Verifies the permit, then unwraps.
///
/// SECURITY: a permit to look up opens a compartment for nobody in particular, and there is no key for nobody's rows.
pub(crate) async fn release(keystore: &Keystore, permit: &Slice) -> Result<Arc<KeyRelease>, ReleaseError> {
    let claims = check(keystore, permit)?;
    if claims.action == Action::Lookup {
        return Err(ReleaseError::OtherCompartment);
    }
    let compartment = claims.opening.compartment;
    match (claims.patient, compartment) {
        (None, Compartment::Directory) => Ok(Arc::clone(&keystore.directory)),
        (None, _) | (Some(_), Compartment::Directory) => Err(ReleaseError::OtherCompartment),
        (Some(patient), _) => {
            unwrapped(keystore, keystore.numbers.root_in_ledger(patient), compartment).await
        }
    }
}

/// What a slice says that this keystore made and that is not over.
pub(crate) fn check<'a>(keystore: &Keystore, slice: &'a Slice) -> Result<&'a SliceClaims, PermitFault> {
    slice.verify(&keystore.permit_key, keystore.clock.now()).inspect_err(tell)
}

/// The claims of a permit that this keystore made and that is not over.
pub(crate) fn verified<'a>(keystore: &Keystore, permit: &'a Permit) -> Result<&'a PermitClaims, PermitFault> {
    permit.verify(&keystore.permit_key, keystore.clock.now()).inspect_err(tell)
}

fn tell(fault: &PermitFault) {
    if *fault == PermitFault::Forged {
        tracing::error!("a permit that was not issued here was presented");
    }
}

/// A patient's audit key.
pub(crate) async fn audit_key(
    keystore: &Keystore,
    patient: Pseudonym<realms::Root>,
) -> Result<AuditKey, ReleaseError> {
    let held = held(keystore, patient, &[KeySlot::Ledger]).await?;
    let audit = held.key(KeySlot::Ledger).ok_or(StoreError::MissingKey)?;
    Ok(keystore.ring.audit_key(&keystore.database, patient, audit).await?)
}

async fn unwrapped(
    keystore: &Keystore,
    patient: Pseudonym<realms::Root>,
    compartment: Compartment,
) -> Result<Arc<KeyRelease>, ReleaseError> {
    let now = keystore.clock.now();
    if let Some(release) = keystore.released.get(patient, compartment, now) {
        return Ok(release);
    }
    let ticket = keystore.released.ticket();
    let slot = KeySlot::Vault(compartment);
    let held = held(keystore, patient, &[slot, KeySlot::Ledger]).await?;
    let rows = held.key(slot).ok_or(StoreError::MissingKey)?;
    let audit = held.key(KeySlot::Ledger).ok_or(StoreError::MissingKey)?;
    let database = &keystore.database;
    let release = Arc::new(KeyRelease {
        patient: keystore.ring.patient_key(database, patient, rows).await?,
        audit: keystore.ring.audit_key(database, patient, audit).await?,
    });
    keystore.released.keep(ticket, patient, compartment, now, &release);
    Ok(release)
}

/// A patient who is there, with the keys of these slots that are stored.
///
/// SECURITY: that a patient's keys are not stored is no erasure: their row, under its tag, says that there was one. And a
/// number that the ledger says was erased has no keys, whatever is stored.
async fn held(
    keystore: &Keystore,
    patient: Pseudonym<realms::Root>,
    slots: &[KeySlot],
) -> Result<Held, ReleaseError> {
    if keystore.past.is_erased(keystore.numbers.in_ledger(patient)) {
        return Err(ReleaseError::Erased);
    }
    let held = patients::held(&keystore.database, patient, slots, &keystore.patient_key).await?;
    held.filter(|held| held.patient.row.state != State::Erased).ok_or(ReleaseError::Erased)
}
