//! Applications that act in somebody's name: OAuth 2.0 (RFC 6749, RFC 9700), OpenID Connect Core 1.0 and SMART App
//! Launch 2.2.
//!
//! `/oauth/authorize` is a page: it passes its query on as it came, to [`Authorize::begin`] and again, with the person's
//! answer, to [`Authorize::decide`]. Nothing is kept between the two, so nothing of the query need be trusted.

use std::borrow::Cow;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{ActorId, Interactions, RequestContext, Role, ScopeContext, Secret};

use super::{
    BearerToken, ClientProof, IssuedToken, TokenError,
    sign_in::{SessionToken, Visit},
};
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(AuthorizeError, UserInfoError);

/// The longest query of an authorization request, in bytes, also as it comes back after a sign-in: a page must be able to
/// carry it in a URL.
pub const LONGEST_QUERY: usize = 8 * 1024;

/// Where the browser is to be sent: an absolute URL that may carry an authorization code. Answer 303 with it.
pub type Location = Secret<String>;

/// What an authorization request needs next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step {
    /// Somebody must sign in, or the same person again: then come back with this query.
    SignIn {
        /// Whether a session is there and must be proven anew (`prompt=login`, `max_age`).
        again: bool,
        /// The query to come back with.
        then: String,
    },
    /// The session's duties come first: then come back with this query.
    Duties {
        /// The query to come back with.
        then: String,
    },
    /// The person is asked: show the page.
    Ask(Box<Question>),
    /// The person was asked before: send the browser on.
    Redirect(#[serde(with = "tacenda_kernel::kept")] Location),
}

/// What the page asks the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// What the application is called.
    pub application: String,
    /// The host that the browser goes to with the answer; none where that is a program on the person's own computer.
    pub host: Option<String>,
    /// Whether the application can prove that it is the one it says. One that cannot deserves a warning.
    pub proves_itself: bool,
    /// The roles that fit, at least one. With one there is nothing to choose.
    pub roles: Vec<Role>,
    /// What the application asks for.
    pub scopes: Vec<Meaning>,
    /// Whether a patient must be named with the answer: for the role of a patient themselves ([`super::launch::LaunchPatients::own`]),
    /// for other roles one whom the person chooses ([`super::launch::LaunchPatients::find`]).
    pub needs_patient: bool,
}

/// What a scope means, for the page to say in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Meaning {
    /// `openid`: to know that it is this person.
    Identity,
    /// `profile`: their name.
    Name,
    /// `fhirUser`: which resource describes them.
    OwnResource,
    /// `launch/patient`: to be told which patient it is about.
    Patient,
    /// `online_access`: to go on until the person signs out.
    WhileSignedIn,
    /// `offline_access`: to go on, also while the person is away.
    WhileAway,
    /// `role:…`: everything the person may do in this role.
    Everything(Role),
    /// Interactions with records.
    Records {
        /// Whose.
        context: ScopeContext,
        /// Of which FHIR type; none for every type.
        kind: Option<String>,
        /// What may be done with them.
        interactions: Interactions,
    },
}

/// What the person answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Decision {
    /// The application may.
    Allow {
        /// In which of the offered roles.
        role: Role,
        /// The id of the patient, where one must be named: a FHIR id as callers of this role see it.
        patient: Option<String>,
    },
    /// It may not.
    Deny,
}

/// An authorization request is not answered with a code.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizeError {
    /// Say it on a page, and send the browser nowhere: where it would go is not known to be the application.
    #[error(transparent)]
    Page(#[from] AuthorizeFault),
    /// Send the browser there: the application's own address, with an error code of RFC 6749 §4.1.2.1.
    #[error("the authorization request was refused")]
    Redirect(#[source] Refused),
    /// The session is over: begin again.
    #[error("the session is over; sign in again")]
    Ended,
    /// A disk is full: that of accounts, or of the ledger. Nothing was done.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found or recorded.
    #[error("applications cannot be authorised now; try again in a minute")]
    Unavailable,
}

/// Where the browser goes with an error.
#[derive(Clone, Debug, thiserror::Error, Serialize, Deserialize)]
#[error("{code}")]
pub struct Refused {
    /// The error code.
    pub code: Cow<'static, str>,
    /// The application's address with the error.
    #[serde(with = "tacenda_kernel::kept")]
    pub location: Location,
}

impl PartialEq for Refused {
    fn eq(&self, other: &Self) -> bool {
        // EXPOSE: two addresses are compared.
        self.code == other.code && self.location.expose() == other.location.expose()
    }
}

impl Eq for Refused {}

/// Why a request cannot be answered at the application's address.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizeFault {
    /// `client_id` is missing, unknown, or of an application that was disabled or uses no pages.
    #[error("no such application is registered here: ask whoever runs it")]
    UnknownApplication,
    /// `redirect_uri` is missing, or not exactly one that is registered.
    #[error("the application wants its answer at an address that is not registered: ask whoever runs it")]
    UnknownAddress,
    /// The query cannot be read, is too long, or says something twice.
    #[error("the application sent a request that cannot be read: ask whoever runs it")]
    Malformed,
    /// The role or patient of the answer was not among those offered.
    #[error("that answer was not among those offered: go back and choose again")]
    NotOffered,
}

impl AuthorizeFault {
    /// The reason code in the ledger.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownApplication => "unknown-application",
            Self::UnknownAddress => "unknown-address",
            Self::Malformed => "malformed-request",
            Self::NotOffered => "not-offered",
        }
    }
}

/// A client at the token, revocation or introspection endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientClaim {
    /// The client; for an assertion it may be left out and is read from it.
    pub client_id: Option<String>,
    /// Its proof.
    pub proof: ClientProof,
}

