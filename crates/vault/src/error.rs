//! How other services' refusals read to a vault's caller.

use tacenda_contracts::{keystore::ReleaseError, ledger::LedgerError, vault::VaultError};
use tacenda_postgres::{BatchError, DatabaseError};

pub(crate) fn from_release(error: ReleaseError) -> VaultError {
    match error {
        ReleaseError::Permit(_) | ReleaseError::OtherCompartment => VaultError::Refused,
        ReleaseError::Erased => VaultError::Erased,
        ReleaseError::Unavailable => VaultError::Unavailable,
    }
}

pub(crate) fn from_ledger(error: LedgerError) -> VaultError {
    match error {
        LedgerError::Unavailable | LedgerError::Inconsistent => VaultError::Unavailable,
    }
}

pub(crate) fn from_database(error: DatabaseError) -> VaultError {
    match error {
        DatabaseError::Conflict => VaultError::Conflict,
        other => {
            tracing::error!(error = %other, "the vault's database did not answer as it should");
            VaultError::Unavailable
        }
    }
}

pub(crate) fn from_batch(error: BatchError<VaultError>) -> VaultError {
    match error {
        BatchError::Failed(error) => error,
        BatchError::Overloaded | BatchError::Lost => VaultError::Unavailable,
    }
}
