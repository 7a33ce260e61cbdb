//! `$erase`: the patient's keys are destroyed.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use serde_json::json;

use super::{answer, view::View};
use crate::edge::{identify::Identified, problem::Problem, state::Edge, url::Path};

/// Answers with a FHIR `Parameters` that holds the signed certificate, a compact JWS.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    View::of_nothing(query.as_deref(), None)?;
    let certificate = edge.0.records.erase(&caller, &id).await?;
    let parameter = json!({"name": "certificate", "valueString": certificate.0});
    let parameters = json!({"resourceType": "Parameters", "parameter": [parameter]});
    Ok(answer::fhir(StatusCode::OK, parameters.to_string().into_bytes()))
}
