//! FHIR R4 REST (<http://hl7.org/fhir/R4/http.html>), one interaction a file.

pub(crate) mod answer;
pub(crate) mod bundle;
pub(crate) mod conditional;
pub(crate) mod create;
pub(crate) mod diff;
pub(crate) mod erase;
pub(crate) mod everything;
pub(crate) mod history;
pub(crate) mod instance;
pub(crate) mod metadata;
pub(crate) mod operation_definition;
pub(crate) mod patch;
pub(crate) mod proof;
pub(crate) mod restore;
pub(crate) mod search;
pub(crate) mod view;

use http::StatusCode;
use tacenda_fhir::{IssueCode, ResourceType};
use tacenda_kernel::Action;
use tacenda_records::Caller;

use crate::edge::{problem::Problem, state::Edge};

/// The type a URL names.
pub(crate) fn type_of(name: &str) -> Result<ResourceType, Problem> {
    name.parse().map_err(|_| {
        let reason = "this server keeps no resources of that type; see /fhir/metadata";
        Problem::new(StatusCode::NOT_FOUND, IssueCode::NotSupported, reason)
    })
}

/// The type a URL names, where something of it is to be written. What the server writes itself is refused before anything
/// that was sent is looked at.
pub(crate) async fn type_to_write(
    edge: &Edge,
    caller: &Caller,
    name: &str,
    action: Action,
) -> Result<ResourceType, Problem> {
    let kind = type_of(name)?;
    edge.0.records.require_stored(caller, action, kind).await?;
    Ok(kind)
}

/// The answer to a method that a path does not have.
pub(crate) async fn not_allowed() -> Problem {
    let reason = "that method does nothing here; see /fhir/metadata";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, IssueCode::NotSupported, reason)
}
