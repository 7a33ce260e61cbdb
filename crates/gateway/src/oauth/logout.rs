//! Signing out by an application (OpenID Connect RP-Initiated Logout 1.0): the browser comes here.

use axum::{
    body::Body,
    extract::{Extension, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tacenda_contracts::accounts::{
    oauth::{AuthorizeError, Farewell},
    sign_in::{SessionToken, Visit},
};
use tacenda_kernel::{RequestContext, Secret};

use crate::edge::{body, state::Edge};

const LONGEST: usize = 16 << 10;

/// `GET`: the parameters are in the query.
pub(crate) async fn get(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    leave(&edge, request, &headers, &query.unwrap_or_default()).await
}

/// `POST`: they are in a form.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(form) = body::read(body, LONGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match std::str::from_utf8(&form) {
        Ok(form) => leave(&edge, request, &headers, form).await,
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn leave(edge: &Edge, request: RequestContext, headers: &HeaderMap, query: &str) -> Response {
    let visit = Visit { network: request.address, agent: String::new(), device: None, trace: request.trace };
    let session = session(edge, headers);
    match edge.0.authorize.farewell(query, session.as_ref(), &visit).await {
        // EXPOSE: the browser is sent to the application's registered address.
        Ok(Farewell::Done(Some(location))) => redirect(location.expose()),
        Ok(Farewell::Done(None)) => redirect("/sign-in"),
        // The page that asks whether they want to.
        Ok(Farewell::Confirm) => redirect("/sign-out"),
        Err(AuthorizeError::Page(fault)) => (StatusCode::BAD_REQUEST, fault.to_string()).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn redirect(to: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// The session cookie of the pages; none where two of the name came.
fn session(edge: &Edge, headers: &HeaderMap) -> Option<SessionToken> {
    let name = if edge.0.origin.starts_with("https:") { "__Host-session" } else { "session" };
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    let value = found.next()?;
    found.next().is_none().then(|| Secret::new(value.to_owned()))
}
