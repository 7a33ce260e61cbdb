//! `capabilities`: what this server does, for anybody.

use axum::{extract::State, response::Response};
use http::StatusCode;
use tacenda_fhir::{CapabilityContext, capability_statement};

use super::answer;
use crate::edge::state::Edge;

/// The CapabilityStatement.
pub(crate) async fn get(State(edge): State<Edge>) -> Response {
    let base = edge.base();
    let context = CapabilityContext {
        base_url: &base,
        origin: &edge.0.origin,
        software_version: env!("CARGO_PKG_VERSION"),
        date: "2026-11-21",
    };
    answer::fhir(StatusCode::OK, capability_statement(&context).to_string().into_bytes())
}
