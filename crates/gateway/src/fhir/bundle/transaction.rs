//! A transaction: what conditions and patches make of its entries is found out first, then all of them are done or none.

use std::collections::HashSet;

use http::StatusCode;
use serde_json::Value;
use tacenda_fhir::{
    Issue, IssueCode, ResourceType,
    bundle::{Bundle, Entry, Method, RequestUrl},
};
use tacenda_kernel::Version;
use tacenda_records::{Caller, Interaction, Records, RecordsError, Resource};

use super::answers::Answer;
use crate::{
    edge::{prefer::Return, problem::Problem, state::Edge},
    fhir::conditional::{self, aim},
};

/// Each is a search and a lock.
const MOST_CONDITIONS: usize = 500;

/// What an entry became.
enum Ready {
    /// As it was sent.
    AsSent,
    /// An update of what was found, or of what was patched.
    Update { kind: ResourceType, id: String, value: Value, expected: Option<Version> },
    /// A creation, since nothing was found to update.
    Create { kind: ResourceType, value: Value },
    /// A deletion of what was found.
    Delete { kind: ResourceType, id: String, expected: Option<Version> },
    /// Nothing is to be done: it is there.
    Found { kind: ResourceType, found: Resource },
    /// Nothing is to be done: it is not there.
    Nothing { kind: ResourceType },
}

/// Does all entries or none.
pub(super) async fn run(
    edge: &Edge,
    caller: &Caller,
    bundle: Bundle,
    key: Option<&str>,
    wanted: Return,
) -> Result<Vec<Answer>, Problem> {
    let entries = bundle.into_whole(&edge.0.limits).map_err(Problem::invalid)?;
    let mut questions = questions(&entries)?;
    if let Some(key) = key.filter(|_| entries.iter().any(looks)) {
        questions.push(Records::question_of_submission(caller, key));
    }
    let doing = async {
        if let Some(key) = key {
            edge.0.records.require_first(caller, key).await?;
        }
        all(edge, caller, &entries, key, wanted).await
    };
    let done = if questions.is_empty() {
        doing.await
    } else {
        edge.0.records.one_at_a_time(&questions, doing).await.unwrap_or_else(|error| Err(error.into()))
    };
    if done.is_err() {
        edge.0.records.withhold(&caller.disclosures, caller.context).await;
    }
    done
}

/// Whether what an entry does depends on what is there: then a second transaction under the same key would be refused for
/// what the first one changed.
fn looks(entry: &Entry) -> bool {
    entry.method != Method::Post || entry.if_none_exist.is_some()
}

/// Under which conditions entries create.
fn questions(entries: &[Entry]) -> Result<Vec<String>, Problem> {
    let mut questions = Vec::new();
    let mut seen = HashSet::new();
    for entry in entries {
        let question = match (entry.method, &entry.url, &entry.if_none_exist) {
            (Method::Post, RequestUrl::Type(kind), Some(criteria))
            | (Method::Put, RequestUrl::Search(kind, criteria), _) => conditional::question(*kind, criteria),
            _ => continue,
        };
        if !seen.insert(question.clone()) {
            let issue = Issue::new(IssueCode::Invalid, "two entries have the same condition");
            return Err(Problem::invalid(vec![issue.at(format!("{}.request", entry.expression()))]));
        }
        questions.push(question);
        if questions.len() > MOST_CONDITIONS {
            let issue =
                Issue::new(IssueCode::TooCostly, "too many entries have conditions: send several bundles");
            return Err(Problem::invalid(vec![issue.at(format!("{}.request", entry.expression()))]));
        }
    }
    Ok(questions)
}

async fn all(
    edge: &Edge,
    caller: &Caller,
    entries: &[Entry],
    key: Option<&str>,
    wanted: Return,
) -> Result<Vec<Answer>, Problem> {
    let mut ready = Vec::with_capacity(entries.len());
    for entry in entries {
        ready.push(prepare(edge, caller, entry, wanted).await.map_err(|problem| within(problem, entry))?);
    }
    let mut interactions = Vec::with_capacity(entries.len());
    for (entry, ready) in entries.iter().zip(&ready) {
        interactions.push(interaction(entry, ready)?);
    }
    let done = edge.0.records.transact(caller, &interactions, key).await?;
    let mut done = done.entries.into_iter();
    let mut answers = Vec::with_capacity(entries.len());
    for ready in ready {
        answers.push(match ready {
            Ready::Nothing { .. } => Answer::deleted(),
            Ready::Found { kind, found } => Answer::found(kind, found, wanted),
            _ => {
                let one = done.next().ok_or_else(Problem::unavailable)?;
                let status = if one.created { StatusCode::CREATED } else { StatusCode::OK };
                Answer::written(edge, caller, status, one.kind, &one.resource, wanted).await
            }
        });
    }
    Ok(answers)
}

