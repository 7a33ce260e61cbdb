//! Searching for patients: candidates come from the vault that keeps the parameter's tokens, each candidate needs a
//! permit of its own, and both halves are then opened and checked.

use std::sync::Arc;

use futures::future::join_all;
use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Disclosed, Query},
};
use tacenda_fhir::{Criterion, Issue, IssueCode, ResourceType, SearchValue, Term, parameter};
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId, Role};

use super::{
    rank_patients,
    read_patient::{HALVES, of_one_version},
    search_question::SearchQuestion,
    search_records::{SearchAnswer, too_many},
    vault_query::groups,
};
use crate::{
    Caller, Mark, Records, RecordsError, Resource, documents,
    ids::{Ids, half_of_patient},
    vault_client::UnderPermit,
};

/// Candidates looked at for one page. More than that is not a search for a person.
const MOST_CANDIDATES: u32 = 200;
/// Bytes of a page of patients; the last that are opened together may go beyond.
const MOST_BYTES: usize = 2 << 20;
/// Patients opened at the same time, before it is known how large they are, and after.
const AT_FIRST: usize = 8;
const AT_A_TIME: usize = 100;

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
    if question.ranks() {
        return rank_patients::search(records, caller, question, &permits).await;
    }
    let named = permits.iter().map(|permit| Ok((documents::patient_id(permit)?, permit)));
    let mut permits: Vec<(String, &Arc<Permit>)> = named.collect::<Result<_, RecordsError>>()?;
    permits.retain(|(id, _)| question.after.as_ref().is_none_or(|after| *id > after.id));
    permits.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let count = usize::try_from(question.count).unwrap_or(usize::MAX);
    let mut answer = SearchAnswer::default();
    let mut left = permits.as_slice();
    // Nobody is opened who may not be on the page.
    while answer.matches.len() < count && !left.is_empty() {
        let room = room(&answer.matches);
        if room == 0 {
            break;
        }
        let (now, later) = left.split_at(left.len().min(count - answer.matches.len()).min(room));
        let asked: Vec<&Arc<Permit>> = now.iter().map(|(_, permit)| *permit).collect();
        answer.matches.extend(open_all(records, caller, question, &asked).await?);
        records.rooms.take(&caller.room, answer.matches.iter().map(Resource::size).sum()).await?;
        answer.next = now.last().filter(|_| !later.is_empty()).map(|(id, _)| Mark::unranked(id.clone()));
        left = later;
    }
    Ok(answer)
}

/// How many more patients are opened at the same time for a page: a few, and as many as have room where these are small.
pub(super) fn room(opened: &[Resource]) -> usize {
    let bytes: usize = opened.iter().map(Resource::size).sum();
    match (opened.len(), MOST_BYTES.saturating_sub(bytes)) {
        (0, _) => AT_FIRST,
        (_, 0) => 0,
        (count, left) => (left / (bytes / count).max(1)).clamp(1, AT_A_TIME),
    }
}

/// Opens patients, in the order given, without those that do not match.
pub(super) async fn open_all(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
    permits: &[&Arc<Permit>],
) -> Result<Vec<Resource>, RecordsError> {
    let opened =
        permits.iter().map(|permit| open(records, caller.under_for(permit, &question.excerpt), question));
    // Where one refuses, the others are waited for: what they disclosed is to be known.
    let opened: Vec<Option<Resource>> = join_all(opened).await.into_iter().collect::<Result<_, _>>()?;
    Ok(opened.into_iter().flatten().collect())
}

