//! `history` of an instance and of a type, and `vread`.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use jiff::Timestamp;
use tacenda_fhir::{
    Issue, IssueCode, ResourceType,
    bundle::{HistoryEntry, Method, history},
};
use tacenda_kernel::Version;
use tacenda_records::{Caller, Cursor, HistoryAnswer, HistoryOf, HistoryQuestion, Resource};

use super::{
    answer,
    search::{links, question},
    type_of,
    view::View,
};
use crate::edge::{identify::Identified, problem::Problem, state::Edge, url::Path};

/// `history-instance`
pub(crate) async fn get(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    find(&edge, &caller, type_of(&kind)?, Some(id), &query.unwrap_or_default()).await
}

/// `history-type`
pub(crate) async fn get_type(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    find(&edge, &caller, type_of(&kind)?, None, &query.unwrap_or_default()).await
}

/// `vread`
pub(crate) async fn get_version(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    Path((kind, id, version)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let version = version.parse().ok().and_then(Version::new).ok_or_else(Problem::not_found)?;
    let kind = type_of(&kind)?;
    let excerpt = View::of_read(&query.unwrap_or_default())?.excerpt(kind)?;
    let resource = edge.0.records.read_part(&caller, kind, &id, Some(version), &excerpt).await?;
    Ok(answer::resource(StatusCode::OK, resource))
}

async fn find(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    id: Option<String>,
    query: &str,
) -> Result<Response, Problem> {
    let path = match &id {
        Some(id) => format!("{kind}/{id}/_history"),
        None => format!("{kind}/_history"),
    };
    let (query, after) = links::resume(edge, caller, &path, query)?;
    let asked = HistoryQuestion { after, ..read(kind, id, &query)? };
    let found = edge.0.records.history(caller, &asked).await?;
    let next = found.next.clone().map(|after| Cursor { query, after });
    let next = next.map(|cursor| edge.0.records.seal_cursor(caller, &path, &cursor));
    let url = format!("{}/{path}", edge.base());
    let next = next.map(|cursor| links::next(&url, &cursor));
    Ok(answer::fhir(StatusCode::OK, write(edge, &asked, &found, &own(&url, &asked), next.as_deref())))
}

/// Reads a query string. A parameter that is not supported is an error, never ignored.
fn read(kind: ResourceType, id: Option<String>, query: &str) -> Result<HistoryQuestion, Problem> {
    let (mut since, mut count, mut patient) = (None, None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "_since" if since.is_none() => since = Some(instant(&value)?),
            "_count" if count.is_none() => count = Some(question::count(&value)?),
            "patient" if id.is_none() && patient.is_none() => patient = Some(value.into_owned()),
            "_format" => {}
            "_at" | "_list" => {
                return Err(invalid(
                    IssueCode::NotSupported,
                    "a history has no _at and no _list here; use _since",
                ));
            }
            _ => {
                let reason = "a history has the parameters _since and _count, and patient where it is of a type, each once";
                return Err(invalid(IssueCode::NotSupported, reason));
            }
        }
    }
    let of = id.map_or(HistoryOf::Type(patient), HistoryOf::Instance);
    Ok(HistoryQuestion { kind, of, since, count: count.unwrap_or(question::USUAL_PAGE), after: None })
}

fn instant(value: &str) -> Result<Timestamp, Problem> {
    value.parse().map_err(|_| {
        let reason = "_since is an instant, such as 2026-03-01T10:00:00Z; write + as %2B";
        invalid(IssueCode::Value, reason)
    })
}

/// What was understood.
fn own(url: &str, asked: &HistoryQuestion) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let HistoryOf::Type(Some(patient)) = &asked.of {
        query.append_pair("patient", patient);
    }
    if let Some(since) = asked.since {
        query.append_pair("_since", &since.to_string());
    }
    query.append_pair("_count", &asked.count.to_string());
    format!("{url}?{}", query.finish())
}

fn write(
    edge: &Edge,
    asked: &HistoryQuestion,
    found: &HistoryAnswer,
    own: &str,
    next: Option<&str>,
) -> Vec<u8> {
    let kind = asked.kind;
    let of_type = kind.to_string();
    let urls: Vec<String> = found.versions.iter().map(|version| format!("{kind}/{}", version.id)).collect();
    let full: Vec<String> = urls.iter().map(|url| format!("{}/{url}", edge.base())).collect();
    let entries: Vec<HistoryEntry<'_>> = found
        .versions
        .iter()
        .zip(urls.iter().zip(&full))
        .map(|(version, (url, full_url))| {
            let method = method(version);
            HistoryEntry {
                full_url,
                // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
                resource: version.body.as_ref().map(|body| body.expose().as_slice()),
                method,
                url: if method == Method::Post { &of_type } else { url },
                version: version.version,
                last_modified: version.last_updated,
            }
        })
        .collect();
    let whole = asked.after.is_none() && asked.since.is_none() && next.is_none();
    let mut links = vec![("self", own)];
    links.extend(next.map(|next| ("next", next)));
    history(whole.then_some(entries.len()), &links, &entries)
}

fn method(version: &Resource) -> Method {
    match version.body {
        None => Method::Delete,
        Some(_) if version.version == Version::FIRST => Method::Post,
        Some(_) => Method::Put,
    }
}

fn invalid(code: IssueCode, reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(code, reason)])
}
