//! `search-type`: `GET /fhir/{type}?…`, and `POST …/_search`, which keeps identifiers out of URLs.

pub(super) mod bundle;
pub(super) mod links;
pub(crate) mod question;

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use tacenda_fhir::{Issue, IssueCode, ResourceType};
use tacenda_records::{Caller, Cursor};

use super::{answer, type_of};
use crate::edge::{
    body,
    headers::{self, Handling},
    identify::Identified,
    problem::Problem,
    state::Edge,
    url::Path,
};

const LONGEST_FORM: usize = 64 << 10;

/// `search-type` by URL.
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let handling = headers::handling(&headers);
    let found = find(&edge, &caller, type_of(&kind)?, &query.unwrap_or_default(), handling).await?;
    Ok(answer::fhir(StatusCode::OK, found))
}

/// `search-type` by form, to which the URL may add.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let form = body::read(body, LONGEST_FORM).await?;
    let form = std::str::from_utf8(&form).map_err(|_| invalid("the form is not UTF-8"))?;
    let whole = query.map_or_else(|| form.to_owned(), |query| format!("{query}&{form}"));
    let found = find(&edge, &caller, type_of(&kind)?, &whole, headers::handling(&headers)).await?;
    Ok(answer::fhir(StatusCode::OK, found))
}

/// Searches by a query string; the answer is a searchset's JSON text.
pub(crate) async fn find(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    query: &str,
    handling: Handling,
) -> Result<Vec<u8>, Problem> {
    let (query, after) = links::resume(edge, caller, kind.as_str(), query)?;
    // A query that was read once: what was left out then is left out again.
    let handling = if after.is_some() { Handling::Lenient } else { handling };
    let mut asked = question::read(kind, &query, edge.0.clock.now(), handling)?;
    asked.question.after = after;
    let found = edge.0.records.search(caller, &asked.question).await?;
    let next = found.next.clone().map(|after| Cursor { query: query.clone(), after });
    let next = next.map(|cursor| edge.0.records.seal_cursor(caller, kind.as_str(), &cursor));
    Ok(bundle::write(edge, &asked, &found, next.as_deref()))
}

pub(super) fn no_cursor() -> Problem {
    invalid("_cursor is not one of this server's, or not this caller's: search anew")
}

pub(super) fn invalid(reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(IssueCode::Value, reason)])
}
