//! From a transaction's interactions to writes under permits.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Change, Write},
};
use tacenda_fhir::{Issue, IssueCode, Place, ResourceType, Template, place_resolving};
use tacenda_kernel::{Action, Compartment, CompartmentSet, PublicId, RecordId, TraceId};
use uuid::Uuid;

use super::{
    change_patient::both_halves, create_record::no_place, interaction::Interaction, read_patient::HALVES,
    transact::Answer,
};
use crate::{
    Caller, Records, RecordsError, documents,
    ids::{Ids, half_of_patient},
    references::{Assigned, Entries, Resolver, subject_of},
    saga::Part,
};

/// A transaction whose records have names and whose patient is known.
pub(crate) struct Draft<'a> {
    steps: Vec<Step<'a>>,
    entries: Entries,
    /// None where the transaction enrols its patient, or has none.
    subject: Option<Subject>,
    enrols: bool,
    /// What conditions found, which must still be there.
    found: Vec<RecordId>,
}

/// One interaction with the record it is about.
struct Step<'a> {
    interaction: Interaction<'a>,
    target: StepTarget,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum StepTarget {
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

/// Writes grouped by vault and permit, and the answers they lead to.
pub(crate) struct Planned {
    pub(crate) parts: Vec<Part>,
    pub(crate) answers: Vec<Answer>,
    trace: TraceId,
}

impl Planned {
    pub(crate) fn compartments(&self) -> CompartmentSet {
        self.parts.iter().map(|part| part.compartment).collect()
    }
}

impl<'a> Draft<'a> {
    /// Gives every record a name and finds the one patient the transaction is about.
    pub(crate) fn read(
        records: &Records,
        caller: &Caller,
        interactions: &[Interaction<'a>],
    ) -> Result<Self, RecordsError> {
        let types: HashMap<&str, ResourceType> = interactions.iter().filter_map(full_url).collect();
        let mut draft = Self {
            steps: Vec::new(),
            entries: Entries::new(),
            subject: None,
            enrols: false,
            found: Vec::new(),
        };
        let (mut changed, mut found) = (HashSet::new(), HashSet::new());
        for interaction in interactions {
            let target = draft.target(records, caller, interaction, &types)?;
            if matches!(interaction, Interaction::Update { .. } | Interaction::Delete { .. })
                && !changed.insert(target)
            {
                return Err(changed_twice());
            }
            if let Interaction::Nothing { kind, id: Some(id), .. } = interaction {
                found.insert(draft.there(records, caller, *kind, id)?);
            }
            draft.steps.push(Step { interaction: *interaction, target });
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
        interaction: &Interaction<'a>,
        types: &HashMap<&str, ResourceType>,
    ) -> Result<StepTarget, RecordsError> {
        match interaction {
            Interaction::Create { kind, full_url, value } => {
                let place = place_resolving(value, &|url| types.get(url).copied()).ok_or_else(no_place)?;
                let (target, assigned) = match place {
                    Place::Split if self.enrols || self.subject.is_some() => return Err(one_patient()),
                    Place::Split => (StepTarget::Patient, Assigned::Patient),
                    Place::In(compartment) => {
                        let record = RecordId::make(compartment, records.random.as_ref());
                        (StepTarget::Record(record), Assigned::Record(*kind, record))
                    }
                };
                self.enrols |= matches!(target, StepTarget::Patient);
                if let Some(url) = full_url {
                    self.entries.insert((*url).to_owned(), assigned);
                }
                Ok(target)
            }
            Interaction::Update { kind, id, .. } | Interaction::Delete { kind, id, .. } => {
                let target = self.there(records, caller, *kind, id)?;
                self.name(interaction, *kind, target);
                Ok(target)
            }
            Interaction::Nothing { kind, id, .. } => {
                if let Some(id) = id {
                    let target = self.there(records, caller, *kind, id)?;
                    self.name(interaction, *kind, target);
                }
                Ok(StepTarget::Nothing)
            }
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
    fn name(&mut self, interaction: &Interaction<'a>, kind: ResourceType, target: StepTarget) {
        let Some((url, _)) = full_url(interaction) else { return };
        let assigned = target.record().map_or(Assigned::Patient, |record| Assigned::Record(kind, record));
        self.entries.insert(url.to_owned(), assigned);
    }

    fn find_subject(&mut self, records: &Records, caller: &Caller) -> Result<(), RecordsError> {
        for index in 0..self.steps.len() {
            let step = &self.steps[index];
            let StepTarget::Record(record) = step.target else { continue };
            let (Interaction::Create { value, .. } | Interaction::Update { value, .. }) = step.interaction
            else {
                continue;
            };
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
        let mut planned = Planned { parts: Vec::new(), answers: Vec::new(), trace: caller.trace };
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

/// The permits a transaction needs, each asked for once.
struct Permits<'a> {
    records: &'a Records,
    caller: &'a Caller,
    subject: Subject,
    enrolling: Option<Arc<Permit>>,
    compartments: CompartmentSet,
}

impl<'a> Permits<'a> {
    async fn new(
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

    async fn of(&mut self, step: &Step<'_>) -> Result<Arc<Permit>, RecordsError> {
        let (action, _) = step.interaction.action();
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

impl Planned {
    fn step(
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
        let (change, template) = match step.interaction {
            Interaction::Create { value, .. } => {
                let template = resolver.build(value, Some(prefix));
                (Change::Create(documents::content(&template, value)), Some(template))
            }
            Interaction::Update { value, expected, .. } => {
                let template = resolver.build(value, Some(prefix));
                (Change::Update(documents::content(&template, value), expected), Some(template))
            }
            Interaction::Delete { kind, expected, .. } => {
                (Change::Delete { kind: kind.as_str(), expected }, None)
            }
            Interaction::Nothing { .. } => return Ok(()),
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
        let (value, expected) = match step.interaction {
            Interaction::Create { value, .. } => (Some(value), None),
            Interaction::Update { value, expected, .. } => (Some(value), expected),
            Interaction::Delete { expected, .. } => (None, expected),
            Interaction::Nothing { .. } => return Ok(()),
        };
        let halves = value.map(|value| both_halves(resolver, value, Some(prefix)));
        let whole = halves
            .as_ref()
            .and_then(|[contact, identity]| Template::join(Some(&contact.1), Some(&identity.1)));
        let contents = halves.map(|halves| halves.map(|(_, _, content)| Some(content))).unwrap_or_default();
        let mut records = Vec::new();
        for (compartment, content) in HALVES.into_iter().zip(contents) {
            let record = half_of_patient(permit, compartment).ok_or(RecordsError::Forbidden)?;
            let change = match (step.interaction, content) {
                (Interaction::Create { .. }, Some(content)) => Change::Create(content),
                (_, Some(content)) => Change::Update(content, expected),
                (_, None) => Change::Delete { kind: "Patient", expected },
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
        let (action, kind) = step.interaction.action();
        let created = action == Action::Create;
        self.answers.push(Answer { kind, records, id, created, permit: Arc::clone(permit), template });
    }

    fn add(&mut self, permit: &Arc<Permit>, write: Write) {
        let compartment = write.record.compartment();
        let same = |part: &&mut Part| part.compartment == compartment && Arc::ptr_eq(&part.permit, permit);
        match self.parts.iter_mut().find(same) {
            Some(part) => part.writes.push(write),
            None => {
                let (permit, trace) = (Arc::clone(permit), self.trace);
                self.parts.push(Part { compartment, permit, trace, writes: vec![write] });
            }
        }
    }
}

fn full_url<'a>(interaction: &Interaction<'a>) -> Option<(&'a str, ResourceType)> {
    match interaction {
        Interaction::Create { kind, full_url: Some(url), .. }
        | Interaction::Update { kind, full_url: Some(url), .. }
        | Interaction::Nothing { kind, full_url: Some(url), .. } => Some((*url, *kind)),
        _ => None,
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
