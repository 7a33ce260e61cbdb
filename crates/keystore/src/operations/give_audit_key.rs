//! Giving an auditor, or a patient who asks who saw their records, the key to ledger entries.

use tacenda_contracts::{
    entry::Event,
    keystore::ReleaseError,
    permit::{Permit, PermitClaims},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Action, Pseudonym, realms};

use super::release_keys::{audit_key, verified};
use crate::service::Keystore;

/// Gives the key, after recording that it was given. A permit about one patient gives that patient's key alone; one
/// about nobody gives any.
pub(crate) async fn give(
    keystore: &Keystore,
    permit: &Permit,
    subject: Option<Pseudonym<realms::Ledger>>,
) -> Result<AuditKey, ReleaseError> {
    let claims = verified(keystore, permit)?;
    if !covers(claims, subject) {
        return Err(ReleaseError::OtherCompartment);
    }
    let key = match subject {
        None => keystore.audit_general.clone(),
        Some(ledger) => audit_key(keystore, keystore.numbers.root_in_ledger(ledger)).await?,
    };
    let entry = keystore.entry_for(claims, Event::Access(Action::Audit));
    let sealed = entry.seal(&key, subject, None, keystore.random.as_ref());
    keystore.recorded(vec![sealed]).await?;
    Ok(key)
}

fn covers(claims: &PermitClaims, subject: Option<Pseudonym<realms::Ledger>>) -> bool {
    let own = claims.subject.as_ref().map(|own| own.ledger);
    claims.action == Action::Audit && (own.is_none() || own == subject)
}
