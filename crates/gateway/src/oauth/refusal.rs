//! Errors of the endpoints that clients call, as RFC 6749 §5.2 names them.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tacenda_contracts::accounts::TokenError;

/// Why a client gets nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A field is missing, comes twice, or is not of its form.
    Malformed,
    /// A grant type that is not known.
    GrantType,
    /// What the service said.
    Token(TokenError),
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl Refusal {
    const fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Malformed | Self::Token(TokenError::InvalidRequest) => (
                bad,
                "invalid_request",
                "send a form with every parameter that the grant type needs, once each",
            ),
            Self::GrantType => (
                bad,
                "unsupported_grant_type",
                "use grant_type=authorization_code, refresh_token or client_credentials",
            ),
            Self::Token(TokenError::InvalidClient) => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "the client is unknown or did not prove itself")
            }
            Self::Token(TokenError::InvalidScope) => {
                (bad, "invalid_scope", "the client may not have this scope, or must choose a role")
            }
            Self::Token(TokenError::InvalidGrant) => (
                bad,
                "invalid_grant",
                "the code or refresh token is over, was used, or is another client's: ask for authorisation again",
            ),
            Self::Token(TokenError::UnauthorizedClient) => {
                (bad, "unauthorized_client", "the client is not registered for this grant type")
            }
            Self::Token(TokenError::UnsupportedTokenType) => (
                bad,
                "unsupported_token_type",
                "a token that came of no authorisation is not revoked: it ends within 5 minutes",
            ),
            Self::Token(TokenError::Full) => (
                StatusCode::INSUFFICIENT_STORAGE,
                "temporarily_unavailable",
                "a disk of the server is full, and no token is issued: tell the operator to give the databases space",
            ),
            Self::Token(TokenError::Unavailable) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "tokens are not issued now; try again later",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, text) = self.parts();
        let mut response = answer(status, &json!({"error": error, "error_description": text}));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        response
    }
}

/// JSON that nobody keeps.
pub(crate) fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
