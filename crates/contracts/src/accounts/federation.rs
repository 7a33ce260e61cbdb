//! People who sign in at an identity provider of their hospital (OpenID Connect Core 1.0), and tokens that it gives.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{RequestContext, Secret};

use super::{
    BearerToken, IdentifyError,
    sign_in::{NewSession, Visit},
};
use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(FederationError, LogoutError);

/// A provider to choose on the sign-in page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderName {
    /// How it is named in paths: lower-case letters, digits and hyphens.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A sign-in that is to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Departure {
    /// At which provider.
    pub provider: String,
    /// Whether the person must prove themselves there anew, though they may be signed in there.
    pub again: bool,
    /// Where on this server they want to go; it comes back in [`Arrival::next`].
    pub next: String,
    /// What only this browser holds, in a cookie: nobody else can end the sign-in.
    #[serde(with = "tacenda_kernel::kept")]
    pub browser: Secret<String>,
}

/// What the provider sends the browser back with (RFC 6749 §4.1.2, RFC 9207).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Answer {
    /// `code`
    #[serde(with = "tacenda_kernel::kept")]
    pub code: Option<Secret<String>>,
    /// `state`
    #[serde(with = "tacenda_kernel::kept")]
    pub state: Option<Secret<String>>,
    /// `iss`
    pub issuer: Option<String>,
    /// `error`
    pub error: Option<String>,
}

/// Somebody who came back signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Arrival {
    /// Their session.
    pub session: NewSession,
    /// Where they wanted to go.
    pub next: String,
}

/// Nobody was signed in.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum FederationError {
    /// No provider has this name here.
    #[error("no such identity provider is configured")]
    NotFound,
    /// The sign-in is not one of this browser, is over, or was ended already.
    #[error("this sign-in is over or belongs to another browser; start again")]
    StartAgain,
    /// The provider sent somebody back without signing them in.
    #[error("the identity provider did not sign you in; start again")]
    Declined,
    /// What the provider answered proves nothing.
    #[error("the identity provider's answer is not valid; tell your administrator")]
    NotValid,
    /// The person has no role here, no account and none is made, or is suspended; which of them is not told.
    #[error("you have no access here; ask your administrator")]
    NotAdmitted,
    /// The provider does not answer.
    #[error("the identity provider does not answer; try again in a minute")]
    ProviderUnavailable,
    /// The answer could not be found or recorded.
    #[error("sign-in is not available now; try again in a minute")]
    Unavailable,
}

/// Sessions were not ended.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogoutError {
    /// No provider has this name here.
    #[error("no such identity provider is configured")]
    NotFound,
    /// The token is no valid logout token, or was used.
    #[error("the logout token is not valid")]
    NotValid,
    /// The provider's keys or our own database do not answer.
    #[error("sessions cannot be ended now; try again")]
    Unavailable,
}

/// Lets people in whom a configured provider knows. What is answered is in the ledger first.
#[contract(Web)]
#[async_trait]
pub trait Federation: Send + Sync + 'static {
    /// The providers, in the order of the configuration.
    async fn providers(&self) -> Result<Vec<ProviderName>, FederationError>;

    /// Begins a sign-in: the URL of the provider to send the browser to. It is good once, for 10 minutes.
    async fn begin(&self, departure: Departure, visit: &Visit) -> Result<Secret<String>, FederationError>;

    /// Ends a sign-in with what the browser came back with.
    async fn finish(
        &self,
        provider: &str,
        answer: Answer,
        browser: &Secret<String>,
        visit: &Visit,
    ) -> Result<Arrival, FederationError>;

    /// Ends the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0), within 5 s.
    #[callers(Gateway)]
    async fn end_sessions(
        &self,
        provider: &str,
        logout_token: &Secret<String>,
        request: RequestContext,
    ) -> Result<(), LogoutError>;

    /// The token of this server in whose name a request goes on: the very token where no provider issued it, and one that
    /// it is exchanged for where a provider did. A refusal is in the ledger before it is answered.
    #[callers(Gateway)]
    async fn exchange(
        &self,
        token: &BearerToken,
        request: RequestContext,
    ) -> Result<BearerToken, IdentifyError>;
}
