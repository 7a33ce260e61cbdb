//! The number that ties a patient's own account to their records.

use tacenda_contracts::{keystore::ReleaseError, permit::Permit};
use tacenda_kernel::{Pseudonym, realms};

use super::{give_grant::governed, release_keys::verified};
use crate::service::Keystore;

/// Finds it, for whoever governs the patient's relations: the account is one.
pub(crate) fn find(keystore: &Keystore, permit: &Permit) -> Result<Pseudonym<realms::Account>, ReleaseError> {
    let claims = verified(keystore, permit)?;
    let ledger = governed(claims, permit).ok_or(ReleaseError::OtherCompartment)?;
    Ok(keystore.numbers.in_account(keystore.numbers.root_in_ledger(ledger)))
}
