//! `$restore`: an earlier version becomes the current one, as a new version.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tacenda_fhir::{Issue, IssueCode};
use tacenda_kernel::{Action, Version};

use super::{answer, type_to_write, view::View};
use crate::edge::{
    body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge, url::Path,
};

const LONGEST: usize = 16 << 10;

/// `POST /fhir/{type}/{id}/$restore` with a Parameters: `{"name": "version", "valuePositiveInt": 3}`
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_to_write(&edge, &caller, &kind, Action::Update).await?;
    View::of_nothing(query.as_deref(), None)?;
    headers::require_json(&headers)?;
    let (wanted, expected) = (Return::of(&headers)?, headers::if_match(&headers)?);
    let bytes = body::read(body, LONGEST).await?;
    let version = version(&bytes).map_err(|issue| Problem::invalid(vec![issue]))?;
    let restored = edge.0.records.restore(&caller, kind, &id, version, expected).await?;
    Ok(answer::written(StatusCode::OK, &edge, &caller, kind, restored, wanted).await)
}

/// The version that the Parameters names: as `valuePositiveInt`, or as an id is written in `meta.versionId`.
fn version(bytes: &[u8]) -> Result<Version, Issue> {
    const AT: &str = "Parameters.parameter[0]";
    let sent: Value = serde_json::from_slice(bytes)
        .map_err(|_| Issue::new(IssueCode::Structure, "send a Parameters as JSON"))?;
    if sent.get("resourceType").and_then(Value::as_str) != Some("Parameters") {
        return Err(Issue::new(IssueCode::Invalid, "send a Parameters").at("resourceType"));
    }
    let parameters = sent.get("parameter").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let [parameter] = parameters else {
        return Err(Issue::new(IssueCode::Required, "send one parameter: version").at("Parameters.parameter"));
    };
    if parameter.get("name").and_then(Value::as_str) != Some("version") {
        return Err(
            Issue::new(IssueCode::NotSupported, "the one parameter is version").at(format!("{AT}.name"))
        );
    }
    let number = parameter.get("valuePositiveInt").or_else(|| parameter.get("valueInteger"));
    let text = parameter.get("valueId").or_else(|| parameter.get("valueString"));
    let version = match (number, text) {
        (Some(number), None) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        (None, Some(text)) => text.as_str().and_then(|text| text.parse().ok()),
        _ => None,
    };
    version.and_then(Version::new).ok_or_else(|| {
        let reason = "version is the number of a version, from 1: send it as valuePositiveInt";
        Issue::new(IssueCode::Value, reason).at(format!("{AT}.value"))
    })
}
