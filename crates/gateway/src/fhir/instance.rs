//! `read`, `update` and `delete` of `/fhir/{type}/{id}`.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use tacenda_kernel::Action;
use tacenda_records::{Interaction, Which};

use super::{answer, type_of, type_to_write, view::View};
use crate::edge::{
    body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge, url::Path,
};

/// `read`
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (kind, known) = (type_of(&kind)?, headers::known(&headers)?);
    let excerpt = View::of_read(&query.unwrap_or_default())?.excerpt(kind)?;
    // SECURITY: that nothing changed is told like what there is: under a permit, and recorded.
    let resource = edge.0.records.read_part(&caller, kind, &id, None, &excerpt).await?;
    if known.is_some_and(|known| known.covers(resource.version, resource.last_updated)) {
        return Ok(answer::version(StatusCode::NOT_MODIFIED, resource.version, resource.last_updated));
    }
    Ok(answer::resource(StatusCode::OK, resource))
}

/// `update`
pub(crate) async fn put(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let kind = type_to_write(&edge, &caller, &kind, Action::Update).await?;
    View::of_nothing(query.as_deref(), Some(kind))?;
    headers::require_json(&headers)?;
    let (wanted, if_match) = (Return::of(&headers)?, headers::if_match(&headers)?);
    let bytes = body::read(body, edge.0.limits.resource_bytes).await?;
    let value = tacenda_fhir::read_resource(&bytes, &edge.0.limits).map_err(Problem::invalid)?;
    super::create::same_type(&value, kind)?;
    let update = Interaction::Update { kind, which: Which::Id(id), value, if_match };
    answer::interact(&edge, &caller, kind, update, wanted).await
}

/// `delete`
pub(crate) async fn delete(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (kind, if_match) = (type_of(&kind)?, headers::if_match(&headers)?);
    View::of_nothing(query.as_deref(), Some(kind))?;
    let delete = Interaction::Delete { kind, which: Which::Id(id), if_match };
    answer::interact(&edge, &caller, kind, delete, Return::Usual).await
}
