//! Criteria that say which resource is meant, or that there is none yet (FHIR R4 §3.1.0.4 to §3.1.0.8).
//!
//! They are read and answered as any search is, for this caller: what they may not find is not there. Several finds are
//! refused. What was found is changed only at the version that was found.

use tacenda_fhir::{Excerpt, Issue, IssueCode, ResourceType};
use tacenda_kernel::Version;

use crate::{Caller, Records, RecordsError, Resource, operations::search_question::SearchQuestion};

/// Pages looked at: criteria that find so little among so much are not asked again and again.
const MOST_PAGES: usize = 20;

/// The name and version of the one resource that the criteria find, or none. Nothing else of it is disclosed: [`whole`] does
/// that, where it will be shown.
pub(super) async fn sole(
    records: &Records,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
) -> Result<Option<Resource>, RecordsError> {
    let question = SearchQuestion::of_criteria(kind, criteria, records.clock.now())?;
    // SECURITY: also a refusal says how many there are: that they were found is never taken back.
    let caller = &caller.for_a_part();
    let mut question = SearchQuestion { count: 2, excerpt: Excerpt::name_only(), ..question };
    let mut found: Vec<Resource> = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = records.search_stored(caller, &question).await?;
        found.extend(page.matches);
        if found.len() > 1 {
            return Err(RecordsError::Several);
        }
        question.after = page.next;
        if question.after.is_none() {
            return Ok(found.pop());
        }
    }
    let reason = "the criteria narrow too little to be looked through: say more";
    Err(RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)]))
}

/// What the criteria found, with all that the caller may see of it.
pub(super) async fn whole(
    records: &Records,
    caller: &Caller,
    kind: ResourceType,
    criteria: &str,
    found: &Resource,
) -> Result<Resource, RecordsError> {
    let criteria =
        form_urlencoded::Serializer::new(criteria.to_owned()).append_pair("_id", &found.id).finish();
    let question = SearchQuestion::of_criteria(kind, &criteria, records.clock.now())?;
    let again = records.search_stored(caller, &question).await?;
    // It may be another's, or changed, by now.
    again.matches.into_iter().next().ok_or(RecordsError::Conflict)
}

/// The version that may be changed: the one that was found, which is the one that was named where one was.
pub(super) fn aim(found: &Resource, if_match: Option<Version>) -> Result<Version, RecordsError> {
    match if_match {
        Some(expected) if expected != found.version => Err(RecordsError::Conflict),
        _ => Ok(found.version),
    }
}

/// What two requests have in common that ask the same before they create.
pub(super) fn question((kind, criteria): (ResourceType, &str)) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(criteria.as_bytes()).collect();
    pairs.sort();
    let mut text = form_urlencoded::Serializer::new(format!("{kind}?"));
    text.extend_pairs(pairs);
    text.finish()
}
