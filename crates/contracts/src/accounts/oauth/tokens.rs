//! What clients give for tokens, and what they are told of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{ActorId, Secret};

use crate::accounts::{ClientProof, IssuedToken};

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
