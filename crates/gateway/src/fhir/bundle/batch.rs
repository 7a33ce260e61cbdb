//! A batch: each entry for itself, as if it came alone.

use http::StatusCode;
use tacenda_fhir::{
    IssueCode,
    bundle::{Bundle, Entry, Method, RequestUrl},
};
use tacenda_records::{Caller, Interaction};

use super::answers::Answer;
use crate::{
    edge::{headers::Handling, prefer::Return, problem::Problem, state::Edge},
    fhir::search,
};

/// Bytes of a batch's answer after which nothing more is read for it.
const MOST_BYTES: usize = 8 << 20;

pub(super) async fn run(edge: &Edge, caller: &Caller, bundle: Bundle, wanted: Return) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(bundle.entries.len());
    let mut shown = 0_usize;
    for entry in bundle.entries {
        let answer = match entry {
            Ok(entry) => match entry.method {
                Method::Get if shown >= MOST_BYTES => Err(too_large()),
                _ => by_itself(edge, caller, entry, wanted).await,
            },
            Err(issues) => Err(Problem::invalid(issues)),
        };
        let answer = answer.unwrap_or_else(|problem| Answer::refused(&problem));
        shown = shown.saturating_add(answer.size());
        answers.push(answer);
    }
    answers
}

/// One entry. What is disclosed for it is shown or not, apart from the others.
async fn by_itself(edge: &Edge, caller: &Caller, entry: Entry, wanted: Return) -> Result<Answer, Problem> {
    let part = caller.for_a_part();
    let answer = match entry.method {
        Method::Get => read(edge, &part, &entry).await,
        _ => write(edge, &part, entry, wanted).await,
    };
    if answer.is_ok() {
        caller.disclosures.absorb(&part.disclosures);
    }
    answer
}

async fn read(edge: &Edge, caller: &Caller, entry: &Entry) -> Result<Answer, Problem> {
    let records = &edge.0.records;
    match &entry.url {
        RequestUrl::Instance(kind, id) => {
            let resource = records.read(caller, *kind, id, None).await?;
            let known = entry.known.as_ref();
            if known.is_some_and(|known| known.covers(resource.version, resource.last_updated)) {
                return Ok(Answer::not_modified(&resource));
            }
            Ok(Answer::read(resource))
        }
        RequestUrl::Version(kind, id, version) => {
            Ok(Answer::read(records.read(caller, *kind, id, Some(*version)).await?))
        }
        RequestUrl::Search(kind, query) => {
            Ok(Answer::searched(search::find(edge, caller, *kind, query, Handling::Strict).await?))
        }
        _ => Err(elsewhere()),
    }
}

async fn write(edge: &Edge, caller: &Caller, entry: Entry, wanted: Return) -> Result<Answer, Problem> {
    let kind = entry.url.resource_type().ok_or_else(elsewhere)?;
    let interaction = Interaction::of(entry).map_err(|_| elsewhere())?;
    let shows = wanted == Return::Representation;
    let done = edge.0.records.interact(caller, interaction, shows, &edge.0.limits).await?;
    Ok(Answer::done(edge, caller, kind, done, wanted).await)
}

fn too_large() -> Problem {
    let reason = "the answers before this one are 8 MB together, and this was not looked at; ask for it in another batch";
    Problem::new(StatusCode::BAD_REQUEST, IssueCode::TooCostly, reason)
}

fn elsewhere() -> Problem {
    let reason = "a batch does not do that; ask for it by itself";
    Problem::new(StatusCode::BAD_REQUEST, IssueCode::NotSupported, reason)
}
