//! How other services' refusals read to a vault's caller.

use tacenda_contracts::{
    keystore::{PermitError, ReleaseError},
    ledger::LedgerError,
    vault::VaultError,
};
use tacenda_postgres::{BatchError, Database, DatabaseError};

pub(crate) fn from_release(error: ReleaseError) -> VaultError {
    match error {
        ReleaseError::Permit(_) | ReleaseError::OtherCompartment => VaultError::Refused,
        ReleaseError::Erased => VaultError::Erased,
        ReleaseError::Damaged => VaultError::Damaged,
        ReleaseError::Full => VaultError::Full,
        ReleaseError::Unavailable => VaultError::Unavailable,
    }
}

pub(crate) fn from_permit(error: PermitError) -> VaultError {
    match error {
        PermitError::Full => VaultError::Full,
        PermitError::Unavailable => VaultError::Unavailable,
        PermitError::Erased => VaultError::Erased,
        PermitError::Unauthenticated
        | PermitError::Forbidden
        | PermitError::ProofNeeded
        | PermitError::NotFound => VaultError::Refused,
    }
}

pub(crate) fn from_ledger(error: LedgerError) -> VaultError {
    match error {
        LedgerError::Full => VaultError::Full,
        LedgerError::Unavailable | LedgerError::Inconsistent => VaultError::Unavailable,
    }
}

/// What a vault's caller is told, and the log: there are several vaults, and its reader has to know which.
pub(crate) fn from_database(database: &Database) -> impl Fn(DatabaseError) -> VaultError {
    let service = database.service();
    move |error| match error {
        DatabaseError::Conflict => VaultError::Conflict,
        DatabaseError::Full => {
            tracing::error!(service, "the disk of a vault's database is full: give it space, or make some");
            VaultError::Full
        }
        other => {
            tracing::error!(service, error = %other, "a vault's database did not answer as it should");
            VaultError::Unavailable
        }
    }
}

/// The same, where it did less than it was asked.
pub(crate) fn not_whole(database: &Database) -> VaultError {
    tracing::error!(
        service = database.service(),
        "a vault's database did not store what it was given: look for triggers, rules and constraints that \
         `tacenda doctor` names"
    );
    VaultError::Unavailable
}

pub(crate) fn from_batch(error: BatchError<VaultError>) -> VaultError {
    match error {
        BatchError::Failed(error) => error,
        BatchError::Overloaded | BatchError::Lost => VaultError::Unavailable,
    }
}
