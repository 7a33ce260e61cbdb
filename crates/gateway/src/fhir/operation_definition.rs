//! `read` of what the CapabilityStatement names as definitions of operations, for anybody.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;

use super::{answer, view::View};
use crate::edge::{problem::Problem, state::Edge, url::Path};

/// The OperationDefinition.
pub(crate) async fn get(
    State(edge): State<Edge>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    View::of_nothing(query.as_deref(), None)?;
    let definition = tacenda_fhir::operation_definition(&id, &edge.base()).ok_or_else(Problem::not_found)?;
    Ok(answer::fhir(StatusCode::OK, definition.to_string().into_bytes()))
}