/// What a client gives for tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Redemption {
    /// Grant type `authorization_code` with PKCE (RFC 7636).
    Code {
        /// The code.
        #[serde(with = "tacenda_kernel::kept")]
        code: Secret<String>,
        /// The address it came to.
        redirect_uri: String,
        /// What the challenge was made from.
        #[serde(with = "tacenda_kernel::kept")]
        verifier: Secret<String>,
    },
    /// Grant type `refresh_token`.
    Refresh {
        /// The refresh token.
        #[serde(with = "tacenda_kernel::kept")]
        token: Secret<String>,
        /// Fewer scopes than before, space separated.
        scope: Option<String>,
    },
}

/// What a client gets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tokens {
    /// The access token.
    pub access: IssuedToken,
    /// The next refresh token; the one before is worth nothing now.
    #[serde(with = "tacenda_kernel::kept")]
    pub refresh_token: Option<Secret<String>>,
    /// The ID token (OpenID Connect Core §2), where `openid` was granted.
    #[serde(with = "tacenda_kernel::kept")]
    pub id_token: Option<Secret<String>>,
    /// The FHIR id of the patient the application was started for.
    pub patient: Option<String>,
    /// The FHIR resource that describes the person, where `fhirUser` was granted and there is one.
    pub fhir_user: Option<String>,
}

/// What a token is (RFC 7662), told to the client it was issued to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introspected {
    /// The client.
    pub client_id: String,
    /// In whose name.
    pub subject: ActorId,
    /// The scopes, space separated.
    pub scope: String,
    /// Whether it is an access token; otherwise a refresh token.
    pub is_access_token: bool,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The FHIR id of the patient the application was started for.
    pub patient: Option<String>,
}

/// What the UserInfo endpoint tells (OpenID Connect Core §5.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserInfo {
    /// `sub`
    pub subject: ActorId,
    /// `name`, where `profile` was granted.
    #[serde(with = "tacenda_kernel::kept")]
    pub name: Option<Secret<String>>,
    /// `fhirUser`, where it was granted and there is one.
    pub fhir_user: Option<String>,
}

/// UserInfo is not told (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserInfoError {
    /// `invalid_token`
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// `insufficient_scope`
    #[error("the token was issued without the scope openid")]
    InsufficientScope,
    /// A disk is full: that of accounts, or of the ledger. Nothing was given.
    #[error("there is no space left")]
    Full,
    /// The answer could not be found or recorded.
    #[error("user info is not available now")]
    Unavailable,
}

/// A request to sign out by an application (OpenID Connect RP-Initiated Logout 1.0).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Farewell {
    /// The session is over, if there was one: go to the application's registered address, or to the sign-in page.
    Done(#[serde(with = "tacenda_kernel::kept")] Option<Location>),
    /// It is not certain who asks: let the person confirm on the sign-out page. Nothing has ended.
    Confirm,
}

/// An application that somebody let in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LetIn {
    /// Its client id, by which its access is ended.
    pub client_id: String,
    /// What it is called.
    pub application: String,
    /// In which role.
    pub role: Role,
    /// What it may.
    pub scopes: Vec<Meaning>,
    /// Since when.
    pub since: Timestamp,
    /// When it last got a token, to the hour.
    pub last_used_at: Option<Timestamp>,
}

/// The OAuth 2.0 authorization server and OpenID provider. What is answered is in the ledger first.
#[contract(Gateway)]
#[async_trait]
pub trait Authorize: Send + Sync + 'static {
    /// Reads an authorization request: the raw query of `/oauth/authorize`.
    #[callers(Web)]
    async fn begin(
        &self,
        query: &str,
        session: Option<&SessionToken>,
        visit: &Visit,
    ) -> Result<Step, AuthorizeError>;

    /// Takes the person's answer to the same query, and says where the browser goes with it.
    #[callers(Web)]
    async fn decide(
        &self,
        query: &str,
        session: &SessionToken,
        decision: Decision,
        visit: &Visit,
    ) -> Result<Location, AuthorizeError>;

    /// Gives tokens for a code or a refresh token. A code or refresh token that comes twice ends everything that came
    /// of it.
    async fn redeem(
        &self,
        client: ClientClaim,
        redemption: Redemption,
        request: RequestContext,
    ) -> Result<Tokens, TokenError>;

    /// Ends what a token came of (RFC 7009). A token that is not the client's, or is none, changes nothing.
    async fn revoke(
        &self,
        client: ClientClaim,
        token: &Secret<String>,
        request: RequestContext,
    ) -> Result<(), TokenError>;

    /// What a token is (RFC 7662); none where it is not in force, or not this client's.
    async fn introspect(
        &self,
        client: ClientClaim,
        token: &Secret<String>,
        request: RequestContext,
    ) -> Result<Option<Introspected>, TokenError>;

    /// Who a token is for.
    async fn user_info(
        &self,
        token: Option<&BearerToken>,
        request: RequestContext,
    ) -> Result<UserInfo, UserInfoError>;

    /// Reads a request to sign out: the raw query of `/oauth/logout`.
    async fn farewell(
        &self,
        query: &str,
        session: Option<&SessionToken>,
        visit: &Visit,
    ) -> Result<Farewell, AuthorizeError>;

    /// The applications that the session's person let in.
    #[callers(Web)]
    async fn let_in(&self, session: &SessionToken, visit: &Visit) -> Result<Vec<LetIn>, AuthorizeError>;

    /// Ends an application's access to everything in the person's name, within 5 seconds.
    /// [`AuthorizeFault::UnknownApplication`] where it has none.
    #[callers(Web)]
    async fn put_out(
        &self,
        session: &SessionToken,
        client_id: &str,
        visit: &Visit,
    ) -> Result<(), AuthorizeError>;
}
