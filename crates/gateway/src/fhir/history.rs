//! `history` of an instance, and `vread`.

use axum::{extract::State, response::Response};
use http::StatusCode;
use tacenda_fhir::bundle::{HistoryEntry, Method, history};
use tacenda_kernel::Version;
use tacenda_records::Resource;

use super::{answer, type_of};
use crate::edge::{identify::Identified, problem::Problem, state::Edge, url::Path};

/// `history`
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let kind = type_of(&kind)?;
    let versions = edge.0.records.history(&caller, kind, &id).await?;
    let full_url = format!("{}/{kind}/{id}", edge.base());
    let (of_type, of_instance) = (kind.to_string(), format!("{kind}/{id}"));
    let entries: Vec<HistoryEntry<'_>> = versions
        .iter()
        .map(|version| {
            let method = method(version);
            HistoryEntry {
                full_url: &full_url,
                // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
                resource: version.body.as_ref().map(|body| body.expose().as_slice()),
                method,
                url: if method == Method::Post { &of_type } else { &of_instance },
                version: version.version,
                last_modified: version.last_updated,
            }
        })
        .collect();
    let link = format!("{full_url}/_history");
    Ok(answer::fhir(StatusCode::OK, history(&[("self", &link)], &entries)))
}

fn method(version: &Resource) -> Method {
    match version.body {
        None => Method::Delete,
        Some(_) if version.version == Version::FIRST => Method::Post,
        Some(_) => Method::Put,
    }
}

/// `vread`
pub(crate) async fn get_version(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id, version)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let version = version.parse().ok().and_then(Version::new).ok_or_else(Problem::not_found)?;
    let resource = edge.0.records.read(&caller, type_of(&kind)?, &id, Some(version)).await?;
    Ok(answer::resource(StatusCode::OK, resource))
}
