//! `capabilities`: what this server does, for anybody.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use bytes::Bytes;
use http::StatusCode;
use tacenda_fhir::{CapabilityContext, IssueCode, capability_statement};

use super::{answer, view::View};
use crate::edge::{problem::Problem, state::Edge};

/// The CapabilityStatement. A summary may have more than was asked for (FHIR R4 §3.1.1.5.8): this has all, always.
pub(crate) async fn get(State(edge): State<Edge>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let mut view = View::default();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !view.take(&name, &value)? && (&*name, &*value) != ("mode", "full") {
            let reason = "metadata has mode=full, _format and _pretty, and no other parameter";
            return Err(Problem::new(StatusCode::BAD_REQUEST, IssueCode::NotSupported, reason));
        }
    }
    // The same for everybody: strangers who do not take it share it.
    let statement = edge.2.get_or_init(|| statement(&edge));
    Ok(answer::fhir(StatusCode::OK, statement.clone()))
}

fn statement(edge: &Edge) -> Bytes {
    let context = CapabilityContext {
        base_url: &edge.base(),
        origin: &edge.0.origin,
        software_version: env!("CARGO_PKG_VERSION"),
        date: "2026-11-21",
    };
    capability_statement(&context).to_string().into()
}
