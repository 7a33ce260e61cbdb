//! UserInfo (OpenID Connect Core §5.3): who the token's person is, as far as was granted.

use axum::{
    extract::{Extension, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tacenda_contracts::accounts::oauth::UserInfoError;
use tacenda_kernel::RequestContext;

use super::refusal::answer;
use crate::edge::{identify::bearer, state::Edge};

/// Tells who it is.
pub(crate) async fn user_info(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    headers: HeaderMap,
) -> Response {
    let found = edge.0.authorize.user_info(bearer(&headers).as_ref(), request).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return refused(error),
    };
    let mut body = json!({"sub": found.subject.0});
    if let Some(name) = &found.name {
        // EXPOSE: the person let the application know their name.
        body["name"] = json!(name.expose());
    }
    if let Some(resource) = found.fhir_user {
        body["fhirUser"] = json!(resource);
    }
    answer(StatusCode::OK, &body)
}

/// RFC 6750 §3: the reason is in the challenge.
fn refused(error: UserInfoError) -> Response {
    let (status, challenge) = match error {
        UserInfoError::Unauthenticated => (StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\""),
        UserInfoError::InsufficientScope => {
            (StatusCode::FORBIDDEN, "Bearer error=\"insufficient_scope\", scope=\"openid\"")
        }
        UserInfoError::Full => return StatusCode::INSUFFICIENT_STORAGE.into_response(),
        UserInfoError::Unavailable => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let mut response = status.into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}
