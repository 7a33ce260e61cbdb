//! Applications that act in somebody's name: OAuth 2.0 (RFC 6749, RFC 9700), OpenID Connect Core 1.0 and SMART App
//! Launch 2.2.
//!
//! `/oauth/authorize` is a page: it passes its query on as it came, to [`Authorize::begin`] and again, with the person's
//! answer, to [`Authorize::decide`]. Nothing is kept between the two, so nothing of the query need be trusted.

mod authorization;
mod tokens;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{RequestContext, Role, Secret};

pub use self::{
    authorization::{AuthorizeError, AuthorizeFault, Decision, Location, Meaning, Question, Refused, Step},
    tokens::{ClientClaim, Introspected, Redemption, Tokens, UserInfo, UserInfoError},
};
use super::{
    BearerToken, TokenError,
    sign_in::{SessionToken, Visit},
};
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(AuthorizeError, UserInfoError);

/// The longest query of an authorization request, in bytes, also as it comes back after a sign-in: a page must be able to
/// carry it in a URL.
pub const LONGEST_QUERY: usize = 8 * 1024;

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
