//! Giving a vault the keys that a permit opens.

use std::sync::Arc;

use tacenda_contracts::{
    keystore::{KeyRelease, ReleaseError},
    permit::{Permit, PermitClaims, PermitFault},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Action, Compartment, Pseudonym, realms};

use crate::{service::Keystore, slot::KeySlot, store::patient_keys};

/// Verifies the permit, then unwraps.
///
/// SECURITY: a permit to look up opens a compartment for nobody in particular, and there is no key for nobody's rows.
pub(crate) async fn release(
    keystore: &Keystore,
    permit: &Permit,
    compartment: Compartment,
) -> Result<Arc<KeyRelease>, ReleaseError> {
    let claims = verified(keystore, permit)?;
    if claims.action == Action::Lookup || permit.opening(compartment).is_none() {
        return Err(ReleaseError::OtherCompartment);
    }
    match (&claims.subject, compartment) {
        (None, Compartment::Directory) => Ok(Arc::clone(&keystore.directory)),
        (None, _) | (Some(_), Compartment::Directory) => Err(ReleaseError::OtherCompartment),
        (Some(subject), _) => {
            unwrapped(keystore, keystore.numbers.root_in_ledger(subject.ledger), compartment).await
        }
    }
}

/// The claims of a permit that this keystore made and that is not over.
pub(crate) fn verified<'a>(keystore: &Keystore, permit: &'a Permit) -> Result<&'a PermitClaims, PermitFault> {
    permit.verify(&keystore.permit_key, keystore.clock.now()).inspect_err(|fault| {
        if *fault == PermitFault::Forged {
            tracing::error!("a permit that was not issued here was presented");
        }
    })
}

/// A patient's audit key.
pub(crate) async fn audit_key(
    keystore: &Keystore,
    patient: Pseudonym<realms::Root>,
) -> Result<AuditKey, ReleaseError> {
    let held = patient_keys::held(&keystore.database, patient, &[KeySlot::Ledger]).await?;
    let Some([wrapped]) = held.as_deref() else { return Err(ReleaseError::Erased) };
    Ok(keystore.ring.audit_key(patient, wrapped)?)
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
    let slots = [KeySlot::Vault(compartment), KeySlot::Ledger];
    let wrapped = patient_keys::held(&keystore.database, patient, &slots).await?;
    let Some([rows, audit]) = wrapped.as_deref() else { return Err(ReleaseError::Erased) };
    let release = Arc::new(KeyRelease {
        patient: keystore.ring.patient_key(patient, rows)?,
        audit: keystore.ring.audit_key(patient, audit)?,
    });
    keystore.released.keep(ticket, patient, compartment, now, &release);
    Ok(release)
}
