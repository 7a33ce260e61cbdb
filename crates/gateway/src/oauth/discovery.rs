//! What clients read instead of a manual: metadata (RFC 8414, OpenID Connect Discovery, SMART) and the public keys.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use crate::edge::state::Edge;

/// The metadata of the authorization server and OpenID provider.
pub(crate) async fn discovery(State(edge): State<Edge>) -> Response {
    json(edge.0.discovery.clone())
}

/// The SMART configuration.
pub(crate) async fn smart(State(edge): State<Edge>) -> Response {
    json(edge.0.smart_configuration.clone())
}

/// The keys that tokens are verified with (RFC 7517).
pub(crate) async fn jwks(State(edge): State<Edge>) -> Response {
    match edge.0.accounts.jwks().await {
        Ok(keys) => json(keys),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
