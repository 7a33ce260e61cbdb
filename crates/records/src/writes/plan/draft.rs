//! What a transaction is about: every record gets its name, and the one patient is found.

use std::collections::{HashMap, HashSet};

use tacenda_contracts::keystore::Subject;
use tacenda_fhir::{Issue, IssueCode, Place, ResourceType, place_resolving};
use tacenda_kernel::{Compartment, CompartmentSet, RecordId};
use uuid::Uuid;

use super::{permits::Permits, writes::Planned};
use crate::{
    Caller, Records, RecordsError, Resource,
    ids::Ids,
    operations::{create_record::no_place, read_patient::HALVES},
    references::{Assigned, Entries, Resolver, subject_of},
    writes::decided::{Decided, Deed},
};

/// A transaction whose records have names and whose patient is known.
pub(crate) struct Draft<'a> {
    steps: Vec<Step<'a>>,
    entries: Entries,
    /// None where the transaction enrols its patient, or has none.
    pub(super) subject: Option<Subject>,
    pub(super) enrols: bool,
    /// What conditions found, which must still be there.
    found: Vec<RecordId>,
}

/// One thing that is done, with the record it is about.
pub(super) struct Step<'a> {
    pub(super) decided: &'a Decided,
    pub(super) target: StepTarget,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum StepTarget {
    Patient,
    Record(RecordId),
    /// Nothing is written.
    Nothing,
}

impl StepTarget {
    const fn record(self) -> Option<RecordId> {
        match self {
            Self::Record(record) => Some(record),
            Self::Patient | Self::Nothing => None,
        }
    }
}

impl<'a> Draft<'a> {
    /// Gives every record a name and finds the one patient the transaction is about.
    pub(crate) fn read(records: &Records, caller: &Caller, all: &'a [Decided]) -> Result<Self, RecordsError> {
        let stays = |one: &&Decided| !matches!(one.deed, Deed::Delete { .. } | Deed::Pass);
        let stays = all.iter().filter(stays);
        let types: HashMap<&str, ResourceType> =
            stays.filter_map(|one| Some((one.full_url.as_deref()?, one.kind))).collect();
        let mut draft = Self {
            steps: Vec::new(),
            entries: Entries::new(),
            subject: None,
            enrols: false,
            found: Vec::new(),
        };
        let (mut changed, mut found) = (HashSet::new(), HashSet::new());
        for decided in all {
            let target = draft.target(records, caller, decided, &types)?;
            if matches!(decided.deed, Deed::Update { .. } | Deed::Delete { .. }) && !changed.insert(target) {
                return Err(changed_twice());
            }
            if let Deed::Find(one) = &decided.deed {
                found.insert(draft.there(records, caller, decided.kind, &one.id)?);
            }
            draft.steps.push(Step { decided, target });
        }
        if !changed.is_disjoint(&found) {
            return Err(changed_twice());
        }
        draft.found = found.into_iter().filter_map(StepTarget::record).collect();
        draft.find_subject(records, caller)?;
        Ok(draft)
    }

    pub(crate) const fn enrols(&self) -> bool {
        self.enrols
    }

