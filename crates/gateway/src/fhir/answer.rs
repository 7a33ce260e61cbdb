//! A resource as an HTTP answer.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use tacenda_fhir::ResourceType;
use tacenda_records::Resource;

use crate::edge::{
    headers::{FHIR_JSON, etag, last_modified},
    state::Edge,
};

/// The resource with its version in the headers.
pub(crate) fn resource(status: StatusCode, resource: Resource) -> Response {
    let version = resource.version;
    let modified = last_modified(resource.last_updated);
    // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
    let body = resource.body.map(tacenda_kernel::Phi::into_exposed).unwrap_or_default();
    let mut response = fhir(status, body);
    response.headers_mut().insert(header::ETAG, etag(version));
    if let Some(modified) = modified {
        response.headers_mut().insert(header::LAST_MODIFIED, modified);
    }
    response
}

/// A new or changed resource with the URL of its version.
pub(crate) fn written(status: StatusCode, edge: &Edge, kind: ResourceType, written: Resource) -> Response {
    let location = format!("{}/{kind}/{}/_history/{}", edge.base(), written.id, written.version);
    let mut response = resource(status, written);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// FHIR JSON.
pub(crate) fn fhir(status: StatusCode, body: Vec<u8>) -> Response {
    of_json((status, body).into_response())
}

/// FHIR JSON that is written while it is sent.
pub(crate) fn streamed(body: Body) -> Response {
    of_json(body.into_response())
}

fn of_json(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
    response
}
