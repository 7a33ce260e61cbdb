//! What can go wrong inside the keystore, and what callers are told of it.

use tacenda_contracts::keystore::{PermitError, ReleaseError};
use tacenda_postgres::DatabaseError;

use crate::{past::PastError, unsealer::UnsealError};

/// The keystore cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database was made with another root key.
    #[error("this is not the root key that the keystore's database was made with")]
    WrongRootKey,
    /// No key was ever made.
    #[error(
        "no keys were made yet: `tacenda migrate` makes them, once, in an installation that holds nothing"
    )]
    NoKeys,
    /// Keys are missing beside others, or beside patients.
    #[error(
        "missing in the keystore's database: {0}. None is made anew, since what was sealed under it would be lost: \
         restore a backup of this database"
    )]
    MissingKeys(String),
    /// The master secret does not open.
    #[error(transparent)]
    Unseal(UnsealError),
    /// A stored key is damaged.
    #[error("{0} does not open: it was altered or moved. Restore a backup of the keystore's database")]
    DamagedKey(String),
    /// What is over cannot be read, and so no key may be given.
    #[error(transparent)]
    Past(#[from] PastError),
    /// What the ledger says is over, and is not in the database, could not be ended.
    #[error("the keystore's database is not as the ledger says, and could not be brought there")]
    Check(#[source] Box<CheckError>),
    /// The database does not answer.
    #[error("the keystore's database does not answer")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The keystore does not stand as it should, or cannot look.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Keys that are made once are not stored as they were.
    #[error(
        "missing or altered in the keystore's database: {0}. Do not restart: this process still has the keys. Restore a \
         backup of that database, or let whoever altered it undo that"
    )]
    Keys(String),
    /// The ledger does not say what is over.
    #[error(transparent)]
    Past(#[from] PastError),
    /// What was ended could not be recorded.
    #[error("what the keystore ended could not be recorded")]
    NotRecorded,
    /// The database does not answer, or does not do what it is told.
    #[error("the keystore's tables could not be looked after")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for CheckError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DamagedKeyOf(name) => Self::Keys(name),
            other => Self::Store(Box::new(other)),
        }
    }
}

/// A statement failed, or what is stored is not what was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database does not do it.
    #[error(transparent)]
    Database(DatabaseError),
    /// A row has no meaning.
    #[error("a row of the keystore's database has no meaning")]
    Malformed,
    /// A wrapped key does not open.
    #[error("a wrapped key does not open: it was altered or moved")]
    DamagedKey,
    /// A key that is made once is not as it was.
    #[error("{0} does not open: it was altered or moved")]
    DamagedKeyOf(String),
    /// A key that every patient has is not there.
    #[error("a patient's key is missing: it was deleted, and no erasure is in the ledger")]
    MissingKey,
    /// A row is not what this service wrote.
    #[error("a row of table {0} is not what was written: it was made, altered or moved in the database")]
    Altered(&'static str),
    /// The database answered a write without doing it.
    #[error(
        "the keystore's database did not write what it was told: look for triggers and rules on its tables"
    )]
    NotWritten,
}

/// The SQLSTATE of a division by zero, by which a statement undoes itself that did less than it was told.
const UNDONE: &str = "22012";

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        if error.sqlstate() == Some(UNDONE) { Self::NotWritten } else { Self::Database(error) }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::from(DatabaseError::from(error))
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DamagedKeyOf(name) => Self::DamagedKey(name),
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
            StoreError::DamagedKey | StoreError::MissingKey | StoreError::Altered(_) => Self::Damaged,
            _ => Self::Unavailable,
        }
    }
}

/// No message of these errors quotes a row.
fn report(error: &StoreError) {
    tracing::error!("{error}");
}
