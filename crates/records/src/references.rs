//! What the references in a resource point at, as a vault stores it.

use std::collections::HashMap;

use serde_json::Value;
use tacenda_contracts::{keystore::Subject, permit::Permit};
use tacenda_fhir::{
    Issue, IssueCode, ReferenceSite, Resolved, ResourceType, Slot, Target, Template, patient_reference,
};
use tacenda_kernel::{Action, ApiRealm, Compartment, CompartmentSet, RecordId};

use crate::{Caller, Records, RecordsError, ids::Ids};

/// What an entry of the same transaction will be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Assigned {
    /// The patient who is being enrolled.
    Patient,
    /// A record that is being created.
    Record(ResourceType, RecordId),
}

/// The entries of one transaction by their `fullUrl`.
pub(crate) type Entries = HashMap<String, Assigned>;

/// Reads references for one caller.
pub(crate) struct Resolver<'a> {
    records: &'a Records,
    realm: ApiRealm,
    /// Whose records the writes are about.
    subject: Subject,
    entries: &'a Entries,
    /// Where a record is referred to that must exist.
    seen: Vec<(String, RecordId)>,
    /// Where something contained is referred to.
    local: Vec<String>,
    /// What is deleted with what is written.
    gone: Vec<RecordId>,
    issues: Vec<Issue>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(records: &'a Records, caller: &Caller, subject: Subject, entries: &'a Entries) -> Self {
        let realm = caller.actor.role.realm();
        let (seen, local, gone, issues) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { records, realm, subject, entries, seen, local, gone, issues }
    }

    /// Builds the stored form of a resource; what is wrong with its references is kept for [`Self::finish`].
    pub(crate) fn build(&mut self, value: &Value, prefix: Option<&str>) -> Template {
        let built: Result<Template, std::convert::Infallible> = Template::build(value, &mut |site| {
            let resolved = self.resolve(&site, prefix);
            Ok(resolved.unwrap_or_else(|issue| {
                let issue = issue.at(site.expression());
                self.issues.push(prefix.map_or(issue.clone(), |prefix| issue.within(prefix)));
                Resolved::Literal
            }))
        });
        match built {
            Ok(template) => template,
            Err(never) => match never {},
        }
    }

    /// Refuses references of what was built to contained resources where there are none (FHIR R4, ref-1). Who does not see
    /// what is contained leaves it as it is, and may refer to it.
    pub(crate) fn contained(&mut self, whole: &Value, sees: bool) {
        let local = std::mem::take(&mut self.local);
        if sees && whole.get("contained").is_none() {
            let nothing =
                |path| Issue::new(IssueCode::Invalid, "there is no contained resource of this id").at(path);
            self.issues.extend(local.into_iter().map(nothing));
        }
    }

    /// These must still be there, when what was built is written.
    pub(crate) fn require(&mut self, records: &[RecordId]) {
        self.seen.extend(records.iter().map(|record| ("Bundle.entry".to_owned(), *record)));
    }

    /// These must not be referred to: they are deleted with what is written.
    pub(crate) fn forbid(&mut self, records: Vec<RecordId>) {
        self.gone = records;
    }

    /// Checks that what is referred to exists, for this caller.
    pub(crate) async fn finish(mut self, caller: &Caller) -> Result<(), RecordsError> {
        let gone = self.seen.iter().filter(|(_, record)| self.gone.contains(record));
        self.issues.extend(gone.map(|(path, _)| nothing_there().at(path.clone())));
        if self.issues.is_empty() {
            for compartment in Compartment::ALL {
                self.check(caller, compartment).await?;
            }
        }
        if self.issues.is_empty() { Ok(()) } else { Err(RecordsError::Invalid(self.issues)) }
    }

    async fn check(&mut self, caller: &Caller, compartment: Compartment) -> Result<(), RecordsError> {
        let here: Vec<_> =
            self.seen.iter().filter(|(_, record)| record.compartment() == compartment).collect();
        if here.is_empty() {
            return Ok(());
        }
        let subject = if compartment == Compartment::Directory { Subject::Nobody } else { self.subject };
        let permit = self
            .records
            .permits
            .get(caller, Action::Read, subject, CompartmentSet::from(compartment))
            .await?;
        let names: Vec<RecordId> = here.iter().map(|(_, record)| *record).collect();
        let exist = self.records.vault(compartment)?.exist(caller.under(&permit), &names).await?;
        let missing = here.iter().zip(exist).filter(|(_, exists)| !exists);
        let issues: Vec<Issue> = missing.map(|((path, _), _)| nothing_there().at(path.clone())).collect();
        self.issues.extend(issues);
        Ok(())
    }

    fn resolve(&mut self, site: &ReferenceSite<'_>, prefix: Option<&str>) -> Result<Resolved, Issue> {
        match Target::parse(site.reference, &self.records.base_url) {
            Target::Contained => {
                self.local.extend((site.reference != "#").then(|| within(site, prefix)));
                Ok(Resolved::Literal)
            }
            Target::Foreign => Ok(Resolved::Literal),
            Target::Urn(url) => self.entry(site, url),
            Target::Local { resource_type: ResourceType::Patient, id, .. } => self.patient(id),
            Target::Local { resource_type, id, .. } => {
                let named = self.records.ids.record(self.realm, id).map_err(|_| nothing_there())?;
                if named.subject != Subject::Nobody && named.subject != self.subject {
                    return Err(another_patient());
                }
                self.seen.push((within(site, prefix), named.record));
                Ok(Resolved::Slot { resource_type, slot: Slot::Record(named.record) })
            }
            Target::Conditional | Target::Unknown => {
                Err(Issue::new(IssueCode::Value, "this is not a reference: write Type/id"))
            }
        }
    }

    /// What an entry of the bundle becomes: which type it has was not known when the resource was read.
    fn entry(&self, site: &ReferenceSite<'_>, url: &str) -> Result<Resolved, Issue> {
        let (resource_type, slot) = match self.entries.get(url) {
            Some(Assigned::Patient) => (ResourceType::Patient, Slot::Patient),
            Some(Assigned::Record(resource_type, record)) => (*resource_type, Slot::Record(*record)),
            None => return Err(Issue::new(IssueCode::NotFound, "no entry of this bundle has that fullUrl")),
        };
        site.require(resource_type)?;
        Ok(Resolved::Slot { resource_type, slot })
    }

    fn patient(&self, id: &str) -> Result<Resolved, Issue> {
        let named = Ids::patient(id).map_err(|_| nothing_there())?;
        if named == self.subject {
            Ok(Resolved::Slot { resource_type: ResourceType::Patient, slot: Slot::Patient })
        } else {
            Err(another_patient())
        }
    }
}

