//! `create`: `POST /fhir/{type}`.

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tacenda_fhir::{Issue, IssueCode, ResourceType};

use super::{answer, type_of};
use crate::edge::{body, headers, identify::Identified, problem::Problem, state::Edge, url::Path};

/// `create`
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_of(&kind)?;
    headers::require_json(&headers)?;
    if headers.contains_key("if-none-exist") {
        let reason = "conditional create is not supported; leave If-None-Exist out";
        return Err(Problem::new(StatusCode::PRECONDITION_FAILED, IssueCode::NotSupported, reason));
    }
    let bytes = body::read(body, edge.0.limits.resource_bytes).await?;
    let value = tacenda_fhir::read_resource(&bytes, &edge.0.limits).map_err(Problem::invalid)?;
    same_type(&value, kind)?;
    let created = edge.0.records.create(&caller, &value).await?;
    Ok(answer::written(StatusCode::CREATED, &edge, kind, created))
}

/// Refuses a resource of another type than the URL's.
pub(crate) fn same_type(value: &Value, kind: ResourceType) -> Result<(), Problem> {
    if ResourceType::of(value).is_ok_and(|sent| sent == kind) {
        return Ok(());
    }
    let issue = Issue::new(IssueCode::Invalid, "the URL names another type than the resource");
    Err(Problem::invalid(vec![issue.at("resourceType")]))
}
