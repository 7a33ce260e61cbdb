//! `AuditEvent/{id}/$proof`: that the entry is in the ledger, for somebody who has only a checkpoint.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use data_encoding::BASE64;
use http::StatusCode;
use serde_json::json;

use super::{answer, view::View};
use crate::edge::{identify::Identified, problem::Problem, state::Edge, url::Path};

/// Answers with a FHIR `Parameters`: the leaf hash, its index, the size of the tree, the audit path from the leaf up
/// (RFC 6962 §2.1.1), and the signed checkpoint of that size (C2SP `tlog-checkpoint`) with the root that they lead to.
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    View::of_nothing(query.as_deref(), None)?;
    let proof = edge.0.records.prove_inclusion(&caller, &id).await?;
    let hash = |name: &str, hash: &[u8; 32]| json!({"name": name, "valueBase64Binary": BASE64.encode(hash)});
    let mut parameters = vec![
        hash("leafHash", &proof.leaf),
        json!({"name": "index", "valueString": proof.position.to_string()}),
        json!({"name": "treeSize", "valueString": proof.size.to_string()}),
    ];
    parameters.extend(proof.path.iter().map(|step| hash("path", step)));
    parameters.push(json!({"name": "checkpoint", "valueString": proof.checkpoint}));
    let answered = json!({"resourceType": "Parameters", "parameter": parameters});
    Ok(answer::fhir(StatusCode::OK, answered.to_string().into_bytes()))
}