/// Finds out what an entry does, by what is there now.
async fn prepare(edge: &Edge, caller: &Caller, entry: &Entry, wanted: Return) -> Result<Ready, Problem> {
    let expected = entry.if_match;
    let resource = || entry.resource.clone().ok_or_else(Problem::unavailable);
    let patch = || entry.patch.as_ref().ok_or_else(Problem::unavailable);
    match (entry.method, &entry.url) {
        (Method::Post, RequestUrl::Type(kind)) => {
            let Some(criteria) = &entry.if_none_exist else { return Ok(Ready::AsSent) };
            let found = match conditional::sole(edge, caller, *kind, criteria).await? {
                Some(found) if wanted == Return::Representation => {
                    Some(conditional::whole(edge, caller, *kind, criteria, &found).await?)
                }
                found => found,
            };
            Ok(found.map_or(Ready::AsSent, |found| Ready::Found { kind: *kind, found }))
        }
        (Method::Put, RequestUrl::Search(kind, criteria)) => {
            let found = conditional::sole(edge, caller, *kind, criteria).await?;
            match conditional::updated(*kind, found, resource()?, expected)? {
                (value, Some((id, expected))) => Ok(Ready::Update { kind: *kind, id, value, expected }),
                (value, None) => Ok(Ready::Create { kind: *kind, value }),
            }
        }
        (Method::Patch, RequestUrl::Instance(kind, id)) => {
            patched(edge, caller, *kind, id, patch()?, expected).await
        }
        (Method::Patch, RequestUrl::Search(kind, criteria)) => {
            let found = conditional::sole(edge, caller, *kind, criteria).await?;
            let found = found.ok_or(RecordsError::NotFound)?;
            patched(edge, caller, *kind, &found.id, patch()?, Some(aim(&found, expected)?)).await
        }
        (Method::Delete, RequestUrl::Search(kind, criteria)) => {
            let Some(found) = conditional::sole(edge, caller, *kind, criteria).await? else {
                return Ok(Ready::Nothing { kind: *kind });
            };
            let expected = Some(aim(&found, expected)?);
            Ok(Ready::Delete { kind: *kind, id: found.id, expected })
        }
        _ => Ok(Ready::AsSent),
    }
}

async fn patched(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    id: &str,
    patch: &tacenda_fhir::JsonPatch,
    expected: Option<Version>,
) -> Result<Ready, Problem> {
    let patched = edge.0.records.patched(caller, kind, id, patch, expected, &edge.0.limits).await?;
    Ok(Ready::Update { kind, id: id.to_owned(), value: patched.0, expected: Some(patched.1) })
}

/// What is asked of the application.
fn interaction<'a>(entry: &'a Entry, ready: &'a Ready) -> Result<Interaction<'a>, Problem> {
    let full_url = entry.full_url.as_deref();
    Ok(match ready {
        Ready::AsSent => Interaction::of(entry).map_err(|issue| Problem::invalid(vec![issue]))?,
        Ready::Update { kind, id, value, expected } => {
            Interaction::Update { kind: *kind, id, full_url, value, expected: *expected }
        }
        Ready::Create { kind, value } => Interaction::Create { kind: *kind, full_url, value },
        Ready::Delete { kind, id, expected } => Interaction::Delete { kind: *kind, id, expected: *expected },
        Ready::Found { kind, found } => Interaction::Nothing { kind: *kind, full_url, id: Some(&found.id) },
        Ready::Nothing { kind } => Interaction::Nothing { kind: *kind, full_url, id: None },
    })
}

/// The refusal with the entry it is about.
fn within(mut problem: Problem, entry: &Entry) -> Problem {
    let part = match (&entry.if_none_exist, &entry.url) {
        (Some(_), _) => "request.ifNoneExist",
        (None, RequestUrl::Search(..)) => "request.url",
        _ => "resource",
    };
    let prefix = format!("{}.{part}", entry.expression());
    let resource = format!("{}.resource", entry.expression());
    let issues = problem.issues.into_iter().map(|issue| match issue.expression {
        Some(_) => issue.within(&resource),
        None => issue.at(prefix.clone()),
    });
    problem.issues = issues.collect();
    problem
}
