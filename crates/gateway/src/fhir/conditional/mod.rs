//! Conditional interactions: what criteria find decides what is done (FHIR R4 §3.1.0.4 to §3.1.0.8).
//!
//! Criteria are read and answered as any search is, for this caller: what they may not find is not there. Several finds are
//! refused. What was found is changed only at the version that was found.

pub(crate) mod endpoints;

use http::StatusCode;
use serde_json::Value;
use tacenda_fhir::{Excerpt, Issue, IssueCode, JsonPatch, ResourceType};
use tacenda_kernel::Version;
use tacenda_records::{Caller, RecordsError, Resource, SearchQuestion};

use super::{search, view::RESULT_PARAMETERS};
use crate::edge::{headers::Handling, problem::Problem, state::Edge};

/// Pages looked at: criteria that find so little among so much are not asked again and again.
const MOST_PAGES: usize = 20;

/// What was done.
pub(crate) enum Done {
    /// A resource was created or changed.
    Written(StatusCode, Resource),
    /// It was there already.
    Found(Resource),
}

impl Done {
    pub(crate) const fn changed(resource: Resource) -> Self {
        Self::Written(StatusCode::OK, resource)
    }
}

/// The name and version of the one resource that the criteria find, or none. Nothing else of it is disclosed: [`whole`] does
/// that, where it will be shown.
pub(crate) async fn sole(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
) -> Result<Option<Resource>, Problem> {
    let mut names = form_urlencoded::parse(criteria.as_bytes()).map(|(name, _)| name);
    if names.any(|name| RESULT_PARAMETERS.contains(&name.split(':').next().unwrap_or_default())) {
        return Err(refused("criteria have no parameters for results, such as _count or _include"));
    }
    let question = search::question::read(kind, criteria, edge.0.clock.now(), Handling::Strict)?.question;
    if question.criteria.is_empty() && question.chains.is_empty() {
        return Err(refused("criteria are needed: name a search parameter at least"));
    }
    // SECURITY: also a refusal says how many there are: that they were found is never taken back.
    let caller = &caller.for_a_part();
    let mut question = SearchQuestion { count: 2, excerpt: Excerpt::name_only(), ..question };
    let mut found: Vec<Resource> = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = edge.0.records.search_stored(caller, &question).await?;
        found.extend(page.matches);
        if found.len() > 1 {
            let reason = "the criteria find several resources: say more, so that they find one";
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, IssueCode::Invalid, reason));
        }
        question.after = page.next;
        if question.after.is_none() {
            return Ok(found.pop());
        }
    }
    let reason = "the criteria narrow too little to be looked through: say more";
    Err(Problem::invalid(vec![Issue::new(IssueCode::TooCostly, reason)]))
}

/// What the criteria found, with all that the caller may see of it.
pub(crate) async fn whole(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
    found: &Resource,
) -> Result<Resource, Problem> {
    let criteria =
        form_urlencoded::Serializer::new(criteria.to_owned()).append_pair("_id", &found.id).finish();
    let question = search::question::read(kind, &criteria, edge.0.clock.now(), Handling::Strict)?.question;
    let again = edge.0.records.search_stored(caller, &SearchQuestion { count: 1, ..question }).await?;
    // It may be another's, or changed, by now.
    Ok(again.matches.into_iter().next().ok_or(RecordsError::Conflict)?)
}

/// Creates, where the criteria find nothing; without criteria always. `shows` says whether what they find will be shown.
pub(crate) async fn create(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    value: &Value,
    criteria: Option<&str>,
    shows: bool,
) -> Result<Done, Problem> {
    let created = |resource| Done::Written(StatusCode::CREATED, resource);
    let Some(criteria) = criteria else { return Ok(created(edge.0.records.create(caller, value).await?)) };
    let creating = async {
        match sole(edge, caller, kind, criteria).await? {
            Some(found) if shows => Ok(Done::Found(whole(edge, caller, kind, criteria, &found).await?)),
            Some(found) => Ok(Done::Found(found)),
            None => Ok(created(edge.0.records.create(caller, value).await?)),
        }
    };
    edge.0.records.one_at_a_time(&[question(kind, criteria)], creating).await?
}

/// Updates what the criteria find; creates where they find nothing.
pub(crate) async fn update(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
    value: Value,
    expected: Option<Version>,
) -> Result<Done, Problem> {
    let updating = async {
        let found = sole(edge, caller, kind, criteria).await?;
        let records = &edge.0.records;
        match updated(kind, found, value, expected)? {
            (value, None) => Ok(Done::Written(StatusCode::CREATED, records.create(caller, &value).await?)),
            (value, Some((id, expected))) => {
                Ok(Done::changed(records.update(caller, kind, &id, &value, expected).await?))
            }
        }
    };
    edge.0.records.one_at_a_time(&[question(kind, criteria)], updating).await?
}

/// Patches what the criteria find.
pub(crate) async fn patch(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
    patch: &JsonPatch,
    expected: Option<Version>,
) -> Result<Done, Problem> {
    let found = sole(edge, caller, kind, criteria).await?.ok_or(RecordsError::NotFound)?;
    let expected = Some(aim(&found, expected)?);
    let records = &edge.0.records;
    Ok(Done::changed(records.patch(caller, kind, &found.id, patch, expected, &edge.0.limits).await?))
}

/// Deletes what the criteria find. Nothing found is nothing to do.
pub(crate) async fn delete(
    edge: &Edge,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
    expected: Option<Version>,
) -> Result<(), Problem> {
    if let Some(found) = sole(edge, caller, kind, criteria).await? {
        let expected = Some(aim(&found, expected)?);
        edge.0.records.delete(caller, kind, &found.id, expected).await?;
    }
    Ok(())
}

/// What a conditional update writes, and over what: with the id of what was found, at its version.
#[expect(clippy::type_complexity, reason = "a resource, and where it goes if it is not new")]
pub(crate) fn updated(
    kind: ResourceType,
    found: Option<Resource>,
    mut value: Value,
    expected: Option<Version>,
) -> Result<(Value, Option<(String, Option<Version>)>), Problem> {
    let id = value.get("id").and_then(Value::as_str);
    match found {
        Some(found) if id.is_none_or(|id| id == found.id) => {
            let expected = aim(&found, expected)?;
            value["id"] = Value::String(found.id.clone());
            Ok((value, Some((found.id, Some(expected)))))
        }
        None if id.is_none() && expected.is_none() => Ok((value, None)),
        None if id.is_none() => Err(RecordsError::Conflict.into()),
        _ => {
            let reason = "leave the id out, or send that of the resource that the criteria find; new ids are the server's";
            Err(Problem::invalid(vec![Issue::new(IssueCode::Value, reason).at(format!("{kind}.id"))]))
        }
    }
}

/// The version that may be changed: the one that was found, which is the one that was named where one was.
pub(crate) fn aim(found: &Resource, expected: Option<Version>) -> Result<Version, Problem> {
    match expected {
        Some(expected) if expected != found.version => Err(RecordsError::Conflict.into()),
        _ => Ok(found.version),
    }
}

/// What two requests have in common that ask the same before they create.
pub(crate) fn question(kind: ResourceType, criteria: &str) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(criteria.as_bytes()).collect();
    pairs.sort();
    let mut text = form_urlencoded::Serializer::new(format!("{kind}?"));
    text.extend_pairs(pairs);
    text.finish()
}

fn refused(reason: &'static str) -> Problem {
    Problem::invalid(vec![Issue::new(IssueCode::Invalid, reason)])
}
