//! What signed-in people see and change of their own account.
//!
//! The caller holds the session token; the service looks at it itself. While a session owes a duty, only what
//! fulfils that duty is done.

mod seen;

use std::borrow::Cow;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{Language, Secret};
use uuid::Uuid;

pub use self::seen::{
    Attempt, AttemptOutcome, Attempts, Enrolled, FactorRef, Factors, HeldRole, OpenSession, OwnProfile,
    PasskeyFactor, TotpFactor, TotpOffer,
};
use super::sign_in::{
    NewSession, PasskeyChallenge, PasswordFault, SessionError, SessionToken, SignInError, Visit,
};
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(OwnAccountError);

/// Something of one's own account was not done.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnAccountError {
    /// The session is over: sign in again.
    #[error("the session is over; sign in again")]
    Ended,
    /// The session owes something else first.
    #[error("something must be done first")]
    DutyFirst,
    /// A factor must have been proven in the last 5 minutes: ask for it, then repeat.
    #[error("prove again who you are")]
    ProofNeeded,
    /// The old password, the code or the passkey is wrong.
    #[error("that is not right; check what you typed and try again")]
    Wrong,
    /// Too many failures: wait.
    #[error("too many attempts; try again in {seconds} seconds")]
    Slow {
        /// How long, at least 1.
        seconds: u32,
    },
    /// The new password is not accepted.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// It is the last second factor and a role needs one: enrol another first.
    #[error("a role needs a second factor; enrol another before you remove this one")]
    LastFactor,
    /// There is an authenticator app already, or there are as many passkeys as there may be.
    #[error("there are as many as there may be; remove one first")]
    TooMany,
    /// There is no such factor or session of this person.
    #[error("there is none any more")]
    NotFound,
    /// The person signs in at an identity provider, which keeps their address.
    #[error("the address is kept where this person signs in; change it there")]
    KeptElsewhere,
    /// A field does not fit; its name is told.
    #[error("{0} does not fit")]
    Malformed(Cow<'static, str>),
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found, stored or recorded.
    #[error("this is not available now; try again in a minute")]
    Unavailable,
}

impl From<SessionError> for OwnAccountError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Ended => Self::Ended,
            SessionError::Full => Self::Full,
            SessionError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<SignInError> for OwnAccountError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Self::Wrong,
            SignInError::Slow { seconds } => Self::Slow { seconds },
            SignInError::Ended => Self::Ended,
            SignInError::SecondFactorNeeded => Self::ProofNeeded,
            SignInError::Malformed(field) => Self::Malformed(field),
            SignInError::Full => Self::Full,
            SignInError::Unavailable => Self::Unavailable,
        }
    }
}

/// One's own account. Every change is in the ledger before it takes effect.
#[contract(Web)]
#[async_trait]
pub trait OwnAccount: Send + Sync + 'static {
    /// The person.
    async fn profile(&self, session: &SessionToken, visit: &Visit) -> Result<OwnProfile, OwnAccountError>;

    /// Reads pages and mail in this language from now on.
    async fn set_language(
        &self,
        session: &SessionToken,
        language: Language,
        visit: &Visit,
    ) -> Result<(), OwnAccountError>;

    /// Sets another password and ends all other sessions. The old one proves who asks.
    async fn change_password(
        &self,
        session: &SessionToken,
        old: &Secret<String>,
        new: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, OwnAccountError>;

    /// The second factors.
    async fn factors(&self, session: &SessionToken, visit: &Visit) -> Result<Factors, OwnAccountError>;

    /// Makes a secret for an authenticator app; it holds for nothing until [`OwnAccount::finish_totp`]. Needs a recent
    /// proof. Asked again within 10 minutes, the same secret is told.
    async fn begin_totp(&self, session: &SessionToken, visit: &Visit) -> Result<TotpOffer, OwnAccountError>;

    /// Enrols the app that shows this code.
    async fn finish_totp(
        &self,
        session: &SessionToken,
        code: &Secret<String>,
        visit: &Visit,
    ) -> Result<Enrolled, OwnAccountError>;

    /// Asks the browser for a new passkey. Needs a recent proof.
    async fn begin_passkey_enrolment(
        &self,
        session: &SessionToken,
        visit: &Visit,
    ) -> Result<PasskeyChallenge, OwnAccountError>;

    /// Enrols the passkey of the browser's answer (the JSON of `PublicKeyCredential.toJSON()`) under a name of 1 to 60
    /// characters.
    async fn finish_passkey_enrolment(
        &self,
        session: &SessionToken,
        handle: &Secret<String>,
        name: &Secret<String>,
        response: &str,
        visit: &Visit,
    ) -> Result<Enrolled, OwnAccountError>;

    /// Ten new recovery codes, told this once; the old ones are worth nothing. Needs a recent proof, and a second factor
    /// that they stand in for.
    async fn make_recovery_codes(
        &self,
        session: &SessionToken,
        visit: &Visit,
    ) -> Result<Vec<Secret<String>>, OwnAccountError>;

    /// Removes a second factor; with the last one the recovery codes go. Needs a recent proof.
    async fn remove_factor(
        &self,
        session: &SessionToken,
        factor: FactorRef,
        visit: &Visit,
    ) -> Result<(), OwnAccountError>;

    /// The sessions in force, the newest first.
    async fn sessions(
        &self,
        session: &SessionToken,
        visit: &Visit,
    ) -> Result<Vec<OpenSession>, OwnAccountError>;

    /// Ends one of them.
    async fn end_session(
        &self,
        session: &SessionToken,
        id: Uuid,
        visit: &Visit,
    ) -> Result<(), OwnAccountError>;

    /// Ends all but the one that asks; how many that were.
    async fn end_other_sessions(&self, session: &SessionToken, visit: &Visit)
    -> Result<u32, OwnAccountError>;

    /// The last attempts to sign in, at most 50 that succeeded and 50 that failed, of the last 90 days.
    async fn history(&self, session: &SessionToken, visit: &Visit) -> Result<Attempts, OwnAccountError>;
}
