//! `$diff`: what makes one version of another, as a JSON Patch (RFC 6902).

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde_json::Value;
use tacenda_fhir::{Issue, IssueCode, JSON_PATCH, ResourceType, difference};
use tacenda_kernel::Version;
use tacenda_records::{Caller, RecordsError};

use super::type_of;
use crate::edge::{identify::Identified, problem::Problem, state::Edge, url::Path};

/// `GET /fhir/{type}/{id}/$diff?from=1&to=3`
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let kind = type_of(&kind)?;
    let [from, to] = versions(&query.unwrap_or_default())?;
    let from = read(&edge, &caller, kind, &id, from).await?;
    let to = read(&edge, &caller, kind, &id, to).await?;
    let mut response = difference(from, to).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_PATCH));
    Ok(response)
}

/// One version, disclosed as to any reader.
async fn read(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    id: &str,
    version: Version,
) -> Result<Value, Problem> {
    let resource = edge.0.records.read(caller, kind, id, Some(version)).await?;
    let body = resource.body.ok_or(RecordsError::Gone(Some(version)))?;
    // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
    serde_json::from_slice(body.expose()).map_err(|_| RecordsError::Damaged.into())
}

fn versions(query: &str) -> Result<[Version; 2], Problem> {
    let (mut from, mut to) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match name.as_ref() {
            "from" if from.is_none() => &mut from,
            "to" if to.is_none() => &mut to,
            "_format" => continue,
            _ => {
                return Err(invalid(
                    IssueCode::NotSupported,
                    "$diff has the parameters from and to, each once",
                ));
            }
        };
        let version = value.parse().ok().and_then(Version::new);
        let wrong = || invalid(IssueCode::Value, "from and to are numbers of versions, from 1");
        *place = Some(version.ok_or_else(wrong)?);
    }
    match (from, to) {
        (Some(from), Some(to)) => Ok([from, to]),
        _ => Err(invalid(IssueCode::Required, "say which versions: from=<number>&to=<number>")),
    }
}

fn invalid(code: IssueCode, reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(code, reason)])
}
