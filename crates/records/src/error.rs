//! Why a request on records is not answered with records.

use tacenda_contracts::{
    keystore::{PermitError, ReleaseError},
    vault::VaultError,
};
use tacenda_fhir::{Issue, IssueCode};
use tacenda_kernel::Version;
use tacenda_postgres::DatabaseError;

/// Every reason, in the words that the caller is told.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordsError {
    /// The token is not valid.
    #[error("a valid access token is needed: send Authorization: Bearer <token>; tokens last 5 minutes")]
    Unauthenticated,
    /// This role may never do that.
    #[error("this role may not do that here, or not for this purpose of use")]
    Forbidden,
    /// The scopes of the caller's token leave no right to do that to this type.
    #[error("the application was not given access to that: ask for a scope of this type and interaction")]
    OutOfScope,
    /// The person proved who they are too long ago for this.
    #[error("this needs a proof of the last 15 minutes of who you are: sign in again and use a new token")]
    ProofNeeded,
    /// Nothing is there for this caller.
    #[error("there is nothing there for this caller")]
    NotFound,
    /// It was deleted, by this version where it is known, or its patient was erased.
    #[error("the resource was deleted")]
    Gone(Option<Version>),
    /// The caller's version is not the current one.
    #[error("the resource has another version now: read it again and send its ETag as If-Match")]
    Conflict,
    /// The request is not one that can be done; each issue says where and why, without a value.
    #[error("the request is not valid")]
    Invalid(Vec<Issue>),
    /// The server itself writes it, and nobody else does.
    #[error("the server itself writes this: it can be read and searched, and nothing else")]
    ReadOnly,
    /// Criteria that should find one resource find more.
    #[error("the criteria find several resources: say more, so that they find one")]
    Several,
    /// One entry of a bundle is to blame.
    #[error("{at}: {error}")]
    In {
        /// What of the bundle, as a FHIRPath expression.
        at: String,
        /// Why.
        error: Box<RecordsError>,
    },
    /// A stored row was altered.
    #[error("a stored record was damaged and is not shown; tell the security officer")]
    Damaged,
    /// A disk is full. Nothing was disclosed, and nothing was written.
    #[error(
        "a disk of the server is full; nothing was written and nothing disclosed: tell the operator to give the databases space, then try again"
    )]
    Full,
    /// Something behind does not answer. Nothing was disclosed.
    #[error("records are not available now, and nothing was disclosed; try again later")]
    Unavailable,
    /// The caller may see something else than on the page before: all pages together would look whole and not be.
    #[error("what the caller may see is not what it was on the pages before: begin anew, without _cursor")]
    OtherRights,
    /// A transaction with this idempotency key was done before.
    #[error("a transaction with this Idempotency-Key was done before")]
    Repeated,
}

impl RecordsError {
    /// The refusal with the entry of a bundle that it is about, and the part of it that names the resource. What is wrong
    /// behind is about no entry.
    pub(crate) fn within(self, entry: &str, part: &str) -> Self {
        let at = format!("{entry}.{part}");
        match self {
            Self::Invalid(issues) => {
                let resource = format!("{entry}.resource");
                let located = issues.into_iter().map(|issue| match issue.expression {
                    Some(_) => issue.within(&resource),
                    None => issue.at(at.clone()),
                });
                Self::Invalid(located.collect())
            }
            Self::Unauthenticated | Self::Full | Self::Unavailable => self,
            Self::In { at, error } => {
                let inside = at.split_once('.').map_or(String::new(), |(_, rest)| format!(".{rest}"));
                Self::In { at: format!("{entry}.resource{inside}"), error }
            }
            error => Self::In { at, error: Box::new(error) },
        }
    }
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
