//! The permits of a transaction.

use std::sync::Arc;

use tacenda_contracts::{keystore::Subject, permit::Permit};
use tacenda_kernel::{Action, Compartment, CompartmentSet};
use uuid::Uuid;

use super::draft::{Draft, Step, StepTarget};
use crate::{Caller, Records, RecordsError, operations::read_patient::HALVES};

/// The permits a transaction needs, each asked for once.
pub(super) struct Permits<'a> {
    records: &'a Records,
    caller: &'a Caller,
    pub(super) subject: Subject,
    enrolling: Option<Arc<Permit>>,
    compartments: CompartmentSet,
}

impl<'a> Permits<'a> {
    pub(super) async fn new(
        records: &'a Records,
        caller: &'a Caller,
        draft: &Draft<'_>,
        saga: Option<Uuid>,
    ) -> Result<Self, RecordsError> {
        let compartments: CompartmentSet =
            draft.compartments().iter().filter(|one| *one != Compartment::Directory).collect();
        let enrolling = match saga.filter(|_| draft.enrols) {
            Some(saga) => {
                let request = caller.request(Action::Register, Subject::Nobody, compartments);
                Some(records.keystore.enrol(&request, saga).await?)
            }
            None => None,
        };
        let enrolled = enrolling.as_ref().and_then(|permit| permit.claims().subject.as_ref());
        let subject = match enrolled {
            Some(subject) => Subject::Public(subject.public),
            None => draft.subject.unwrap_or(Subject::Nobody),
        };
        Ok(Self { records, caller, subject, enrolling, compartments })
    }

    pub(super) async fn of(&mut self, step: &Step<'_>) -> Result<Arc<Permit>, RecordsError> {
        let (action, _) = step.decided.action();
        let needed: CompartmentSet = match step.target {
            StepTarget::Patient => HALVES.into_iter().collect(),
            StepTarget::Record(record) => CompartmentSet::from(record.compartment()),
            StepTarget::Nothing => CompartmentSet::default(),
        };
        let of_nobody = needed.contains(Compartment::Directory);
        let permit = match &self.enrolling {
            Some(permit) if action == Action::Create && !of_nobody => Arc::clone(permit),
            _ => {
                let (subject, asked) =
                    if of_nobody { (Subject::Nobody, needed) } else { (self.subject, self.compartments) };
                self.records.permits.get(self.caller, action, subject, asked).await?
            }
        };
        let opens = permit.compartments();
        if needed.iter().all(|one| opens.contains(one)) { Ok(permit) } else { Err(RecordsError::Forbidden) }
    }
}