    pub(crate) fn compartments(&self) -> CompartmentSet {
        let of_step = |step: &Step<'_>| match step.target {
            StepTarget::Patient => HALVES.to_vec(),
            StepTarget::Record(record) => vec![record.compartment()],
            StepTarget::Nothing => Vec::new(),
        };
        self.steps.iter().flat_map(of_step).collect()
    }

    fn target(
        &mut self,
        records: &Records,
        caller: &Caller,
        decided: &Decided,
        types: &HashMap<&str, ResourceType>,
    ) -> Result<StepTarget, RecordsError> {
        match &decided.deed {
            Deed::Create(value) => {
                let place = place_resolving(value, &|url| types.get(url).copied()).ok_or_else(no_place)?;
                let (target, assigned) = match place {
                    Place::Split if self.enrols || self.subject.is_some() => return Err(one_patient()),
                    Place::Split => (StepTarget::Patient, Assigned::Patient),
                    Place::In(compartment) => {
                        let record = RecordId::make(compartment, records.random.as_ref());
                        (StepTarget::Record(record), Assigned::Record(decided.kind, record))
                    }
                };
                self.enrols |= matches!(target, StepTarget::Patient);
                if let Some(url) = &decided.full_url {
                    self.entries.insert(url.clone(), assigned);
                }
                Ok(target)
            }
            Deed::Update { id, .. } => {
                let target = self.there(records, caller, decided.kind, id)?;
                self.name(decided, target);
                Ok(target)
            }
            // Nothing refers to what is not there any more.
            Deed::Delete { id, .. } => self.there(records, caller, decided.kind, id),
            Deed::Find(Resource { id, .. }) => {
                let target = self.there(records, caller, decided.kind, id)?;
                self.name(decided, target);
                Ok(StepTarget::Nothing)
            }
            Deed::Pass => Ok(StepTarget::Nothing),
        }
    }

    /// What has that id, which the transaction is then about.
    fn there(
        &mut self,
        records: &Records,
        caller: &Caller,
        kind: ResourceType,
        id: &str,
    ) -> Result<StepTarget, RecordsError> {
        if kind == ResourceType::Patient {
            self.about(Ids::patient(id)?)?;
            return Ok(StepTarget::Patient);
        }
        let named = records.ids.record(caller.actor.role.realm(), id)?;
        self.about(named.subject)?;
        Ok(StepTarget::Record(named.record))
    }

    /// How the other entries refer to what is there already.
    fn name(&mut self, decided: &Decided, target: StepTarget) {
        let Some(url) = &decided.full_url else { return };
        let of_record = |record| Assigned::Record(decided.kind, record);
        self.entries.insert(url.clone(), target.record().map_or(Assigned::Patient, of_record));
    }

    fn find_subject(&mut self, records: &Records, caller: &Caller) -> Result<(), RecordsError> {
        for index in 0..self.steps.len() {
            let step = &self.steps[index];
            let StepTarget::Record(record) = step.target else { continue };
            let (Deed::Create(value) | Deed::Update { value, .. }) = &step.decided.deed else { continue };
            if record.compartment() == Compartment::Directory {
                continue;
            }
            if let Some(subject) = subject_of(records, caller, value, &self.entries)? {
                self.about(subject)?;
            }
        }
        Ok(())
    }

    fn about(&mut self, subject: Subject) -> Result<(), RecordsError> {
        if subject == Subject::Nobody || self.subject == Some(subject) {
            return Ok(());
        }
        if self.subject.is_some() || self.enrols {
            return Err(one_patient());
        }
        self.subject = Some(subject);
        Ok(())
    }

    /// Gets the permits, builds the stored forms, and checks the references.
    pub(crate) async fn plan(
        self,
        records: &Records,
        caller: &Caller,
        saga: Option<Uuid>,
    ) -> Result<Planned, RecordsError> {
        let mut permits = Permits::new(records, caller, &self, saga).await?;
        let subject = permits.subject;
        let mut resolver = Resolver::new(records, caller, subject, &self.entries);
        resolver.require(&self.found);
        let deleted = self.steps.iter().filter(|step| matches!(step.decided.deed, Deed::Delete { .. }));
        resolver.forbid(deleted.filter_map(|step| step.target.record()).collect());
        let mut planned = Planned { parts: Vec::new(), answers: Vec::new(), context: caller.context };
        for (index, step) in self.steps.iter().enumerate() {
            if matches!(step.target, StepTarget::Nothing) {
                continue;
            }
            let prefix = format!("Bundle.entry[{index}].resource");
            let permit = permits.of(step).await?;
            planned.step(records, step, &permit, &mut resolver, &prefix)?;
        }
        resolver.finish(caller).await?;
        Ok(planned)
    }
}

fn one_patient() -> RecordsError {
    let reason = "a transaction is about one patient and the directory; send one for each patient";
    RecordsError::Invalid(vec![Issue::new(IssueCode::BusinessRule, reason)])
}

fn changed_twice() -> RecordsError {
    let reason = "two entries of the transaction change the same resource";
    RecordsError::Invalid(vec![Issue::new(IssueCode::BusinessRule, reason)])
}
