//! What can go wrong beyond the contract's own errors.

use tacenda_contracts::accounts::{
    IdentifyError, TokenError,
    links::LinkError,
    oauth::{AuthorizeError, UserInfoError},
    own_account::OwnAccountError,
    sign_in::{SessionError, SessionTokenError, SignInError},
};
use tacenda_postgres::DatabaseError;

use crate::{hashing::HashingFailed, one_time_codes::NoCodes, recorder::Unrecorded, sealing::SealingFailed};

/// The service does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The account database did not answer.
    #[error("the account database did not answer")]
    Database(#[source] DatabaseError),
    /// A stored signing key does not open: another root key, or an altered row.
    #[error("a stored signing key does not open under this root key")]
    SigningKey,
    /// Argon2 does not take its parameters.
    #[error("passwords cannot be hashed")]
    Hashing,
}

/// An account was not changed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChangeError {
    /// The author may not change accounts, or not their own.
    #[error("this may not be changed by its author")]
    Refused,
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// Another account has this e-mail address, patient or client id.
    #[error("another account has this e-mail address, patient or client id")]
    Taken,
    /// What is asked for fits no account of this kind; the field's name is told.
    #[error("{0} does not fit")]
    Invalid(&'static str),
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The change could not be recorded or stored.
    #[error("accounts cannot be changed now")]
    Unavailable,
}

/// The account database did not answer as it should. The cause is in the log, without any value.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unanswered {
    /// Because its disk is full.
    pub(crate) full: bool,
}

pub(crate) fn unanswered(error: DatabaseError) -> Unanswered {
    tracing::error!(error = %error, "the account database did not answer as it should");
    Unanswered { full: error == DatabaseError::Full }
}

impl From<DatabaseError> for OpenError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<DatabaseError> for ChangeError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Self::Taken,
            other => unanswered(other).into(),
        }
    }
}

/// All of these mean: the answer is not known now. Their cause is in the log, or says nothing more.
macro_rules! unavailable {
    ($($cause:ty => $($error:ty),+;)*) => {$($(
        impl From<$cause> for $error {
            fn from(_: $cause) -> Self {
                Self::Unavailable
            }
        }
    )+)*};
}

unavailable! {
    HashingFailed => ChangeError, LinkError, OwnAccountError, SignInError;
    SealingFailed => ChangeError, LinkError, OwnAccountError, SessionError, SignInError;
}

/// That a disk is full is for the operator, and trying again does not help.
macro_rules! full_or_unavailable {
    ($($cause:ty => $($error:ty),+;)*) => {$($(
        impl From<$cause> for $error {
            fn from(cause: $cause) -> Self {
                if cause.full { Self::Full } else { Self::Unavailable }
            }
        }
    )+)*};
}

full_or_unavailable! {
    Unanswered => AuthorizeError, ChangeError, IdentifyError, LinkError, OwnAccountError, SessionError, SessionTokenError, SignInError, TokenError, UserInfoError;
    Unrecorded => AuthorizeError, ChangeError, IdentifyError, LinkError, OwnAccountError, SessionError, SessionTokenError, SignInError, TokenError, UserInfoError;
}

impl From<SealingFailed> for Unanswered {
    fn from(_: SealingFailed) -> Self {
        Self::default()
    }
}

impl From<Unrecorded> for Unanswered {
    fn from(unrecorded: Unrecorded) -> Self {
        Self { full: unrecorded.full }
    }
}

impl From<HashingFailed> for Unanswered {
    fn from(_: HashingFailed) -> Self {
        Self::default()
    }
}

impl From<NoCodes> for Unanswered {
    fn from(_: NoCodes) -> Self {
        tracing::error!("the secret of an authenticator app makes no codes");
        Self::default()
    }
}

unavailable! {
    SealingFailed => AuthorizeError, UserInfoError;
}
