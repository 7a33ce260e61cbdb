//! `search-type`: `GET /fhir/{type}?…`, and `POST …/_search`, which keeps identifiers out of URLs.

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::StatusCode;
use jiff::Timestamp;
use tacenda_fhir::{
    Criterion, Issue, IssueCode, ResourceType, SearchError, SearchValue,
    bundle::{SearchEntry, SearchMode, searchset},
    parameters,
};
use tacenda_records::{Caller, Cursor, SearchAnswer, SearchQuestion};

use super::{answer, type_of};
use crate::edge::{body, identify::Identified, problem::Problem, state::Edge};

const CURSOR: &str = "_cursor";
const USUAL_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;
const LONGEST_FORM: usize = 64 << 10;
const MOST_PARAMETERS: usize = 30;

/// `search-type` by URL.
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let found = find(&edge, &caller, type_of(&kind)?, &query.unwrap_or_default()).await?;
    Ok(answer::fhir(StatusCode::OK, found))
}

/// `search-type` by form.
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let form = body::read(body, LONGEST_FORM).await?;
    let form = std::str::from_utf8(&form).map_err(|_| invalid("the form is not UTF-8"))?;
    let found = find(&edge, &caller, type_of(&kind)?, form).await?;
    Ok(answer::fhir(StatusCode::OK, found))
}

/// Searches by a query string; the answer is a searchset's JSON text.
pub(crate) async fn find(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    query: &str,
) -> Result<Vec<u8>, Problem> {
    let (query, after) = match cursor_of(query) {
        None => (query.to_owned(), None),
        Some(text) => {
            let cursor = edge.0.records.open_cursor(caller, kind.as_str(), &text).ok_or_else(no_cursor)?;
            (cursor.query, Some(cursor.after))
        }
    };
    let question = SearchQuestion { after, ..question(kind, &query, edge.0.clock.now())? };
    let found = edge.0.records.search(caller, &question).await?;
    let next = found.next.clone().map(|after| Cursor { query: query.clone(), after });
    let next = next.map(|cursor| edge.0.records.seal_cursor(caller, kind.as_str(), &cursor));
    Ok(bundle(edge, &question, &found, next.as_deref()))
}

/// Reads a query string. A parameter that is not supported is an error, never ignored.
fn question(kind: ResourceType, query: &str, now: Timestamp) -> Result<SearchQuestion, Problem> {
    let mut question = SearchQuestion { kind, criteria: Vec::new(), count: USUAL_PAGE, after: None };
    for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if index >= MOST_PARAMETERS {
            return Err(invalid("too many search parameters"));
        }
        match name.as_ref() {
            "_count" => question.count = count(&value)?,
            "_format" => {}
            name => {
                let criterion = Criterion::parse(kind, name, &value, now);
                question.criteria.push(criterion.map_err(|error| refused(kind, &error))?);
            }
        }
    }
    Ok(question)
}

fn count(value: &str) -> Result<u32, Problem> {
    let count: Option<u32> = value.parse().ok().filter(|count| *count > 0);
    count.map(|count| count.min(LARGEST_PAGE)).ok_or_else(|| invalid("_count is a number from 1"))
}

fn bundle(edge: &Edge, question: &SearchQuestion, found: &SearchAnswer, next: Option<&str>) -> Vec<u8> {
    let base = format!("{}/{}", edge.base(), question.kind);
    let urls: Vec<String> = found.matches.iter().map(|one| format!("{base}/{}", one.id)).collect();
    let entries: Vec<SearchEntry<'_>> = found
        .matches
        .iter()
        .zip(&urls)
        .map(|(one, full_url)| SearchEntry {
            full_url,
            // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
            resource: one.body.as_ref().map_or(&[], |body| body.expose().as_slice()),
            mode: SearchMode::Match,
        })
        .collect();
    let own = link(&base, question);
    let next = next.map(|cursor| format!("{base}?{CURSOR}={cursor}"));
    let mut links = vec![("self", own.as_str())];
    links.extend(next.as_deref().map(|next| ("next", next)));
    searchset(None, &links, &entries)
}

/// What was understood: every parameter by its name, and ids with their values. Names, identifiers and findings stay out of
/// links.
fn link(base: &str, question: &SearchQuestion) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for criterion in &question.criteria {
        let ids = criterion.values.iter().filter_map(|value| match value {
            SearchValue::Id(id) => Some(id.as_str()),
            _ => None,
        });
        query.append_pair(&criterion.name(), &ids.collect::<Vec<_>>().join(","));
    }
    query.append_pair("_count", &question.count.to_string());
    format!("{base}?{}", query.finish())
}

/// The cursor, which stands alone: it has the question in it.
fn cursor_of(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "_format");
    let (name, value) = pairs.next()?;
    (name == CURSOR && pairs.next().is_none()).then(|| value.into_owned())
}

fn no_cursor() -> Problem {
    invalid("_cursor is not one of this server's, or not this caller's: search anew")
}

fn refused(kind: ResourceType, error: &SearchError) -> Problem {
    let issue = match error {
        SearchError::Unsupported(_) => {
            let names: Vec<&str> = parameters(kind).iter().map(|parameter| parameter.name).collect();
            Issue::new(IssueCode::NotSupported, format!("{error}; {kind} has {}", names.join(", ")))
        }
        SearchError::Modifier(_) => Issue::new(IssueCode::NotSupported, error.to_string()),
        _ => Issue::new(IssueCode::Value, error.to_string()),
    };
    Problem::invalid(vec![issue])
}

fn invalid(reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(IssueCode::Value, reason)])
}
