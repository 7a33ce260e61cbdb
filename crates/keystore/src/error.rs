//! What can go wrong inside the keystore, and what callers are told of it.

use tacenda_contracts::keystore::{PermitError, ReleaseError};
use tacenda_postgres::DatabaseError;

/// The keystore cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database was made with another root key.
    #[error("this is not the root key that the keystore's database was made with")]
    WrongRootKey,
    /// A stored key is damaged.
    #[error("a stored compartment key does not open: it was altered or moved")]
    DamagedKey,
    /// The database does not answer.
    #[error("the keystore's database does not answer")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A statement failed, or what is stored is not what was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database does not do it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A row has no meaning.
    #[error("a row of the keystore's database has no meaning")]
    Malformed,
    /// A wrapped key does not open.
    #[error("a wrapped key does not open: it was altered or moved")]
    DamagedKey,
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DamagedKey => Self::DamagedKey,
            other => Self::Store(Box::new(other)),
        }
    }
}

impl From<StoreError> for PermitError {
    fn from(error: StoreError) -> Self {
        report(&error);
        match error {
            StoreError::Database(DatabaseError::Full) => Self::Full,
            _ => Self::Unavailable,
        }
    }
}

impl From<StoreError> for ReleaseError {
    fn from(error: StoreError) -> Self {
        report(&error);
        match error {
            StoreError::Database(DatabaseError::Full) => Self::Full,
            StoreError::DamagedKey => Self::Damaged,
            _ => Self::Unavailable,
        }
    }
}

/// No message of these errors quotes a row.
fn report(error: &StoreError) {
    tracing::error!("{error}");
}