/// Whether a permit shows the resources that a record contains.
pub(crate) fn sees_contained(permit: &Permit, compartment: Compartment) -> bool {
    permit.opening(compartment).is_some_and(|opening| opening.elements.cover("contained"))
}

/// Where a reference is, within the bundle if there is one.
fn within(site: &ReferenceSite<'_>, prefix: Option<&str>) -> String {
    let path = site.expression();
    match prefix {
        Some(prefix) => nothing_there().at(path).within(prefix).expression.unwrap_or_default(),
        None => path,
    }
}

/// Whose record a resource is, by its own words. `None` where an entry of the transaction says it.
pub(crate) fn subject_of(
    records: &Records,
    caller: &Caller,
    value: &Value,
    entries: &Entries,
) -> Result<Option<Subject>, RecordsError> {
    let Some(reference) = patient_reference(value) else {
        let kind = ResourceType::of(value).map_or("Resource", ResourceType::as_str);
        let issue = Issue::new(IssueCode::Required, "a reference to the patient is needed").at(kind);
        return Err(RecordsError::Invalid(vec![issue]));
    };
    match Target::parse(reference, &records.base_url) {
        Target::Urn(url) if entries.contains_key(url) => Ok(None),
        Target::Local { resource_type: ResourceType::Patient, id, .. } => {
            Ids::patient(id).map(Some).map_err(|_| RecordsError::Invalid(vec![nothing_there()]))
        }
        Target::Local { id, .. } => {
            Ok(Some(records.ids.record(caller.actor.role.realm(), id).map(|named| named.subject)?))
        }
        _ => Err(RecordsError::Invalid(vec![nothing_there()])),
    }
}

fn nothing_there() -> Issue {
    Issue::new(IssueCode::NotFound, "what is referred to does not exist for this caller")
}

fn another_patient() -> Issue {
    Issue::new(
        IssueCode::BusinessRule,
        "a record may refer to its own patient's records and the directory only",
    )
}
