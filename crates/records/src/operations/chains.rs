//! Chains: the inner question is asked first, like any other, under its own permits and with its own entries. Its ids take
//! the chain's place. Nothing of what it finds is shown, so nothing but its name is disclosed.

use tacenda_contracts::keystore::Subject;
use tacenda_fhir::{Chain, Excerpt, Issue, IssueCode, ResourceType};
use tacenda_kernel::Action;

use super::{search_patients, search_question::SearchQuestion};
use crate::{Caller, Records, RecordsError};

/// What an inner question may find.
const MOST: usize = 200;
/// How often the vaults are asked to go on looking for it.
const MOST_ROUNDS: usize = 20;

/// The question without chains; none where one of them leads to nothing.
pub(super) async fn resolve(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<Option<SearchQuestion>, RecordsError> {
    let mut question = question.clone();
    let (whose, others): (Vec<Chain>, Vec<Chain>) =
        std::mem::take(&mut question.chains).into_iter().partition(Chain::is_whose);
    if let Some(first) = whose.first() {
        let Some(id) = patient(records, caller, &whose).await? else { return Ok(None) };
        question.criteria.push(first.of_patient(id));
    }
    for chain in others {
        let ids = inner(records, caller, &question, &chain).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        question.criteria.push(chain.to_one_of(ids.into_iter()));
    }
    Ok(Some(question))
}

/// The one patient of whom all of these are true.
async fn patient(
    records: &Records,
    caller: &Caller,
    chains: &[Chain],
) -> Result<Option<String>, RecordsError> {
    records.in_scope(caller, Action::Search, ResourceType::Patient).await?;
    let criteria = chains.iter().map(|chain| chain.inner.clone()).collect();
    let excerpt = Excerpt::name_only();
    let inner = SearchQuestion { criteria, excerpt, ..SearchQuestion::all(ResourceType::Patient, 2) };
    let mut found = search_patients::search(records, caller, &inner).await?.matches;
    if found.len() > 1 {
        let reason = "the chain leads to several patients; a search is about one: search for each";
        return Err(RecordsError::Invalid(vec![Issue::new(IssueCode::NotSupported, reason)]));
    }
    Ok(found.pop().map(|one| one.id))
}

async fn inner(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
    chain: &Chain,
) -> Result<Vec<String>, RecordsError> {
    records.in_scope(caller, Action::Search, chain.target).await?;
    let criteria = vec![chain.inner.clone()];
    let excerpt = Excerpt::name_only();
    let mut inner = SearchQuestion { criteria, excerpt, ..SearchQuestion::all(chain.target, 200) };
    let mut ids = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let found = if chain.target == ResourceType::Patient {
            search_patients::search(records, caller, &inner).await?
        } else {
            let subject = if chain.target.is_directory() {
                Subject::Nobody
            } else {
                records.heard(caller, Action::Search, records.subject_of_search(caller, question)).await?
            };
            records.search_of(caller, subject, &inner).await?
        };
        ids.extend(found.matches.into_iter().map(|one| one.id));
        if ids.len() > MOST {
            return Err(too_many());
        }
        inner.after = found.next;
        if inner.after.is_none() {
            return Ok(ids);
        }
    }
    Err(too_many())
}

fn too_many() -> RecordsError {
    let reason = "a chain leads to more than 200 resources, or too many had to be looked at: narrow it, or search in two \
                  steps";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}
