//! Searching: one patient's records or the directory by tokens; patients themselves by look-up, then a permit for each.

use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Query, Use},
};
use tacenda_fhir::{Issue, IssueCode, ResourceType, SearchParameter, SearchValue, Target, Term};
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId, Role};

use super::search_patients;
use crate::{Caller, Records, RecordsError, Resource, documents, ids::Ids};

/// What is searched for.
#[derive(Clone, Debug)]
pub struct SearchQuestion {
    /// The type.
    pub kind: ResourceType,
    /// Parameters and the alternatives of each; all parameters must match.
    pub criteria: Vec<(SearchParameter, Vec<SearchValue>)>,
    /// How many at most, from 1.
    pub count: u32,
    /// The last id of the page before.
    pub after: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct SearchAnswer {
    /// The resources.
    pub matches: Vec<Resource>,
    /// The last id, where there may be more.
    pub next: Option<String>,
}

impl Records {
    /// Searches. Resources of a patient need the patient; patients themselves a name or an identifier.
    ///
    /// # Errors
    /// [`RecordsError`]
    pub async fn search(
        &self,
        caller: &Caller,
        question: &SearchQuestion,
    ) -> Result<SearchAnswer, RecordsError> {
        self.in_scope(caller, Action::Search, question.kind).await?;
        if question.kind == ResourceType::Patient {
            return search_patients::search(self, caller, question).await;
        }
        let subject = self.heard(caller, Action::Search, self.subject_of_search(caller, question)).await?;
        let compartments = question.kind.placement().compartments();
        let permit = self.permits.get(caller, Action::Search, subject, compartments).await?;
        self.search_under(caller, &permit, question).await
    }

    async fn search_under(
        &self,
        caller: &Caller,
        permit: &Permit,
        question: &SearchQuestion,
    ) -> Result<SearchAnswer, RecordsError> {
        let realm = caller.actor.role.realm();
        let mut after = match &question.after {
            Some(id) => Some(self.heard(caller, Action::Search, self.ids.record(realm, id)).await?.record),
            None => None,
        };
        let mut answer = SearchAnswer::default();
        for compartment in question.kind.placement().compartments().iter() {
            let left = question.count.saturating_sub(len(&answer));
            let passed = after.is_some_and(|record| record.compartment() > compartment);
            if left == 0 || passed || permit.opening(compartment).is_none() {
                continue;
            }
            let from = after.take_if(|record| record.compartment() == compartment);
            self.page(caller.under(permit), compartment, question, from, left, &mut answer).await?;
        }
        if len(&answer) == question.count {
            answer.next = answer.matches.last().map(|last| last.id.clone());
        }
        Ok(answer)
    }

    /// Adds one vault's page. Where alternatives are searched for, each is searched and the first found win.
    async fn page(
        &self,
        asked: Use<'_>,
        compartment: Compartment,
        question: &SearchQuestion,
        after: Option<RecordId>,
        limit: u32,
        answer: &mut SearchAnswer,
    ) -> Result<(), RecordsError> {
        let permit = asked.permit;
        let mut found = Vec::new();
        for mut query in self.queries(permit, question)? {
            (query.after, query.limit) = (after, limit);
            found.extend(self.vault(compartment)?.search(asked, query).await?);
        }
        found.sort_by_key(|one| one.record);
        found.dedup_by_key(|one| one.record);
        for one in found.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            answer.matches.push(documents::disclosed(self, permit, one)?);
        }
        Ok(())
    }

    /// One query for each combination of alternatives; an `_id` is a criterion on the vault's own name.
    fn queries(&self, permit: &Permit, question: &SearchQuestion) -> Result<Vec<Query>, RecordsError> {
        let kind = documents::blindable(Term::of_type(question.kind));
        let mut queries = vec![Query { terms: vec![kind], ..Query::default() }];
        for (parameter, values) in &question.criteria {
            if !parameter.is_token() {
                if parameter.name == "_id" {
                    let ids = values.iter().map(|value| self.id_of(permit, value));
                    let ids: Vec<RecordId> =
                        ids.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
                    queries = each(&queries, &ids, |query, id| query.only = Some(*id));
                }
                continue;
            }
            queries = each(&queries, values, |query, value| {
                query.terms.splice(0..0, value.terms(parameter).into_iter().map(documents::blindable));
                query.exactly.push((parameter.name, vec![value.clone()]));
            });
        }
        if queries.len() > 20 { Err(too_many()) } else { Ok(queries) }
    }

    fn id_of(&self, permit: &Permit, value: &SearchValue) -> Result<Option<RecordId>, RecordsError> {
        let SearchValue::Id(text) = value else { return Ok(None) };
        let id = text.rsplit('/').next().unwrap_or_default();
        Ok(self.ids.record(permit.claims().realm, id).ok().map(|named| named.record))
    }

    /// Whose records are searched: the directory is nobody's; a patient's own need not be named.
    fn subject_of_search(&self, caller: &Caller, question: &SearchQuestion) -> Result<Subject, RecordsError> {
        if question.kind.placement().compartments() == CompartmentSet::from(Compartment::Directory) {
            return Ok(Subject::Nobody);
        }
        let mut subjects = Vec::new();
        for (parameter, values) in &question.criteria {
            for value in values {
                match value {
                    SearchValue::Id(text) if parameter.name == "_id" => {
                        let id = text.rsplit('/').next().unwrap_or_default();
                        subjects.push(self.ids.record(caller.actor.role.realm(), id)?.subject);
                    }
                    SearchValue::Id(text) => subjects.push(self.patient_named(text)?),
                    SearchValue::Identifier { .. } | SearchValue::Name(_) => {}
                }
            }
        }
        let Some(first) = subjects.first().copied() else {
            return if caller.actor.role == Role::Patient { Ok(Subject::Own) } else { Err(no_patient()) };
        };
        if subjects.iter().all(|other| *other == first) { Ok(first) } else { Err(one_patient()) }
    }

    fn patient_named(&self, text: &str) -> Result<Subject, RecordsError> {
        match Target::parse(text, &self.base_url) {
            Target::Local { resource_type: ResourceType::Patient, id, .. } => Ids::patient(id),
            _ => Ids::patient(text),
        }
    }
}

/// Every query with every alternative.
fn each<T>(queries: &[Query], alternatives: &[T], add: impl Fn(&mut Query, &T)) -> Vec<Query> {
    let with = |query: &Query, alternative: &T| {
        let mut query = query.clone();
        add(&mut query, alternative);
        query
    };
    queries.iter().flat_map(|query| alternatives.iter().map(move |one| with(query, one))).collect()
}

pub(super) fn len(answer: &SearchAnswer) -> u32 {
    u32::try_from(answer.matches.len()).unwrap_or(u32::MAX)
}

fn no_patient() -> RecordsError {
    let reason = "say whose records: add patient=<id>";
    RecordsError::Invalid(vec![Issue::new(IssueCode::Required, reason)])
}

fn one_patient() -> RecordsError {
    let reason = "a search is about one patient; search for each";
    RecordsError::Invalid(vec![Issue::new(IssueCode::NotSupported, reason)])
}

pub(super) fn too_many() -> RecordsError {
    let reason = "the search combines too many alternatives";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}
