//! RFC 8414 metadata and the public keys (RFC 7517).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};

use crate::edge::state::Edge;

/// The authorization server's metadata.
pub(crate) async fn discovery(State(edge): State<Edge>) -> Response {
    json(edge.0.discovery.clone())
}

/// The keys that access tokens are verified with.
pub(crate) async fn jwks(State(edge): State<Edge>) -> Response {
    json(edge.0.accounts.jwks())
}

fn json(text: String) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
