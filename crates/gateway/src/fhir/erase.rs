//! `$erase`: the patient's keys are destroyed.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use crate::edge::{identify::Identified, problem::Problem, state::Edge};

/// Answers with a FHIR `Parameters` that holds the signed certificate, a compact JWS.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let certificate = edge.0.records.erase(&caller, &id).await?;
    let parameter = json!({"name": "certificate", "valueString": certificate.0});
    Ok(Json(json!({"resourceType": "Parameters", "parameter": [parameter]})))
}
