//! Signing in to pages: sessions, and the factors that prove who somebody is.
//!
//! A browser holds one opaque token. Everything about its session is kept by the service, so that ending it there ends
//! it everywhere.

use std::borrow::Cow;
use std::net::IpAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{ActorId, Language, RequestContext, Role, Secret, TraceId};
use uuid::Uuid;

use super::IssuedToken;
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(SignInError, SessionError, SessionTokenError);

/// What the session cookie holds: 256 random bits, base64url. It is replaced whenever the standing rises.
pub type SessionToken = Secret<String>;

/// From where a request of a browser comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// The caller's address, where it is known.
    pub network: Option<IpAddr>,
    /// What the browser calls itself. More than 200 characters, and those that do not print, are cut away.
    pub agent: String,
    /// What the long-lived cookie of a known browser holds, as [`NewSession::device`] gave it.
    #[serde(with = "tacenda_kernel::kept")]
    pub device: Option<Secret<String>>,
    /// In which request.
    pub trace: TraceId,
}

impl Visit {
    /// The request that it is.
    #[must_use]
    pub const fn request(&self) -> RequestContext {
        RequestContext { trace: self.trace, address: self.network }
    }
}

/// How much a session has proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// The password is right and a second factor is owed. It opens nothing but the page that asks for it, for 5 minutes.
    Partial,
    /// One factor. Where the person has enrolled a second since, it is owed.
    Single,
    /// Two factors, or one that is two (a passkey that verified its user).
    Multi,
}

/// A way to prove a second time who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FactorKind {
    /// A passkey (WebAuthn).
    Passkey,
    /// An authenticator app (TOTP, RFC 6238).
    Totp,
    /// One of ten recovery codes.
    RecoveryCode,
}

/// A session that began, or whose standing rose: set both cookies anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewSession {
    /// For the session cookie. The token held before is worth nothing from now on.
    #[serde(with = "tacenda_kernel::kept")]
    pub token: SessionToken,
    /// For the long-lived cookie (400 days, `HttpOnly`): a browser that is known waits less after others' failures.
    #[serde(with = "tacenda_kernel::kept")]
    pub device: Secret<String>,
    /// What it has proven.
    pub standing: Standing,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// What must be done before any other page opens, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Duty {
    /// Prove the second factor: the standing is less than [`Standing::Multi`] and there is one.
    ProveSecondFactor,
    /// Choose another password: it is too old for the role, or an administrator wants it.
    ChangePassword,
    /// Enrol a second factor: a role needs one.
    EnrolSecondFactor,
}

/// A session in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// Its number, by which its owner ends it.
    pub id: Uuid,
    /// Whose.
    pub person: ActorId,
    /// What it has proven.
    pub standing: Standing,
    /// The roles in force now; at least one.
    pub roles: Vec<Role>,
    /// What the person is called on pages.
    #[serde(with = "tacenda_kernel::kept")]
    pub display_name: Secret<String>,
    /// In which language they read.
    pub language: Language,
    /// When a factor was last proven: the second for those who have one.
    pub proven_at: Option<Timestamp>,
    /// With what the person can prove themselves again beside the password; empty for those without a second factor.
    pub factors: Vec<FactorKind>,
    /// What must be done first. While there is any, no access token is issued.
    pub duties: Vec<Duty>,
    /// The token that forms of this session carry: a keyed hash of the session token.
    #[serde(with = "tacenda_kernel::kept")]
    pub csrf: Secret<String>,
    /// When it ends if nothing is asked before.
    pub idle_ends_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// What a browser needs to ask for a passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasskeyChallenge {
    /// Comes back with the answer; good once, for 5 minutes.
    #[serde(with = "tacenda_kernel::kept")]
    pub handle: Secret<String>,
    /// JSON for `navigator.credentials.get` or `.create` (`{"publicKey": …}`, binary values as base64url, for
    /// `PublicKeyCredential.parse…OptionsFromJSON`).
    pub options: String,
}