/// The patients the question names by id; for a patient who asks without naming anyone, themselves.
fn named(caller: &Caller, question: &SearchQuestion) -> Option<Vec<Subject>> {
    let id = |value: &SearchValue| match value {
        SearchValue::Id(text) => Ids::patient(text.rsplit('/').next().unwrap_or_default()).ok(),
        _ => None,
    };
    let by_id = question.criteria.iter().filter(|criterion| criterion.parameter.is_id());
    let named = by_id.map(|criterion| criterion.values.iter().filter_map(id).collect::<Vec<_>>());
    match named.reduce(|both, one| both.into_iter().filter(|subject| one.contains(subject)).collect()) {
        Some(subjects) => Some(subjects),
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

/// A half that the caller may see, and what is asked of it.
pub(super) struct Part<'a> {
    pub(super) record: RecordId,
    pub(super) criteria: Vec<&'a Criterion>,
}

/// The halves that the permit opens; none where something is asked of the other.
pub(super) fn parts<'a>(permit: &Permit, criteria: &'a [Criterion]) -> Option<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    for compartment in HALVES {
        let here = criteria.iter().filter(|criterion| !criterion.parameter.is_id());
        let here: Vec<&Criterion> =
            here.filter(|criterion| criterion.parameter.compartment() == Some(compartment)).collect();
        match half_of_patient(permit, compartment) {
            Some(record) => parts.push(Part { record, criteria: here }),
            // SECURITY: what the caller may not see decides nothing, not even that somebody is found.
            None if !here.is_empty() => return None,
            None => {}
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// What the vault of a half is asked.
pub(super) fn half(records: &Records, permit: &Permit, record: RecordId, criteria: Vec<&Criterion>) -> Query {
    Query {
        terms: vec![vec![documents::blindable(Term::of_type(ResourceType::Patient))]],
        exactly: criteria.into_iter().map(|criterion| records.in_own_names(permit, criterion)).collect(),
        only: vec![record],
        limit: 1,
        ..Query::default()
    }
}

/// Opens one patient; none where one of the criteria does not match.
async fn open(
    records: &Records,
    asked: UnderPermit<'_>,
    question: &SearchQuestion,
) -> Result<Option<Resource>, RecordsError> {
    let halves = halves(records, asked, &question.criteria).await?;
    halves.map(|halves| documents::patient(records, asked.permit, &halves)).transpose()
}

/// The halves of a patient that the permit opens; none where one of the criteria does not match.
pub(super) async fn halves(
    records: &Records,
    asked: UnderPermit<'_>,
    criteria: &[Criterion],
) -> Result<Option<Vec<Disclosed>>, RecordsError> {
    let Some(parts) = parts(asked.permit, criteria) else { return Ok(None) };
    // SECURITY: nothing of a half is disclosed, and so announced, before the other is known to match as well.
    let (mut first, mut then): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| !part.criteria.is_empty());
    if first.len() > 1 {
        for Part { record, criteria } in &first[1..] {
            let query = half(records, asked.permit, *record, criteria.clone());
            if records.vault(record.compartment())?.rank(asked, query, &[], None).await?.total == 0 {
                return Ok(None);
            }
        }
    }
    first.append(&mut then);
    let mut halves = Vec::new();
    for Part { record, criteria } in first {
        let query = half(records, asked.permit, record, criteria);
        let found = records.vault(record.compartment())?.search(asked, query).await?.matches;
        if found.is_empty() {
            return Ok(None);
        }
        halves.extend(found);
    }
    halves.sort_by_key(|half| half.record.compartment());
    of_one_version(records, asked, halves).await.map(Some)
}

/// Whether one of the halves that the permit opens was written as the criterion says: none is disclosed for that.
pub(super) async fn written(
    records: &Records,
    asked: UnderPermit<'_>,
    when: &Criterion,
) -> Result<bool, RecordsError> {
    for Part { record, .. } in parts(asked.permit, &[]).unwrap_or_default() {
        let query = half(records, asked.permit, record, vec![when]);
        if records.vault(record.compartment())?.rank(asked, query, &[], None).await?.total > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn kept_in(group: &[Term]) -> Option<Compartment> {
    parameter(ResourceType::Patient, group.first()?.parameter)?.compartment()
}

fn nothing_narrows() -> RecordsError {
    let reason = "among all patients a search needs an identifier, three letters of a name, a telephone number, an e-mail \
                  address, or a birth date with its year at least";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}
