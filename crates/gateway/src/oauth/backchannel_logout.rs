//! Where an identity provider says that sessions are over (OpenID Connect Back-Channel Logout 1.0 §2.5).

use axum::{
    body::Body,
    extract::{Extension, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tacenda_contracts::accounts::federation::LogoutError;
use tacenda_kernel::{RequestContext, Secret};

use crate::edge::{body, problem::Problem, state::Edge, url::Path};

const LONGEST: usize = 32 << 10;

/// Takes a logout token: the token itself says who sends it.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    Path(provider): Path<String>,
    body: Body,
) -> Response {
    let sent = body::read(body, LONGEST).await.unwrap_or_default();
    let mut tokens = form_urlencoded::parse(&sent).filter(|(name, _)| name == "logout_token");
    // RFC 6749 §3.2: parameters must not be repeated.
    let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
        return refused(StatusCode::BAD_REQUEST, "send one logout_token in a form");
    };
    let token = Secret::new(token.into_owned());
    match edge.0.federation.end_sessions(&provider, &token, request).await {
        Ok(()) => not_kept(StatusCode::OK.into_response()),
        Err(LogoutError::NotFound) => Problem::not_found().into_response(),
        Err(LogoutError::NotValid) => refused(StatusCode::BAD_REQUEST, "the logout token is not valid"),
        Err(LogoutError::Unavailable) => {
            refused(StatusCode::SERVICE_UNAVAILABLE, "sessions cannot be ended now; try again")
        }
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    let body = json!({ "error": "invalid_request", "error_description": why }).to_string();
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    not_kept(response)
}

fn not_kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
