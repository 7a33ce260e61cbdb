//! `create`: `POST /fhir/{type}`, where `If-None-Exist` says so only if nothing like it is there.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::HeaderMap;
use serde_json::Value;
use tacenda_fhir::{Issue, IssueCode, ResourceType};
use tacenda_kernel::Action;
use tacenda_records::Interaction;

use super::{answer, type_to_write, view::View};
use crate::edge::{
    body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge, url::Path,
};

/// `create`
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_to_write(&edge, &caller, &kind, Action::Create).await?;
    View::of_nothing(query.as_deref(), Some(kind))?;
    headers::require_json(&headers)?;
    let wanted = Return::of(&headers)?;
    let if_none_exist = headers::if_none_exist(&headers, kind)?;
    let bytes = body::read(body, edge.0.limits.resource_bytes).await?;
    let value = tacenda_fhir::read_resource(&bytes, &edge.0.limits).map_err(Problem::invalid)?;
    same_type(&value, kind)?;
    let create = Interaction::Create { kind, value, if_none_exist };
    answer::interact(&edge, &caller, kind, create, wanted).await
}

/// Refuses a resource of another type than the URL's.
pub(crate) fn same_type(value: &Value, kind: ResourceType) -> Result<(), Problem> {
    if ResourceType::of(value).is_ok_and(|sent| sent == kind) {
        return Ok(());
    }
    let issue = Issue::new(IssueCode::Invalid, "the URL names another type than the resource");
    Err(Problem::invalid(vec![issue.at("resourceType")]))
}
