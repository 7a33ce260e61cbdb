//! `PUT`, `PATCH` and `DELETE` of `/fhir/{type}?…`: what is meant is said by criteria.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use tacenda_kernel::Action;

use super::{Done, delete as delete_found, patch as patch_found, update};
use crate::{
    edge::{body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge, url::Path},
    fhir::{answer, create::same_type, patch as json_patch, type_to_write},
};

/// Conditional `update`
pub(crate) async fn put(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(criteria): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_to_write(&edge, &caller, &kind, Action::Update).await?;
    headers::require_json(&headers)?;
    let (wanted, expected) = (Return::of(&headers)?, headers::if_match(&headers)?);
    let bytes = body::read(body, edge.0.limits.resource_bytes).await?;
    let value = tacenda_fhir::read_resource(&bytes, &edge.0.limits).map_err(Problem::invalid)?;
    same_type(&value, kind)?;
    let criteria = criteria.unwrap_or_default();
    let done = update(&edge, &caller, kind, &criteria, value, expected).await?;
    Ok(answer::done(&edge, &caller, kind, done, wanted).await)
}

/// Conditional `patch`
pub(crate) async fn patch(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(criteria): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_to_write(&edge, &caller, &kind, Action::Update).await?;
    let (wanted, expected) = (Return::of(&headers)?, headers::if_match(&headers)?);
    if let Err(problem) = json_patch::require_json_patch(&headers) {
        return Ok(json_patch::with_accepted(problem));
    }
    let patch = json_patch::read(&edge, body).await?;
    let done: Done =
        patch_found(&edge, &caller, kind, &criteria.unwrap_or_default(), &patch, expected).await?;
    Ok(answer::done(&edge, &caller, kind, done, wanted).await)
}

/// Conditional `delete`
pub(crate) async fn delete(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(criteria): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let expected = headers::if_match(&headers)?;
    let kind = type_to_write(&edge, &caller, &kind, Action::Delete).await?;
    delete_found(&edge, &caller, kind, &criteria.unwrap_or_default(), expected).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
