//! A question in a vault's own words: blind terms, its own names of records, and what is compared when they are open.

use tacenda_contracts::{
    permit::Permit,
    vault::{OWN_PATIENT, Query, Term as BlindableTerm, own_name},
};
use tacenda_fhir::{Criterion, ReferenceTarget, ReferenceValue, SearchValue, Target, Term};
use tacenda_kernel::{PublicId, RecordId};

use super::search_question::SearchQuestion;
use crate::{Records, RecordsError, documents};

/// What no record is called.
const NOBODY: &str = "-";

impl Records {
    /// What a vault is asked; none where nothing can match. An `_id` is the vault's own name.
    pub(super) fn query(
        &self,
        permit: &Permit,
        question: &SearchQuestion,
    ) -> Result<Option<Query>, RecordsError> {
        let mut query = Query::default();
        for criterion in &question.criteria {
            if criterion.parameter.name == "_id" {
                let ids = criterion.values.iter().map(|value| self.id_of(permit, value));
                let ids: Vec<RecordId> = ids.flatten().collect();
                let both = |one: &RecordId| query.only.is_empty() || query.only.contains(one);
                query.only = ids.into_iter().filter(both).collect();
                // A page goes on after the last name of the one before.
                query.only.sort_unstable();
                if query.only.is_empty() {
                    return Ok(None);
                }
            } else if !criterion.parameter.is_id() {
                query.exactly.push(self.in_own_names(permit, criterion));
            }
        }
        query.terms.extend(groups(Criterion::terms_of_all(&question.criteria)));
        query.terms.push(vec![documents::blindable(Term::of_type(question.kind))]);
        Ok(Some(query))
    }

    fn id_of(&self, permit: &Permit, value: &SearchValue) -> Option<RecordId> {
        let SearchValue::Id(text) = value else { return None };
        let id = text.rsplit('/').next().unwrap_or_default();
        self.ids.record(permit.claims().realm, id).ok().map(|named| named.record)
    }

    /// The criterion with references as the vault compares them. What this caller cannot name matches nothing.
    pub(crate) fn in_own_names(&self, permit: &Permit, criterion: &Criterion) -> Criterion {
        let mut criterion = criterion.clone();
        for value in &mut criterion.values {
            if let SearchValue::Reference(ReferenceValue { target, .. }) = value {
                *target = self.own_target(permit, target);
            }
        }
        criterion
    }

    fn own_target(&self, permit: &Permit, target: &ReferenceTarget) -> ReferenceTarget {
        let url = match target {
            ReferenceTarget::Id(id) => return ReferenceTarget::Id(self.own_id(permit, id)),
            ReferenceTarget::Url(url) => url,
        };
        match Target::parse(url, &self.base_url) {
            Target::Local { id, .. } => ReferenceTarget::Id(self.own_id(permit, id)),
            _ => target.clone(),
        }
    }

    fn own_id(&self, permit: &Permit, id: &str) -> String {
        let claims = permit.claims();
        let patient = claims.subject.as_ref().map(|subject| PublicId::One(subject.public).to_string());
        if patient.as_deref() == Some(id) {
            return OWN_PATIENT.to_owned();
        }
        self.ids.record(claims.realm, id).map_or_else(|_| NOBODY.to_owned(), |named| own_name(named.record))
    }
}

/// Terms as a vault takes them.
pub(super) fn groups(terms: Vec<Vec<Term>>) -> impl Iterator<Item = Vec<BlindableTerm>> {
    terms.into_iter().map(|group| group.into_iter().map(documents::blindable).collect())
}
