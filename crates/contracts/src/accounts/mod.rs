//! Accounts: who someone is, and the tokens that say so.
//!
//! One service keeps all of these promises; each is a small trait of its own, so that a page or an endpoint holds no
//! more than it needs.

pub mod applications;
pub mod federation;
pub mod launch;
pub mod links;
pub mod oauth;
pub mod own_account;
pub mod people;
pub mod sign_in;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tacenda_contract_macro::contract;
use tacenda_kernel::{Actor, RequestContext, Secret};

use crate::wire::unreachable_is_unavailable;

unreachable_is_unavailable!(IdentifyError, TokenError);

/// A bearer token as presented.
pub type BearerToken = Secret<String>;

/// The caller is not identified.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentifyError {
    /// No token, or one that is not valid now.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// A disk is full: that of accounts, or of the ledger. Nothing was given.
    #[error("there is no space left")]
    Full,
    /// The refusal could not be recorded, or the account database did not answer.
    #[error("sign-in is not available now")]
    Unavailable,
}

/// How a client proves itself at the token endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ClientProof {
    /// `client_secret_basic` or `client_secret_post`.
    Secret(#[serde(with = "tacenda_kernel::kept")] Secret<String>),
    /// `private_key_jwt` (RFC 7523).
    Assertion(#[serde(with = "tacenda_kernel::kept")] Secret<String>),
    /// `none`: a public client, which proves itself by PKCE alone.
    None,
}

/// A token request of grant type `client_credentials`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenRequest {
    /// The client; for an assertion it may be left out and is read from it.
    pub client_id: Option<String>,
    /// Its proof.
    pub proof: ClientProof,
    /// The scopes asked for, space separated.
    pub scope: Option<String>,
    /// In which request.
    pub request: RequestContext,
}

/// A token that was issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssuedToken {
    /// The JWT.
    #[serde(with = "tacenda_kernel::kept")]
    pub access_token: Secret<String>,
    /// How long it holds, in seconds.
    pub expires_in: u32,
    /// The scopes it carries.
    pub scope: String,
}

/// Why no token was issued (RFC 6749 §5.2).
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenError {
    /// `invalid_client`
    #[error("the client is unknown or did not prove itself")]
    InvalidClient,
    /// `invalid_request`
    #[error("the token request is incomplete or malformed")]
    InvalidRequest,
    /// `invalid_scope`
    #[error("the client may not have this scope")]
    InvalidScope,
    /// `invalid_grant`
    #[error("the code or refresh token is not one of this client, is over, or was used")]
    InvalidGrant,
    /// `unauthorized_client`
    #[error("the client is not registered for this grant type")]
    UnauthorizedClient,
    /// `unsupported_token_type` (RFC 7009 §2.2.1)
    #[error("a token that came of no authorisation is not revoked: it ends within 5 minutes")]
    UnsupportedTokenType,
    /// A disk is full: that of accounts, or of the ledger. Nothing was given.
    #[error("there is no space left")]
    Full,
    /// The answer could not be recorded.
    #[error("tokens are not issued now")]
    Unavailable,
}

/// The identity service's promises.
#[contract(Gateway)]
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// Who presents this token. A refusal is in the ledger before it is answered.
    #[callers(Gateway, Records)]
    async fn identify(
        &self,
        token: Option<&BearerToken>,
        request: RequestContext,
    ) -> Result<Actor, IdentifyError>;

    /// Issues a token to a client. Both answers are in the ledger.
    async fn issue_token(&self, request: TokenRequest) -> Result<IssuedToken, TokenError>;

    /// Whether a page of this origin (RFC 6454, as a browser writes it) belongs to an application that people let in: one
    /// of its redirect URIs is there. Where the database does not answer, what was known before counts.
    async fn is_application(&self, origin: &str) -> Result<bool, IdentifyError>;

    /// The public keys (RFC 7517) as JSON text.
    #[callers(Gateway, Keystore)]
    async fn jwks(&self) -> Result<String, IdentifyError>;
}
