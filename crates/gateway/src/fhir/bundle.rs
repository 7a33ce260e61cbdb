//! `transaction` and `batch`: `POST /fhir`.

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tacenda_fhir::{
    IssueCode, ResourceType,
    bundle::{Bundle, BundleKind, Entry, Method, RequestUrl, ResponseEntry, parse, response},
};
use tacenda_kernel::Phi;
use tacenda_records::{Caller, Interaction, RecordsError, Resource};

use super::{answer, search};
use crate::edge::{body, headers, identify::Identified, problem::Problem, state::Edge};

/// A bundle larger than this is read off the workers that serve everybody.
const LARGE: usize = 64 << 10;

/// `transaction` or `batch`
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    headers::require_json(&headers)?;
    let key = headers::idempotency_key(&headers)?;
    let bytes = body::read(body, edge.0.limits.bundle_bytes).await?;
    let bundle = read(&edge, bytes).await?;
    match bundle.kind {
        BundleKind::Transaction => transaction(&edge, &caller, bundle, key.as_deref()).await,
        BundleKind::Batch => Ok(batch(&edge, &caller, bundle).await),
    }
}

async fn read(edge: &Edge, bytes: Bytes) -> Result<Bundle, Problem> {
    let limits = edge.0.limits;
    if bytes.len() < LARGE {
        return parse(&bytes, &limits).map_err(Problem::invalid);
    }
    let reading = tokio::task::spawn_blocking(move || parse(&bytes, &limits));
    reading.await.map_err(|_| Problem::unavailable())?.map_err(Problem::invalid)
}

async fn transaction(
    edge: &Edge,
    caller: &Caller,
    bundle: Bundle,
    key: Option<&str>,
) -> Result<Response, Problem> {
    let entries = bundle.into_whole(&edge.0.limits).map_err(Problem::invalid)?;
    let interactions: Result<Vec<_>, _> = entries.iter().map(Interaction::of).collect();
    let interactions = interactions.map_err(|issue| Problem::invalid(vec![issue]))?;
    let done = edge.0.records.transact(caller, &interactions, key).await?;
    let answers = done.entries.into_iter().map(|entry| {
        let status = if entry.created { "201 Created" } else { "200 OK" };
        Answer::written(status, entry.kind, entry.resource)
    });
    let answers: Vec<Answer> = answers.collect();
    Ok(answer::fhir(StatusCode::OK, write(BundleKind::Transaction, &answers)))
}

async fn batch(edge: &Edge, caller: &Caller, bundle: Bundle) -> Response {
    let mut answers = Vec::with_capacity(bundle.entries.len());
    for entry in bundle.entries {
        let answer = match entry {
            Ok(entry) => one(edge, caller, &entry).await,
            Err(issues) => Err(Problem::invalid(issues)),
        };
        answers.push(answer.unwrap_or_else(|problem| Answer::refused(&problem)));
    }
    answer::fhir(StatusCode::OK, write(BundleKind::Batch, &answers))
}

async fn one(edge: &Edge, caller: &Caller, entry: &Entry) -> Result<Answer, Problem> {
    let records = &edge.0.records;
    let wrong = || Problem::from(RecordsError::Invalid(Vec::new()));
    match (entry.method, &entry.url) {
        (Method::Post, RequestUrl::Type(kind)) => {
            let created = records.create(caller, entry.resource.as_ref().ok_or_else(wrong)?).await?;
            Ok(Answer::written("201 Created", *kind, Some(created)))
        }
        (Method::Put, RequestUrl::Instance(kind, id)) => {
            let value = entry.resource.as_ref().ok_or_else(wrong)?;
            let updated = records.update(caller, *kind, id, value, entry.if_match).await?;
            Ok(Answer::written("200 OK", *kind, Some(updated)))
        }
        (Method::Delete, RequestUrl::Instance(kind, id)) => {
            records.delete(caller, *kind, id, entry.if_match).await?;
            Ok(Answer { status: "204 No Content".to_owned(), ..Answer::default() })
        }
        (Method::Get, RequestUrl::Instance(kind, id)) => {
            Ok(Answer::read(records.read(caller, *kind, id, None).await?))
        }
        (Method::Get, RequestUrl::Version(kind, id, version)) => {
            Ok(Answer::read(records.read(caller, *kind, id, Some(*version)).await?))
        }
        (Method::Get, RequestUrl::Search(kind, query)) => {
            let found = search::find(edge, caller, *kind, query).await?;
            Ok(Answer { status: "200 OK".to_owned(), body: Some(Phi::new(found)), ..Answer::default() })
        }
        _ => {
            let reason = "a batch does not do that; ask for it by itself";
            Err(Problem::new(StatusCode::BAD_REQUEST, IssueCode::NotSupported, reason))
        }
    }
}

/// The answer to one entry.
#[derive(Default)]
struct Answer {
    status: String,
    location: Option<String>,
    version: Option<(tacenda_kernel::Version, jiff::Timestamp)>,
    body: Option<Phi<Vec<u8>>>,
    outcome: Option<Vec<u8>>,
}

impl Answer {
    fn written(status: &str, kind: ResourceType, resource: Option<Resource>) -> Self {
        let location = resource.as_ref().map(|one| format!("{kind}/{}/_history/{}", one.id, one.version));
        let version = resource.as_ref().map(|one| (one.version, one.last_updated));
        Self { status: status.to_owned(), location, version, ..Self::default() }
    }

    fn read(resource: Resource) -> Self {
        let version = Some((resource.version, resource.last_updated));
        Self { status: "200 OK".to_owned(), version, body: resource.body, ..Self::default() }
    }

    fn refused(problem: &Problem) -> Self {
        Self { status: problem.status.to_string(), outcome: Some(problem.outcome()), ..Self::default() }
    }
}

fn write(kind: BundleKind, answers: &[Answer]) -> Vec<u8> {
    let entries: Vec<ResponseEntry<'_>> = answers
        .iter()
        .map(|answer| ResponseEntry {
            status: &answer.status,
            location: answer.location.as_deref(),
            version: answer.version,
            // EXPOSE: this is the answer to the caller to whom the vault disclosed it.
            resource: answer.body.as_ref().map(|body| body.expose().as_slice()),
            outcome: answer.outcome.as_deref(),
        })
        .collect();
    response(kind, &entries)
}