/// A person did not prove who they are.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignInError {
    /// Wrong address, password, code or passkey, or a suspended account; which of them is not told.
    #[error("that is not right; check what you typed and try again")]
    Wrong,
    /// Too many failures: wait.
    #[error("too many attempts; try again in {seconds} seconds")]
    Slow {
        /// How long, at least 1.
        seconds: u32,
    },
    /// The session that was to be raised is over: sign in again.
    #[error("this sign-in took too long; start again")]
    Ended,
    /// The person has a second factor, so their password alone proves nothing more.
    #[error("prove a second factor")]
    SecondFactorNeeded,
    /// A field is longer than any right value, or not one line of text; its name is told.
    #[error("{0} is too long or has characters that it cannot have")]
    Malformed(Cow<'static, str>),
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found or recorded.
    #[error("sign-in is not available now; try again in a minute")]
    Unavailable,
}

/// There is no session.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionError {
    /// It never was, or is over.
    #[error("the session is over; sign in again")]
    Ended,
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found or recorded.
    #[error("sign-in is not available now; try again in a minute")]
    Unavailable,
}

impl From<SessionError> for SignInError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Ended => Self::Ended,
            SessionError::Full => Self::Full,
            SessionError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<SessionError> for SessionTokenError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Ended => Self::Ended,
            SessionError::Full => Self::Full,
            SessionError::Unavailable => Self::Unavailable,
        }
    }
}

/// A session got no access token.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionTokenError {
    /// It never was, or is over.
    #[error("the session is over; sign in again")]
    Ended,
    /// The person does not have this role now.
    #[error("this role is not held now")]
    RoleNotHeld,
    /// Something must be done first: [`Session::duties`] says what.
    #[error("something must be done first")]
    DutyFirst,
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found or recorded.
    #[error("sign-in is not available now; try again in a minute")]
    Unavailable,
}

/// Why a password is not accepted as a new one.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordFault {
    /// Too few characters for the roles of the person.
    #[error("use at least {at_least} characters")]
    TooShort {
        /// The fewest that are accepted.
        at_least: u32,
    },
    /// Too many bytes.
    #[error("use at most {at_most} characters")]
    TooLong {
        /// The most that are accepted.
        at_most: u32,
    },
    /// zxcvbn finds it too easily, alone or with the person's name and address.
    #[error("this is too easy to guess; use several unrelated words")]
    Guessable,
    /// It is the present one or one of the last ten.
    #[error("this password was used before; choose another")]
    UsedBefore,
}

/// Signs people in. What is answered is in the ledger first.
#[contract(Web)]
#[async_trait]
pub trait SignIn: Send + Sync + 'static {
    /// Begins a session by e-mail address and password. An unknown address, a wrong password and a suspended account
    /// take the same work and get the same answer.
    async fn sign_in(
        &self,
        email: &Secret<String>,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, SignInError>;

    /// Proves a second factor: a code of the authenticator app, or a recovery code, each good once. In a session that
    /// has proven it already this is a proof anew.
    async fn prove_code(
        &self,
        session: &SessionToken,
        code: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, SignInError>;

    /// Proves the password anew, for those who have no second factor.
    async fn prove_password(
        &self,
        session: &SessionToken,
        password: &Secret<String>,
        visit: &Visit,
    ) -> Result<NewSession, SignInError>;

    /// Asks for a passkey: one of the session's person, or, without a session, any that the browser finds.
    async fn begin_passkey(
        &self,
        session: Option<&SessionToken>,
        visit: &Visit,
    ) -> Result<PasskeyChallenge, SignInError>;

    /// Takes the browser's answer (the JSON of `PublicKeyCredential.toJSON()`). The session has both factors.
    async fn finish_passkey(
        &self,
        handle: &Secret<String>,
        response: &str,
        visit: &Visit,
    ) -> Result<NewSession, SignInError>;

    /// The session of this token. Being asked is what keeps it from going idle.
    async fn session(&self, session: &SessionToken, visit: &Visit) -> Result<Session, SessionError>;

    /// An access token for one role of the session's person.
    async fn token(
        &self,
        session: &SessionToken,
        role: Role,
        trace: TraceId,
    ) -> Result<IssuedToken, SessionTokenError>;

    /// Ends the session. Ending one that is over is no error.
    async fn sign_out(&self, session: &SessionToken, trace: TraceId) -> Result<(), SessionError>;
}
