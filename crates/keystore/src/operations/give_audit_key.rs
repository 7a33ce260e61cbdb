//! Giving an auditor, or a patient who asks who saw their records, the key to ledger entries.

use tacenda_contracts::{
    entry::{EntrySubject, Event},
    keystore::{AuditKeys, ReleaseError},
    permit::{Permit, PermitClaims},
};
use tacenda_kernel::{Action, Pseudonym, realms};

use super::release_keys::{audit_key, verified};
use crate::service::Keystore;

/// Gives the key, after recording that it was given. A permit about one patient gives that patient's key alone; one
/// about nobody gives any.
pub(crate) async fn give(
    keystore: &Keystore,
    permit: &Permit,
    subject: Option<Pseudonym<realms::Ledger>>,
) -> Result<AuditKeys, ReleaseError> {
    let claims = verified(keystore, permit)?;
    if !covers(claims, subject) {
        return Err(ReleaseError::OtherCompartment);
    }
    let entry = keystore.entry_for(claims, Event::Access(Action::Audit));
    let (keys, sealed) = match subject {
        None => (keystore.audit_of_services.clone(), keystore.seal_general(&entry)),
        Some(ledger) => {
            let key = audit_key(keystore, keystore.numbers.root_in_ledger(ledger)).await?;
            let sealed = keystore.seal_for(&entry, &key, ledger);
            (vec![(EntrySubject::Patient(ledger), key)], sealed)
        }
    };
    keystore.recorded(vec![sealed]).await?;
    Ok(AuditKeys::new(keys))
}

fn covers(claims: &PermitClaims, subject: Option<Pseudonym<realms::Ledger>>) -> bool {
    let own = claims.subject.as_ref().map(|own| own.ledger);
    claims.action == Action::Audit && (own.is_none() || own == subject)
}
