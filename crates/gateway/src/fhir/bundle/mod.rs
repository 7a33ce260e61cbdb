//! `transaction` and `batch`: `POST /fhir`.

mod answers;
mod batch;

use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tacenda_fhir::bundle::{Bundle, BundleKind, parse};
use tacenda_records::Caller;

use self::answers::Answer;
use super::{answer, view::View};
use crate::edge::{body, headers, identify::Identified, prefer::Return, problem::Problem, state::Edge};

/// A bundle larger than this is read off the workers that serve everybody.
const LARGE: usize = 64 << 10;

/// `transaction` or `batch`
pub(crate) async fn post(
    State(edge): State<Edge>,
    Identified(caller): Identified,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    View::of_nothing(query.as_deref(), None)?;
    headers::require_json(&headers)?;
    let (wanted, key) = (Return::of(&headers)?, headers::idempotency_key(&headers)?);
    let bytes = body::read(body, edge.0.limits.bundle_bytes).await?;
    let bundle = read(&edge, bytes).await?;
    let kind = bundle.kind;
    let answers = match kind {
        BundleKind::Transaction => transact(&edge, &caller, bundle, key.as_deref(), wanted).await?,
        BundleKind::Batch => batch::run(&edge, &caller, bundle, wanted).await,
    };
    let mut response = answer::fhir(StatusCode::OK, answers::write(kind, &answers));
    if let Some(applied) = wanted.applied() {
        response.headers_mut().insert("preference-applied", applied);
    }
    Ok(response)
}

/// Does all entries or none.
async fn transact(
    edge: &Edge,
    caller: &Caller,
    bundle: Bundle,
    key: Option<&str>,
    wanted: Return,
) -> Result<Vec<Answer>, Problem> {
    let limits = &edge.0.limits;
    let entries = bundle.into_whole(limits).map_err(Problem::invalid)?;
    let shows = wanted == Return::Representation;
    let done = edge.0.records.transact(caller, entries, key, shows, limits).await?;
    let mut answers = Vec::with_capacity(done.len());
    for (kind, done) in done {
        answers.push(Answer::done(edge, caller, kind, done, wanted).await);
    }
    Ok(answers)
}

async fn read(edge: &Edge, bytes: Bytes) -> Result<Bundle, Problem> {
    let limits = edge.0.limits;
    if bytes.len() < LARGE {
        return parse(&bytes, &limits).map_err(Problem::invalid);
    }
    let reading = tokio::task::spawn_blocking(move || parse(&bytes, &limits));
    reading.await.map_err(|_| Problem::unavailable())?.map_err(Problem::invalid)
}
