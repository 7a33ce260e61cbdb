//! Searching Provenances: the derived ones, place by place, then those that callers stored.
//!
//! Each of the two has a permission of its own: the derived ones that to read the history of what they are about, the
//! stored ones that to search the records they are among. Whoever has one of the two gets that.

use tacenda_contracts::{
    keystore::Subject,
    origin::{OriginFilter, OriginQuery},
    permit::Permit,
};
use tacenda_fhir::{Criterion, ResourceType, SearchValue};
use tacenda_kernel::{Action, Compartment};

use super::{
    about::{About, Mark},
    id::VersionId,
    resource::{Derived, tells_actors},
};
use crate::{Caller, Records, RecordsError, SearchAnswer, SearchQuestion, audit::comparable};

/// Finds a page of them.
pub(crate) async fn search(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<SearchAnswer, RecordsError> {
    let about = records.heard(caller, Action::Search, About::of(records, caller, question)).await?;
    let goes_on = question.after.as_ref().map(|after| Mark::parse(&after.id));
    let (mut answer, mut refused) = (SearchAnswer::default(), None);
    let mut after = None;
    match goes_on {
        Some(Mark::Stored(last)) => after = last,
        _ => match derived(records, caller, question, &about, goes_on).await {
            Ok(found) => answer = found,
            Err(error @ (RecordsError::Forbidden | RecordsError::NotFound)) => refused = Some(error),
            Err(error) => return Err(error),
        },
    }
    if answer.next.is_some() {
        return Ok(answer);
    }
    if about.subject == Subject::Nobody {
        // Whoever stores one says whose it is, so none is about the directory alone.
        return refused.map_or(Ok(answer), Err);
    }
    let count = left(question, &answer);
    if count == 0 {
        answer.next = Some(going_on(&Mark::Stored(None)));
        return Ok(answer);
    }
    let stored = SearchQuestion {
        after: after.map(|id| crate::Mark::unranked(id.to_owned())),
        count,
        ..question.clone()
    };
    match (records.search_of(caller, about.subject, &stored).await, refused) {
        (Ok(mut found), _) => {
            answer.matches.append(&mut found.matches);
            answer.next = found.next.map(|next| going_on(&Mark::Stored(Some(&next.id))));
            Ok(answer)
        }
        (Err(RecordsError::Forbidden | RecordsError::NotFound), None) => Ok(answer),
        (Err(error), _) => Err(error),
    }
}

/// Finds a page of those that callers stored.
pub(crate) async fn search_stored(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<SearchAnswer, RecordsError> {
    let about = records.heard(caller, Action::Search, About::of(records, caller, question)).await?;
    if about.subject == Subject::Nobody {
        return Ok(SearchAnswer::default());
    }
    records.search_of(caller, about.subject, question).await
}

/// A page of those that are derived. It ends with the first answer of a vault that has more to look at.
async fn derived(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
    about: &About,
    goes_on: Option<Mark<'_>>,
) -> Result<SearchAnswer, RecordsError> {
    let mut answer = SearchAnswer::default();
    if about.places.is_empty() {
        return Ok(answer);
    }
    let permit = records.permits.get(caller, Action::History, about.subject, about.compartments()).await?;
    let shown = shown(records, &permit, question);
    let (first, mut before) = match goes_on {
        Some(Mark::Derived(place, before)) => (place, before),
        _ => (0, None),
    };
    for (index, place) in about.places.iter().enumerate().skip(first) {
        let Some((compartment, record)) = place.under(&permit) else { continue };
        let limit = left(question, &answer);
        if limit == 0 {
            answer.next = Some(going_on(&Mark::Derived(index, None)));
            return Ok(answer);
        }
        // Both halves of a Patient are written at once, and told of once.
        let told = compartment == Compartment::Identity && permit.opening(Compartment::Contact).is_some();
        let shown = OriginFilter { without: told.then_some(ResourceType::Patient), ..shown.clone() };
        let query = OriginQuery { record, version: None, after: before.take(), limit, shown };
        let origins = records.vault(compartment)?.origins(caller.under(&permit), query).await?;
        for origin in &origins.found {
            answer.matches.extend(Derived::of(records, &permit, origin)?.map(Derived::resource));
        }
        if origins.next.is_some() {
            answer.next = Some(going_on(&Mark::Derived(index, origins.next)));
            return Ok(answer);
        }
    }
    Ok(answer)
}

/// Which of them the question asks for, in the vaults' own names.
fn shown(records: &Records, permit: &Permit, question: &SearchQuestion) -> OriginFilter {
    let criteria: Vec<Criterion> =
        question.criteria.iter().map(|criterion| comparable(records, criterion)).collect();
    let (by_id, by_content): (Vec<_>, Vec<_>) =
        criteria.iter().partition(|criterion| criterion.parameter.name == "_id");
    let version = |value: &SearchValue| {
        let SearchValue::Id(text) = value else { return None };
        let named = VersionId::parse(text)?;
        let record = records.ids.record(permit.claims().realm, named.id);
        let record = if named.of_patient { None } else { Some(record.ok()?.record) };
        Some((record, named.version))
    };
    OriginFilter {
        without: None,
        criteria: by_content.into_iter().map(|criterion| records.in_own_names(permit, criterion)).collect(),
        versions: by_id
            .into_iter()
            .map(|criterion| criterion.values.iter().filter_map(version).collect())
            .collect(),
        tells_actors: tells_actors(permit),
    }
}

fn going_on(mark: &Mark<'_>) -> crate::Mark {
    crate::Mark::unranked(mark.to_string())
}

fn left(question: &SearchQuestion, answer: &SearchAnswer) -> u32 {
    question.count.saturating_sub(u32::try_from(answer.matches.len()).unwrap_or(u32::MAX))
}
