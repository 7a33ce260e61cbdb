//! Giving and withdrawing relations to a patient.

use tacenda_contracts::{
    entry::Event,
    keystore::{Grant, GrantKind, ReleaseError},
    permit::{Permit, PermitClaims},
};
use tacenda_kernel::{Action, Compartment, Kinds, Pseudonym, realms};

use super::release_keys::{audit_key, verified};
use crate::{grant_seal::GivenGrant, service::Keystore, store::grants};

/// Gives `grant`, in place of the one in force for the same actor, kind and purpose.
///
/// CRASH: between the entry and the change the ledger says that a change was permitted which did not happen; asking
/// again changes.
pub(crate) async fn give(keystore: &Keystore, permit: &Permit, grant: Grant) -> Result<(), ReleaseError> {
    let claims = verified(keystore, permit)?;
    let ledger = governed(claims, permit).ok_or(ReleaseError::OtherCompartment)?;
    if grant.actor.is_none() && grant.kind != GrantKind::ResearchConsent {
        return Err(ReleaseError::OtherCompartment);
    }
    let patient = keystore.numbers.root_in_ledger(ledger);
    let audit = audit_key(keystore, patient).await?;
    let entry = keystore.entry_for(claims, Event::GrantChanged);
    keystore.recorded(vec![keystore.seal_for(&entry, &audit, ledger)]).await?;
    let now = keystore.clock.now();
    let given = GivenGrant { patient, grant, by: claims.actor.id, at: now };
    Ok(grants::replace(&keystore.database, &given, &given.seal(&keystore.grant_key)).await?)
}

/// The patient whose relations the permit governs: who may register a patient or change their identity, and by no
/// token whose scopes narrow that.
pub(crate) fn governed(claims: &PermitClaims, permit: &Permit) -> Option<Pseudonym<realms::Ledger>> {
    let subject = claims.subject.as_ref().filter(|_| claims.kinds == Kinds::All)?;
    let governs = match claims.action {
        Action::Register => true,
        Action::Update => permit.opening(Compartment::Identity).is_some(),
        _ => false,
    };
    governs.then_some(subject.ledger)
}
