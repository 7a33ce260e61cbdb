//! Searching for patients: candidates come from the vault that keeps the parameter's tokens, each candidate needs a
//! permit of its own, and both halves are then opened and checked.

use std::sync::Arc;

use futures::future::try_join_all;
use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Disclosed, Query, Use},
};
use tacenda_fhir::{Criterion, Issue, IssueCode, ResourceType, SearchValue, Term, parameter};
use tacenda_kernel::{Action, Compartment, CompartmentSet, Role};

use super::{
    read_patient::HALVES,
    search_records::{SearchAnswer, SearchQuestion, groups, too_many},
};
use crate::{
    Caller, Records, RecordsError, Resource, documents,
    ids::{Ids, half_of_patient},
};

/// Candidates looked at for one page. More than that is not a search for a person.
const MOST_CANDIDATES: u32 = 200;

pub(super) async fn search(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<SearchAnswer, RecordsError> {
    let permits = match named(caller, question) {
        Some(subjects) => permits_for(records, caller, &subjects).await?,
        None if question.criteria.is_empty() => related(records, caller).await?,
        None => found(records, caller, question).await?,
    };
    let opened = permits.iter().map(|permit| open(records, caller.under(permit), question));
    let mut matches: Vec<Resource> = try_join_all(opened).await?.into_iter().flatten().collect();
    matches.sort_by(|one, other| one.id.cmp(&other.id));
    if let Some(after) = &question.after {
        matches.retain(|one| one.id > *after);
    }
    let count = usize::try_from(question.count).unwrap_or(usize::MAX);
    let more = matches.len() > count;
    matches.truncate(count);
    let next = if more { matches.last().map(|last| last.id.clone()) } else { None };
    Ok(SearchAnswer { matches, next })
}

/// The patients the question names by id; for a patient who asks without naming anyone, themselves.
fn named(caller: &Caller, question: &SearchQuestion) -> Option<Vec<Subject>> {
    let id = |value: &SearchValue| match value {
        SearchValue::Id(text) => Ids::patient(text.rsplit('/').next().unwrap_or_default()).ok(),
        _ => None,
    };
    let by_id = question.criteria.iter().find(|criterion| criterion.parameter.is_id());
    match by_id {
        Some(criterion) => Some(criterion.values.iter().filter_map(id).collect()),
        None if caller.actor.role == Role::Patient => Some(vec![Subject::Own]),
        None => None,
    }
}

/// The caller's own patients: those with whom they have a relation.
async fn related(records: &Records, caller: &Caller) -> Result<Vec<Arc<Permit>>, RecordsError> {
    let halves: CompartmentSet = HALVES.into_iter().collect();
    let request = caller.request(Action::Search, Subject::Nobody, halves);
    let subjects = records.keystore.patients_of(&request).await?;
    permits_for(records, caller, &subjects).await
}

async fn permits_for(
    records: &Records,
    caller: &Caller,
    subjects: &[Subject],
) -> Result<Vec<Arc<Permit>>, RecordsError> {
    let halves: CompartmentSet = HALVES.into_iter().collect();
    if let [Subject::Own] = subjects {
        return Ok(vec![records.permits.get(caller, Action::Search, Subject::Own, halves).await?]);
    }
    let permits = records.permits.get_each(caller, Action::Search, subjects, halves).await?;
    Ok(permits.into_iter().flatten().collect())
}

/// Looks candidates up by what narrows in one vault and asks for a permit for each.
async fn found(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<Vec<Arc<Permit>>, RecordsError> {
    let mut terms = Criterion::terms_of_all(&question.criteria);
    let compartment = terms.first().and_then(|group| kept_in(group)).ok_or_else(nothing_narrows)?;
    terms.retain(|group| kept_in(group) == Some(compartment));
    let here = CompartmentSet::from(compartment);
    let permit = records.permits.get(caller, Action::Lookup, Subject::Nobody, here).await?;
    let query = Query { terms: groups(terms).collect(), limit: MOST_CANDIDATES, ..Query::default() };
    let found = records.vault(compartment)?.lookup(caller.under(&permit), query).await?;
    if u32::try_from(found.len()).is_ok_and(|found| found >= MOST_CANDIDATES) {
        return Err(too_many());
    }
    let mut patients: Vec<[u8; 16]> = found.into_iter().map(|candidate| candidate.patient).collect();
    patients.sort_unstable();
    patients.dedup();
    let subjects: Vec<Subject> =
        patients.into_iter().map(|patient| Subject::InVault(compartment, patient)).collect();
    permits_for(records, caller, &subjects).await
}

/// Opens one patient; none where one of the criteria does not match.
async fn open(
    records: &Records,
    asked: Use<'_>,
    question: &SearchQuestion,
) -> Result<Option<Resource>, RecordsError> {
    let halves = halves(records, asked, &question.criteria).await?;
    halves.map(|halves| documents::patient(records, asked.permit, &halves)).transpose()
}

/// The halves of a patient that the permit opens; none where one of the criteria does not match.
pub(super) async fn halves(
    records: &Records,
    asked: Use<'_>,
    criteria: &[Criterion],
) -> Result<Option<Vec<Disclosed>>, RecordsError> {
    let permit = asked.permit;
    let mut halves = Vec::new();
    for compartment in HALVES {
        let here: Vec<&Criterion> = criteria
            .iter()
            .filter(|criterion| {
                !criterion.parameter.is_id() && criterion.parameter.compartment() == Some(compartment)
            })
            .collect();
        let Some(record) = half_of_patient(permit, compartment) else {
            // SECURITY: what the caller may not see decides nothing, not even that somebody is found.
            if here.is_empty() { continue } else { return Ok(None) }
        };
        let query = Query {
            terms: vec![vec![documents::blindable(Term::of_type(ResourceType::Patient))]],
            exactly: here.into_iter().map(|criterion| records.in_own_names(permit, criterion)).collect(),
            only: vec![record],
            limit: 1,
            ..Query::default()
        };
        halves.extend(records.vault(compartment)?.search(asked, query).await?.matches);
    }
    let wanted = HALVES.iter().filter(|half| permit.opening(**half).is_some()).count();
    if halves.is_empty() || halves.len() < wanted {
        return Ok(None);
    }
    Ok(Some(halves))
}

fn kept_in(group: &[Term]) -> Option<Compartment> {
    parameter(ResourceType::Patient, group.first()?.parameter)?.compartment()
}

fn nothing_narrows() -> RecordsError {
    let reason = "among all patients a search needs an identifier, three letters of a name, a telephone number, an e-mail \
                  address, or a birth date with its year at least";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}
