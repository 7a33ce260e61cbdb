//! A resource as an HTTP answer.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, header::IntoHeaderName};
use jiff::Timestamp;
use tacenda_fhir::{ResourceType, outcome_bytes};
use tacenda_kernel::{Phi, Version};
use tacenda_records::{Caller, Done, Interaction, Resource};

use crate::edge::{
    headers::{FHIR_JSON, etag, last_modified},
    prefer::Return,
    problem::Problem,
    state::Edge,
};

/// The resource with its version in the headers.
pub(crate) fn resource(status: StatusCode, resource: Resource) -> Response {
    // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
    let body = resource.body.map(Phi::into_exposed).unwrap_or_default();
    versioned(fhir(status, body), resource.version, resource.last_updated)
}

/// A version without the resource.
pub(crate) fn version(status: StatusCode, version: Version, last_updated: Timestamp) -> Response {
    versioned(status.into_response(), version, last_updated)
}

/// Does what is asked, and answers with what was done, or found to be done already.
pub(crate) async fn interact(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    interaction: Interaction,
    wanted: Return,
) -> Result<Response, Problem> {
    let shows = matches!(wanted, Return::Usual | Return::Representation);
    let done = edge.0.records.interact(caller, interaction, shows, &edge.0.limits).await?;
    Ok(match done {
        Done::Created(resource) => written(StatusCode::CREATED, edge, caller, kind, resource, wanted).await,
        Done::Changed(resource) => written(StatusCode::OK, edge, caller, kind, resource, wanted).await,
        Done::Deleted => StatusCode::NO_CONTENT.into_response(),
        Done::Found(found) => {
            let location = location(edge, kind, &found);
            let mut response = match wanted {
                Return::Usual | Return::Representation => resource(StatusCode::OK, found),
                Return::Minimal => version(StatusCode::OK, found.version, found.last_updated),
                Return::Outcome => {
                    let outcome = fhir(StatusCode::OK, outcome_bytes(&[]));
                    versioned(outcome, found.version, found.last_updated)
                }
            };
            insert(&mut response, "preference-applied", wanted.applied());
            insert(&mut response, header::LOCATION, location);
            response
        }
    })
}

/// A new or changed resource with the URL of its version, shown as the caller prefers.
pub(crate) async fn written(
    status: StatusCode,
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    written: Resource,
    wanted: Return,
) -> Response {
    let location = location(edge, kind, &written);
    let (number, at, mut applied) = (written.version, written.last_updated, wanted.applied());
    let mut response = match wanted {
        Return::Usual => resource(status, written),
        Return::Minimal => version(status, number, at),
        Return::Outcome => versioned(fhir(status, outcome_bytes(&[])), number, at),
        Return::Representation => match representation(edge, caller, kind, &written).await {
            // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
            Some(body) => versioned(fhir(status, body.into_exposed()), number, at),
            None => {
                applied = None;
                version(status, number, at)
            }
        },
    };
    insert(&mut response, "preference-applied", applied);
    insert(&mut response, header::LOCATION, location);
    response
}

/// What was written, disclosed to whoever wrote it as to any other reader. None where they may not read it, or it cannot be
/// read now: the write was done, and its answer says so.
pub(crate) async fn representation(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    written: &Resource,
) -> Option<Phi<Vec<u8>>> {
    let part = caller.for_a_part();
    let read = edge.0.records.read(&part, kind, &written.id, Some(written.version)).await.ok()?;
    caller.disclosures.absorb(&part.disclosures);
    read.body
}

/// FHIR JSON.
pub(crate) fn fhir(status: StatusCode, body: impl Into<Body>) -> Response {
    of_json((status, body.into()).into_response())
}

/// FHIR JSON that is written while it is sent.
pub(crate) fn streamed(body: Body) -> Response {
    of_json(body.into_response())
}

fn of_json(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
    response
}

fn location(edge: &Edge, kind: ResourceType, resource: &Resource) -> Option<HeaderValue> {
    let url = format!("{}/{kind}/{}/_history/{}", edge.base(), resource.id, resource.version);
    HeaderValue::from_str(&url).ok()
}

fn insert(response: &mut Response, name: impl IntoHeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().insert(name, value);
    }
}

fn versioned(mut response: Response, version: Version, last_updated: Timestamp) -> Response {
    response.headers_mut().insert(header::ETAG, etag(version));
    if let Some(modified) = last_modified(last_updated) {
        response.headers_mut().insert(header::LAST_MODIFIED, modified);
    }
    response
}
