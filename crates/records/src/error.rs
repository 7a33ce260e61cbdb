//! Why a request on records is not answered with records.

use tacenda_contracts::{
    keystore::{PermitError, ReleaseError},
    vault::VaultError,
};
use tacenda_fhir::{Issue, IssueCode};
use tacenda_kernel::Version;
use tacenda_postgres::DatabaseError;

/// Every reason; the edge translates each to its own language once.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordsError {
    /// The token is not valid.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// This role may never do that.
    #[error("this role may not do that")]
    Forbidden,
    /// The scopes of the caller's token leave no right to do that to this type.
    #[error("the token's scopes do not cover that")]
    OutOfScope,
    /// The person proved who they are too long ago for this.
    #[error("prove again who you are")]
    ProofNeeded,
    /// Nothing is there for this caller.
    #[error("there is nothing there for this caller")]
    NotFound,
    /// It was deleted, by this version where it is known, or its patient was erased.
    #[error("the record was deleted")]
    Gone(Option<Version>),
    /// The caller's version is not the current one.
    #[error("the record has been changed meanwhile")]
    Conflict,
    /// The request is not one that can be done; each issue says where and why, without a value.
    #[error("the request is not valid")]
    Invalid(Vec<Issue>),
    /// The server itself writes it, and nobody else does.
    #[error("it is written by the server itself")]
    ReadOnly,
    /// A stored row was altered.
    #[error("a stored record was damaged")]
    Damaged,
    /// A disk is full. Nothing was disclosed, and nothing was written.
    #[error("there is no space left for records")]
    Full,
    /// Something behind does not answer. Nothing was disclosed.
    #[error("records are not available now")]
    Unavailable,
    /// The caller may see something else than on the page before: all pages together would look whole and not be.
    #[error("the caller may see something else than on the page before")]
    OtherRights,
    /// A transaction with this idempotency key was done before.
    #[error("this transaction was done before")]
    Repeated,
}

impl From<PermitError> for RecordsError {
    fn from(error: PermitError) -> Self {
        match error {
            PermitError::Unauthenticated => Self::Unauthenticated,
            PermitError::Forbidden => Self::Forbidden,
            PermitError::ProofNeeded => Self::ProofNeeded,
            PermitError::NotFound => Self::NotFound,
            PermitError::Erased => Self::Gone(None),
            PermitError::Full => Self::Full,
            PermitError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<ReleaseError> for RecordsError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Permit(_) | ReleaseError::OtherCompartment => Self::Forbidden,
            ReleaseError::Erased => Self::Gone(None),
            ReleaseError::Damaged => Self::Damaged,
            ReleaseError::Full => Self::Full,
            ReleaseError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<VaultError> for RecordsError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NotFound => Self::NotFound,
            VaultError::Gone(version) => Self::Gone(Some(version)),
            VaultError::Conflict => Self::Conflict,
            VaultError::Refused => Self::Forbidden,
            VaultError::Erased => Self::Gone(None),
            VaultError::Damaged => Self::Damaged,
            VaultError::TooLarge => {
                let reason = "the resource is larger, or can be found by more, than a vault takes";
                Self::Invalid(vec![Issue::new(IssueCode::TooLong, reason)])
            }
            VaultError::Full => Self::Full,
            VaultError::TooCostly => {
                let reason = "more than 5,000 records would have to be looked at for an order or a total: narrow the \
                              search, by a code or a range of days for example, or leave out _sort, _total and _summary=count";
                Self::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
            }
            VaultError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<DatabaseError> for RecordsError {
    fn from(error: DatabaseError) -> Self {
        tracing::error!(error = %error, "the records database did not answer as it should");
        if error == DatabaseError::Full { Self::Full } else { Self::Unavailable }
    }
}
