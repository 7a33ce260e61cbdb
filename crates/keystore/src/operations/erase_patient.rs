//! Destroying a patient's keys, and saying so under signature.

use tacenda_contracts::{
    entry::{Event, SealedEntry},
    keystore::{ErasureCertificate, ReleaseError},
    permit::{Permit, PermitClaims},
};
use tacenda_kernel::{Action, Pseudonym, realms};

use super::release_keys::{audit_key, verified};
use crate::{certificate, service::Keystore, store::patients};

/// Erases.
///
/// CRASH: between the entries and the destruction the ledger says that an erasure was permitted which did not happen;
/// asking again erases.
pub(crate) async fn erase(keystore: &Keystore, permit: &Permit) -> Result<ErasureCertificate, ReleaseError> {
    let claims = verified(keystore, permit)?;
    let subject = claims.subject.as_ref().filter(|_| claims.action == Action::Erase);
    let ledger = subject.ok_or(ReleaseError::OtherCompartment)?.ledger;
    let patient = keystore.numbers.root_in_ledger(ledger);
    let now = keystore.clock.now();
    // Signed first, and given away last: destroyed keys without a certificate could not be certified again.
    let certificate =
        certificate::sign(&keystore.certificate_key, ledger, now).map_err(|_| ReleaseError::Unavailable)?;
    let entries = announced(keystore, claims, patient, ledger).await?;
    keystore.recorded(entries).await?;
    let destroyed = patients::erase(&keystore.database, patient, now).await;
    keystore.released.drop_patient(patient);
    if destroyed? { Ok(certificate) } else { Err(ReleaseError::Erased) }
}

/// One entry in the patient's own log, which nobody can read from now on, and one about nobody, which stays readable.
/// They share the permit.
async fn announced(
    keystore: &Keystore,
    claims: &PermitClaims,
    patient: Pseudonym<realms::Root>,
    ledger: Pseudonym<realms::Ledger>,
) -> Result<Vec<SealedEntry>, ReleaseError> {
    let audit = audit_key(keystore, patient).await?;
    let entry = keystore.entry_for(claims, Event::Access(Action::Erase));
    Ok(vec![keystore.seal_for(&entry, &audit, ledger), keystore.seal_general(&entry)])
}
