//! `patch`: `PATCH /fhir/{type}/{id}` with a JSON Patch (RFC 6902).

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode};
use tacenda_fhir::{IssueCode, JSON_PATCH, JsonPatch};
use tacenda_kernel::Action;
use tacenda_records::{Interaction, Which};

use super::{answer, type_to_write, view::View};
use crate::edge::{
    body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge, url::Path,
};

/// `patch`
pub(crate) async fn patch(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_to_write(&edge, &caller, &kind, Action::Update).await?;
    View::of_nothing(query.as_deref(), Some(kind))?;
    let (wanted, if_match) = (Return::of(&headers)?, headers::if_match(&headers)?);
    if let Err(problem) = require_json_patch(&headers) {
        return Ok(with_accepted(problem));
    }
    let patch = read(&edge, body).await?;
    let patch = Interaction::Patch { kind, which: Which::Id(id), patch, if_match };
    answer::interact(&edge, &caller, kind, patch, wanted).await
}

/// Reads a patch.
pub(crate) async fn read(edge: &Edge, body: Body) -> Result<JsonPatch, Problem> {
    let bytes = body::read(body, edge.0.limits.resource_bytes).await?;
    JsonPatch::read(&bytes, &edge.0.limits).map_err(|issue| Problem::invalid(vec![issue]))
}

/// Refuses content that does not say it is a JSON Patch.
pub(crate) fn require_json_patch(headers: &HeaderMap) -> Result<(), Problem> {
    if headers::media_type(headers).eq_ignore_ascii_case(JSON_PATCH) {
        return Ok(());
    }
    let reason = "send a JSON Patch (RFC 6902) with Content-Type: application/json-patch+json; FHIRPath Patch (Parameters) \
                  and XML Patch are not supported";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, IssueCode::NotSupported, reason))
}

/// The refusal with what would be taken (RFC 5789 §2.2).
pub(crate) fn with_accepted(problem: Problem) -> Response {
    let mut response = problem.into_response();
    if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        response.headers_mut().insert("accept-patch", HeaderValue::from_static(JSON_PATCH));
    }
    response
}
