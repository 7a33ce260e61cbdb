//! Stored forms, grouped by vault and permit.

use std::sync::Arc;

use tacenda_contracts::{
    permit::Permit,
    vault::{Change, Write},
};
use tacenda_fhir::{ResourceType, Template};
use tacenda_kernel::{CompartmentSet, PublicId, RecordId, RequestContext};

use super::draft::{Step, StepTarget};
use crate::{
    Records, RecordsError, documents,
    ids::half_of_patient,
    operations::{change_patient::both_halves, read_patient::HALVES},
    references::{Resolver, sees_contained},
    saga::Part,
    writes::{Answer, decided::Deed},
};

/// Writes grouped by vault and permit, and the answers they lead to.
pub(crate) struct Planned {
    pub(crate) parts: Vec<Part>,
    pub(crate) answers: Vec<Answer>,
    pub(super) context: RequestContext,
}

impl Planned {
    pub(crate) fn compartments(&self) -> CompartmentSet {
        self.parts.iter().map(|part| part.compartment).collect()
    }
}

impl Planned {
    pub(super) fn step(
        &mut self,
        records: &Records,
        step: &Step<'_>,
        permit: &Arc<Permit>,
        resolver: &mut Resolver<'_>,
        prefix: &str,
    ) -> Result<(), RecordsError> {
        match step.target {
            StepTarget::Patient => self.patient(step, permit, resolver, prefix),
            StepTarget::Record(record) => self.record(records, step, record, permit, resolver, prefix),
            StepTarget::Nothing => Ok(()),
        }
    }

    fn record(
        &mut self,
        records: &Records,
        step: &Step<'_>,
        record: RecordId,
        permit: &Arc<Permit>,
        resolver: &mut Resolver<'_>,
        prefix: &str,
    ) -> Result<(), RecordsError> {
        let (change, template) = match &step.decided.deed {
            Deed::Create(value) => {
                let template = resolver.build(value, Some(prefix));
                resolver.contained(value, true);
                (Change::Create(documents::content(&template, value)), Some(template))
            }
            Deed::Update { value, expected, .. } => {
                let template = resolver.build(value, Some(prefix));
                resolver.contained(value, sees_contained(permit, record.compartment()));
                (Change::Update(documents::content(&template, value), *expected), Some(template))
            }
            Deed::Delete { expected, .. } => {
                (Change::Delete { kind: step.decided.kind, expected: *expected }, None)
            }
            Deed::Find(_) | Deed::Pass => return Ok(()),
        };
        self.add(permit, Write { record, change });
        let id = records.ids.public(permit, record)?.to_string();
        self.answer(step, vec![record], id, permit, template);
        Ok(())
    }

    fn patient(
        &mut self,
        step: &Step<'_>,
        permit: &Arc<Permit>,
        resolver: &mut Resolver<'_>,
        prefix: &str,
    ) -> Result<(), RecordsError> {
        let (value, expected) = match &step.decided.deed {
            Deed::Create(value) => (Some(value), None),
            Deed::Update { value, expected, .. } => (Some(value), *expected),
            Deed::Delete { expected, .. } => (None, *expected),
            Deed::Find(_) | Deed::Pass => return Ok(()),
        };
        let halves = value.map(|value| both_halves(resolver, value, Some(prefix)));
        let whole = halves
            .as_ref()
            .and_then(|[contact, identity]| Template::join(Some(&contact.1), Some(&identity.1)));
        let contents = halves.map(|halves| halves.map(|(_, _, content)| Some(content))).unwrap_or_default();
        let mut records = Vec::new();
        for (compartment, content) in HALVES.into_iter().zip(contents) {
            let record = half_of_patient(permit, compartment).ok_or(RecordsError::Forbidden)?;
            let change = match (&step.decided.deed, content) {
                (Deed::Create(_), Some(content)) => Change::Create(content),
                (_, Some(content)) => Change::Update(content, expected),
                (_, None) => Change::Delete { kind: ResourceType::Patient, expected },
            };
            self.add(permit, Write { record, change });
            records.push(record);
        }
        let public = permit.claims().subject.as_ref().ok_or(RecordsError::NotFound)?.public;
        self.answer(step, records, PublicId::One(public).to_string(), permit, whole);
        Ok(())
    }

    fn answer(
        &mut self,
        step: &Step<'_>,
        records: Vec<RecordId>,
        id: String,
        permit: &Arc<Permit>,
        template: Option<Template>,
    ) {
        let created = matches!(step.decided.deed, Deed::Create(_));
        self.answers.push(Answer { records, id, created, permit: Arc::clone(permit), template });
    }

    fn add(&mut self, permit: &Arc<Permit>, write: Write) {
        let compartment = write.record.compartment();
        let same = |part: &&mut Part| part.compartment == compartment && Arc::ptr_eq(&part.permit, permit);
        match self.parts.iter_mut().find(same) {
            Some(part) => part.writes.push(write),
            None => {
                let (permit, context) = (Arc::clone(permit), self.context);
                self.parts.push(Part { compartment, permit, context, writes: vec![write] });
            }
        }
    }
}
