//! What clients read instead of a manual: metadata (RFC 8414, OpenID Connect Discovery, SMART) and the public keys.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

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
    json(edge.0.accounts.jwks())
}

/// Public: a program in a page of another origin may read it.
fn json(text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
