//! How the database's refusals read to the ledger's callers.

use tacenda_contracts::ledger::LedgerError;
use tacenda_postgres::DatabaseError;

use crate::head::LoadError;

pub(crate) fn unavailable(error: DatabaseError) -> LedgerError {
    tracing::error!(error = %error, "the ledger's database did not answer as it should");
    match error {
        DatabaseError::Full => LedgerError::Full,
        _ => LedgerError::Unavailable,
    }
}

pub(crate) fn from_load(error: LoadError) -> LedgerError {
    match error {
        LoadError::Database(error) => unavailable(error),
        LoadError::Refused(mismatch) => {
            tracing::error!(%mismatch, "the ledger's storage is refused: nothing is recorded until it is mended");
            LedgerError::Inconsistent
        }
    }
}
