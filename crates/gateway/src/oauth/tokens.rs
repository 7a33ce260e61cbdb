//! What becomes of tokens: revocation (RFC 7009) and introspection (RFC 7662).

use axum::{
    body::Body,
    extract::{Extension, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use tacenda_kernel::RequestContext;

use super::{
    client,
    form::Form,
    refusal::{Refusal, answer},
};
use crate::edge::state::Edge;

/// Ends what a token came of.
pub(crate) async fn revoke(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let mut form = Form::read(body).await?;
    let claim = client::claim(&headers, &mut form)?;
    let token = form.secret("token")?;
    edge.0.authorize.revoke(claim, &token, request).await?;
    Ok(answer(StatusCode::OK, &json!({})))
}

/// Says what a token is.
pub(crate) async fn introspect(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let mut form = Form::read(body).await?;
    let claim = client::claim(&headers, &mut form)?;
    let token = form.secret("token")?;
    let found = edge.0.authorize.introspect(claim, &token, request).await?;
    let Some(found) = found else { return Ok(answer(StatusCode::OK, &json!({"active": false}))) };
    let mut body = json!({
        "active": true,
        "client_id": found.client_id,
        "sub": found.subject.0,
        "scope": found.scope,
        "iss": edge.0.origin,
        "aud": edge.base(),
        "iat": found.issued_at.as_second(),
        "exp": found.expires_at.as_second(),
    });
    if found.is_access_token {
        body["token_type"] = json!("Bearer");
    }
    if let Some(patient) = found.patient {
        body["patient"] = json!(patient);
    }
    Ok(answer(StatusCode::OK, &body))
}
