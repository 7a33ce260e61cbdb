//! `$everything`: a patient's records, page by page, with what they refer to in the directory.
//!
//! Each page is a search in one vault after the other, under a permit asked for anew: it is in the ledger before it is
//! given away, and whoever loses their rights in between gets no further page.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Disclosed, Query},
};
use tacenda_fhir::{Criterion, ResourceType, Slot, Template};
use tacenda_kernel::{Action, Compartment, CompartmentSet, Kinds, RecordId};

use super::{
    named, search_patients,
    walk::{Rest, walk},
};
use crate::{Caller, Records, RecordsError, Resource, documents, ids::Ids};

/// Of whom, and which part of it.
#[derive(Clone, Debug)]
pub struct EverythingQuestion {
    /// The patient's id in the caller's realm.
    pub id: String,
    /// Of these types only; of every type where there is none.
    pub kinds: Vec<ResourceType>,
    /// Only what this, on when it was written, lets through.
    pub since: Option<Criterion>,
    /// At most so many of the patient's own records a page, from 1.
    pub count: u32,
    /// The id that was looked at last for the page before.
    pub after: Option<String>,
}

/// A page of it.
#[derive(Clone, Debug, Default)]
pub struct EverythingPage {
    /// The Patient, and their records.
    pub own: Vec<Resource>,
    /// What these refer to in the directory.
    pub directory: Vec<Resource>,
    /// The id that was looked at last, where there may be more.
    pub next: Option<String>,
}

/// What holds for all pages of one answer.
#[derive(Clone, Debug, Default)]
pub struct SoFar {
    /// What was given of the directory. It is not given twice.
    given: HashSet<RecordId>,
    /// What the first page's permit opened.
    opened: Option<String>,
    /// Whether the directory was, since it was first referred to.
    directory: Option<bool>,
}

/// In the text of [`SoFar`], that the directory was opened, and that it was not.
const DIRECTORY: [(&str, bool); 2] = [("+directory", true), ("-directory", false)];

impl SoFar {
    /// What was opened, as text for a cursor.
    #[must_use]
    pub fn to_text(&self) -> String {
        let directory = DIRECTORY.into_iter().find(|(_, opened)| self.directory == Some(*opened));
        format!("{}{}", self.opened.as_deref().unwrap_or_default(), directory.map_or("", |(text, _)| text))
    }

    /// Goes on after pages that opened this.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let said = DIRECTORY.into_iter().find_map(|(end, opened)| Some((text.strip_suffix(end)?, opened)));
        let (opened, directory) = said.map_or((text, None), |(text, opened)| (text, Some(opened)));
        Self { opened: Some(opened.to_owned()), directory, ..Self::default() }
    }

    /// SECURITY: whoever loses a right between two pages gets no answer that looks whole without what it opened.
    fn under(&mut self, permit: &Permit) -> Result<(), RecordsError> {
        let compartments =
            permit.compartments().iter().map(Compartment::as_str).collect::<Vec<_>>().join(",");
        let kinds = match &permit.claims().kinds {
            Kinds::All => "*".to_owned(),
            Kinds::Only(kinds) => kinds
                .iter()
                .map(String::as_str)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(","),
        };
        let opens = format!("{compartments};{kinds}");
        if *self.opened.get_or_insert_with(|| opens.clone()) == opens {
            Ok(())
        } else {
            Err(RecordsError::OtherRights)
        }
    }

    /// The same of the directory, where something in it is referred to.
    fn under_directory(&mut self, permit: Option<Arc<Permit>>) -> Result<Option<Arc<Permit>>, RecordsError> {
        if *self.directory.get_or_insert(permit.is_some()) == permit.is_some() {
            Ok(permit)
        } else {
            Err(RecordsError::OtherRights)
        }
    }
}

impl Records {
    /// The next page of everything that the caller may see of one patient.
    ///
    /// # Errors
    /// [`RecordsError`]; a patient who is not there and one who is not this caller's read the same.
    pub async fn everything(
        &self,
        caller: &Caller,
        question: &EverythingQuestion,
        so_far: &mut SoFar,
    ) -> Result<EverythingPage, RecordsError> {
        let page = self.page_of_everything(caller, question, so_far).await;
        self.answered(caller, page).await
    }

    async fn page_of_everything(
        &self,
        caller: &Caller,
        question: &EverythingQuestion,
        so_far: &mut SoFar,
    ) -> Result<EverythingPage, RecordsError> {
        let subject = self.heard(caller, Action::Search, Ids::patient(&question.id)).await?;
        let places: CompartmentSet = Compartment::OF_A_PATIENT.into_iter().collect();
        let permit = self.permits.get(caller, Action::Search, subject, places).await?;
        if let Err(narrowed) = so_far.under(&permit) {
            return Err(self.refused(caller, Action::Search, narrowed).await);
        }
        let after = self.heard(caller, Action::Search, self.last_looked_at(caller, question)).await?;
        let walk = Walk { records: self, caller, permit: &permit, question };
        let mut page = EverythingPage::default();
        let mut found = Vec::new();
        if question.after.is_none() {
            walk.patient(&mut page, &mut found).await?;
        }
        walk.records(after, &mut page, &mut found).await?;
        page.directory = walk.directory(&found, so_far).await?;
        Ok(page)
    }

