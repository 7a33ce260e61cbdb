//! Searching: one patient's records or the directory by tokens; patients themselves by look-up, then a permit for each.

use std::sync::Arc;

use tacenda_contracts::{keystore::Subject, permit::Permit, vault::Disclosed};
use tacenda_fhir::{Issue, IssueCode, ResourceType, SearchValue, Target};
use tacenda_kernel::{Action, Compartment, CompartmentSet, Role};

use super::{
    chains, follow, named::bytes, rank_records, search_patients, search_question::SearchQuestion, walk::walk,
};
use crate::{Caller, Mark, Records, RecordsError, Resource, audit, documents, ids::Ids, provenance};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct SearchAnswer {
    /// The resources.
    pub matches: Vec<Resource>,
    /// What belongs to these, as the question asked.
    pub included: Vec<Resource>,
    /// What was looked at last, where there may be more.
    pub next: Option<Mark>,
    /// How many match in all, where that was asked.
    pub total: Option<u32>,
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
        let found = self.search_for(caller, question).await;
        self.answered(caller, found).await
    }

    async fn search_for(
        &self,
        caller: &Caller,
        question: &SearchQuestion,
    ) -> Result<SearchAnswer, RecordsError> {
        self.in_scope(caller, Action::Search, question.kind).await?;
        if of_the_ledger(question.kind) && !question.is_as_derived() {
            return Err(derived_whole());
        }
        let Some(plain) = chains::resolve(self, caller, question).await? else {
            return Ok(SearchAnswer { total: question.total.then_some(0), ..SearchAnswer::default() });
        };
        let mut answer = match plain.kind {
            kind if kind.is_logged() => audit::search(self, caller, &plain).await?,
            ResourceType::Patient => search_patients::search(self, caller, &plain).await?,
            ResourceType::Provenance => provenance::search(self, caller, &plain).await?,
            _ => {
                let subject = self.subject_of_search(caller, &plain);
                let subject = self.heard(caller, Action::Search, subject).await?;
                self.search_of(caller, subject, &plain).await?
            }
        };
        answer.included = follow::follow(self, caller, question, &answer.matches).await?;
        Ok(answer)
    }

    /// Searches what callers stored: the condition of a write is about nothing that is derived.
    ///
    /// # Errors
    /// [`RecordsError`], as for [`Records::search`].
    pub(crate) async fn search_stored(
        &self,
        caller: &Caller,
        question: &SearchQuestion,
    ) -> Result<SearchAnswer, RecordsError> {
        self.require_stored(caller, Action::Update, question.kind).await?;
        if question.kind == ResourceType::Provenance {
            self.in_scope(caller, Action::Search, question.kind).await?;
            let Some(plain) = chains::resolve(self, caller, question).await? else {
                return Ok(SearchAnswer::default());
            };
            let found = provenance::search_stored(self, caller, &plain).await;
            return self.answered(caller, found).await;
        }
        self.search(caller, question).await
    }

    /// Searches the stored records of one patient, or of the directory.
    pub(crate) async fn search_of(
        &self,
        caller: &Caller,
        subject: Subject,
        question: &SearchQuestion,
    ) -> Result<SearchAnswer, RecordsError> {
        let compartments = question.kind.placement().compartments();
        let permit = self.permits.get(caller, Action::Search, subject, compartments).await?;
        self.search_under(caller, &permit, question).await
    }

    async fn search_under(
        &self,
        caller: &Caller,
        permit: &Arc<Permit>,
        question: &SearchQuestion,
    ) -> Result<SearchAnswer, RecordsError> {
        let realm = caller.actor.role.realm();
        let after = match &question.after {
            Some(mark) => {
                Some(self.heard(caller, Action::Search, self.ids.record(realm, &mark.id)).await?.record)
            }
            None => None,
        };
        let Some(query) = self.query(permit, question)? else {
            return Ok(SearchAnswer { total: question.total.then_some(0), ..SearchAnswer::default() });
        };
        if question.ranks() {
            return rank_records::search(self, caller, permit, question, query, after).await;
        }
        let asked = question.kind.placement().compartments();
        let asked = asked.iter().filter(|one| permit.opening(*one).is_some()).map(|one| (one, query.clone()));
        let asking = caller.under_for(permit, &question.excerpt);
        let walked = walk(self, asking, asked.collect(), after, question.count).await?;
        self.rooms.take(&caller.room, bytes(&walked.found)).await?;
        let shown = |one: &Disclosed| documents::disclosed(self, permit, one);
        let next = walked.next(self, permit)?.map(Mark::unranked);
        let matches = walked.found.iter().map(shown).collect::<Result<_, _>>()?;
        Ok(SearchAnswer { matches, next, ..SearchAnswer::default() })
    }

    /// Whose records are searched: the directory is nobody's; a patient's own need not be named.
    pub(super) fn subject_of_search(
        &self,
        caller: &Caller,
        question: &SearchQuestion,
    ) -> Result<Subject, RecordsError> {
        if question.kind.placement().compartments() == CompartmentSet::from(Compartment::Directory) {
            return Ok(Subject::Nobody);
        }
        let mut subjects = Vec::new();
        for criterion in question.criteria.iter().filter(|criterion| criterion.parameter.is_id()) {
            for value in &criterion.values {
                let SearchValue::Id(text) = value else { continue };
                if criterion.parameter.name == "_id" {
                    let id = text.rsplit('/').next().unwrap_or_default();
                    subjects.push(self.ids.record(caller.actor.role.realm(), id)?.subject);
                } else {
                    subjects.push(self.patient_named(text)?);
                }
            }
        }
        let Some(first) = subjects.first().copied() else {
            return if caller.actor.role == Role::Patient { Ok(Subject::Own) } else { Err(no_patient()) };
        };
        if subjects.iter().all(|other| *other == first) { Ok(first) } else { Err(one_patient()) }
    }

    pub(crate) fn patient_named(&self, text: &str) -> Result<Subject, RecordsError> {
        match Target::parse(text, &self.base_url) {
            Target::Local { resource_type: ResourceType::Patient, id, .. } => Ids::patient(id),
            _ => Ids::patient(text),
        }
    }
}

/// Whether some of a type are made of the ledger, when they are asked for.
pub(super) fn of_the_ledger(kind: ResourceType) -> bool {
    kind.is_logged() || kind == ResourceType::Provenance
}

pub(super) fn derived_whole() -> RecordsError {
    let reason = "what is derived from the ledger comes whole, newest first and without a total: leave out _sort (an \
                  AuditEvent may have _sort=-date), _total, _summary, _elements and _count=0";
    RecordsError::Invalid(vec![Issue::new(IssueCode::NotSupported, reason)])
}

pub(crate) fn no_patient() -> RecordsError {
    let reason = "say whose records: add patient=<id>";
    RecordsError::Invalid(vec![Issue::new(IssueCode::Required, reason)])
}

pub(crate) fn one_patient() -> RecordsError {
    let reason = "a search is about one patient; search for each";
    RecordsError::Invalid(vec![Issue::new(IssueCode::NotSupported, reason)])
}

pub(super) fn too_many() -> RecordsError {
    let reason = "the search combines too many alternatives";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}
