//! `PUT`, `PATCH` and `DELETE` of `/fhir/{type}?…`: which resource is meant is said by criteria (FHIR R4 §3.1.0.4.3).

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use tacenda_kernel::Action;
use tacenda_records::{Interaction, Which};

use super::{answer, create::same_type, patch as json_patch, type_to_write};
use crate::edge::{
    body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge, url::Path,
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
    let (wanted, if_match) = (Return::of(&headers)?, headers::if_match(&headers)?);
    let bytes = body::read(body, edge.0.limits.resource_bytes).await?;
    let value = tacenda_fhir::read_resource(&bytes, &edge.0.limits).map_err(Problem::invalid)?;
    same_type(&value, kind)?;
    let which = Which::Criteria(criteria.unwrap_or_default());
    let update = Interaction::Update { kind, which, value, if_match };
    answer::interact(&edge, &caller, kind, update, wanted).await
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
    let (wanted, if_match) = (Return::of(&headers)?, headers::if_match(&headers)?);
    if let Err(problem) = json_patch::require_json_patch(&headers) {
        return Ok(json_patch::with_accepted(problem));
    }
    let patch = json_patch::read(&edge, body).await?;
    let which = Which::Criteria(criteria.unwrap_or_default());
    let patch = Interaction::Patch { kind, which, patch, if_match };
    answer::interact(&edge, &caller, kind, patch, wanted).await
}

/// Conditional `delete`
pub(crate) async fn delete(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(criteria): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let if_match = headers::if_match(&headers)?;
    let kind = type_to_write(&edge, &caller, &kind, Action::Delete).await?;
    let which = Which::Criteria(criteria.unwrap_or_default());
    let delete = Interaction::Delete { kind, which, if_match };
    answer::interact(&edge, &caller, kind, delete, Return::Usual).await
}