    /// The Patient comes first and is no record of a vault by itself.
    fn last_looked_at(
        &self,
        caller: &Caller,
        question: &EverythingQuestion,
    ) -> Result<Option<RecordId>, RecordsError> {
        let record = question.after.as_ref().filter(|id| **id != question.id);
        record.map(|id| Ok(self.ids.record(caller.actor.role.realm(), id)?.record)).transpose()
    }
}

struct Walk<'a> {
    records: &'a Records,
    caller: &'a Caller,
    permit: &'a Arc<Permit>,
    question: &'a EverythingQuestion,
}

impl Walk<'_> {
    fn wants(&self, kind: ResourceType) -> bool {
        self.question.kinds.is_empty() || self.question.kinds.contains(&kind)
    }

    fn kinds(&self) -> Vec<ResourceType> {
        ResourceType::ALL.into_iter().filter(|kind| self.wants(*kind)).collect()
    }

    async fn patient(
        &self,
        page: &mut EverythingPage,
        found: &mut Vec<Disclosed>,
    ) -> Result<(), RecordsError> {
        let kind = ResourceType::Patient;
        if !self.wants(kind) || !self.permit.claims().kinds.cover(kind.as_str()) {
            return Ok(());
        }
        let asked = self.caller.under(self.permit);
        if let Some(since) = &self.question.since
            && !search_patients::written(self.records, asked, since).await?
        {
            return Ok(());
        }
        let Some(halves) = search_patients::halves(self.records, asked, &[]).await? else { return Ok(()) };
        page.own.push(documents::patient(self.records, self.permit, &halves)?);
        found.extend(halves);
        Ok(())
    }

    /// Fills the page from one vault after the other.
    async fn records(
        &self,
        after: Option<RecordId>,
        page: &mut EverythingPage,
        found: &mut Vec<Disclosed>,
    ) -> Result<(), RecordsError> {
        let kinds = self.kinds();
        let exactly: Vec<Criterion> = self.question.since.iter().cloned().collect();
        let asked = Compartment::OF_A_PATIENT.into_iter().filter_map(|compartment| {
            let query = named::of_types(named::covered(self.permit, compartment, &kinds));
            let some = !query.terms.iter().any(Vec::is_empty);
            some.then(|| (compartment, Query { exactly: exactly.clone(), ..query }))
        });
        let left = self.question.count.saturating_sub(u32::try_from(page.own.len()).unwrap_or(u32::MAX));
        let asking = self.caller.under(self.permit);
        let walked = walk(self.records, asking, asked.collect(), after, left).await?;
        self.records.rooms.take(&self.caller.room, named::bytes(&walked.found)).await?;
        page.next = match walked.rest {
            Rest::All => page.own.last().map(|last| last.id.clone()),
            Rest::After(_) | Rest::Nothing => walked.next(self.records, self.permit)?,
        };
        for one in &walked.found {
            page.own.push(documents::disclosed(self.records, self.permit, one)?);
        }
        found.extend(walked.found);
        Ok(())
    }

    /// What the records refer to there and was not given before.
    async fn directory(
        &self,
        found: &[Disclosed],
        so_far: &mut SoFar,
    ) -> Result<Vec<Resource>, RecordsError> {
        let kinds: Vec<ResourceType> = self.kinds().into_iter().filter(|kind| kind.is_directory()).collect();
        let mut names = BTreeSet::new();
        for one in found {
            names.extend(in_directory(one)?.into_iter().filter(|record| !so_far.given.contains(record)));
        }
        if names.is_empty() || !named::in_scope(self.caller, &kinds) {
            return Ok(Vec::new());
        }
        let here = CompartmentSet::from(Compartment::Directory);
        let permit = named::permit(self.records, self.caller, Subject::Nobody, here).await?;
        let Some(permit) = so_far.under_directory(permit)? else { return Ok(Vec::new()) };
        let fetched = named::fetch(self.records, self.caller, &permit, &names, &kinds).await?;
        so_far.given.extend(names);
        fetched.iter().map(|one| documents::disclosed(self.records, &permit, one)).collect()
    }
}

fn in_directory(disclosed: &Disclosed) -> Result<Vec<RecordId>, RecordsError> {
    let template: Option<Template> = disclosed.document.as_ref().map(documents::template).transpose()?;
    let slots = template.iter().flat_map(Template::slots).filter_map(|slot| match slot {
        Slot::Record(record) if record.compartment() == Compartment::Directory => Some(*record),
        _ => None,
    });
    Ok(slots.collect())
}
