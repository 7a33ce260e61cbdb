//! `_include` and `_revinclude`: what the matches of a page refer to, and what refers to them, as far as the caller may see
//! it. Each patient's records are opened under that patient's permit, the directory under its own.

mod referring;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{StreamExt, stream};
use serde_json::Value;
use tacenda_contracts::{keystore::Subject, permit::Permit};
use tacenda_fhir::{Issue, IssueCode, ResourceType, Target};
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId};

use super::{named, read_patient::HALVES, search_patients, search_question::SearchQuestion};
use crate::{Caller, Records, RecordsError, Resource, documents, ids::Ids, provenance::VersionId};

/// Resources that a page may have beside its matches.
const MOST: usize = 1_000;
/// Patients whose records are followed at the same time.
const AT_ONCE: usize = 4;
/// How often a vault is asked to go on looking for what refers to a match.
const MOST_ROUNDS: usize = 20;

/// What is wanted of one patient, or of the directory.
#[derive(Default)]
struct Wanted {
    /// The matches that are theirs.
    matched: Vec<String>,
    /// Whether the Patient is wanted.
    patient: bool,
    /// The records that are referred to, and as what.
    records: BTreeMap<RecordId, ResourceType>,
}

/// What belongs to the matches, in a settled order, each once.
pub(super) async fn follow(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
    matches: &[Resource],
) -> Result<Vec<Resource>, RecordsError> {
    if question.follow.is_empty() || matches.is_empty() {
        return Ok(Vec::new());
    }
    let mut seen: HashSet<String> = matches.iter().map(|one| one.id.clone()).collect();
    let following = Following { records, caller, question };
    let wanted = following.wanted(matches, &seen)?;
    let permits = following.permits(&wanted).await?;
    let (following, refused) = (&following, &AtomicBool::new(false));
    let fetches = wanted.iter().filter_map(|(subject, wanted)| Some((permits.get(subject)?, wanted)));
    let fetches = fetches.map(|(permit, wanted)| async move {
        if refused.load(Ordering::Relaxed) { Ok(Vec::new()) } else { following.fetch(permit, wanted).await }
    });
    let mut fetched = stream::iter(fetches.collect::<Vec<_>>()).buffered(AT_ONCE);
    let mut included: Result<Vec<Resource>, RecordsError> = Ok(Vec::new());
    while let Some(found) = fetched.next().await {
        included = included.and_then(|mut included| {
            included.extend(found?.into_iter().filter(|one| seen.insert(one.id.clone())));
            if size_of(&included) > named::MOST_BYTES {
                return Err(named::too_large());
            }
            if included.len() > MOST { Err(too_many()) } else { Ok(included) }
        });
        // Nothing more is begun then; what was is waited for: what it disclosed is to be known.
        refused.store(included.is_err(), Ordering::Relaxed);
    }
    included
}

struct Following<'a> {
    records: &'a Records,
    caller: &'a Caller,
    question: &'a SearchQuestion,
}

impl Following<'_> {
    fn wanted(
        &self,
        matches: &[Resource],
        seen: &HashSet<String>,
    ) -> Result<Vec<(Subject, Wanted)>, RecordsError> {
        let mut all: Vec<(Subject, Wanted)> = Vec::new();
        for one in matches {
            let subject = self.subject_of(&one.id)?;
            of(&mut all, subject).matched.push(one.id.clone());
            // EXPOSE: what the caller is about to get says what it refers to.
            let body = one.body.as_ref().map(|body| serde_json::from_slice::<Value>(body.expose()));
            let Some(Ok(resource)) = body else { continue };
            for reference in self.question.follow.references(&resource) {
                self.note(&mut all, subject, &reference, seen);
            }
        }
        let count: usize =
            all.iter().map(|(_, wanted)| wanted.records.len() + usize::from(wanted.patient)).sum();
        if count > MOST { Err(too_many()) } else { Ok(all) }
    }

    /// Notes what a reference is to, if it is to something of this server, of the same patient or the directory.
    fn note(
        &self,
        all: &mut Vec<(Subject, Wanted)>,
        subject: Subject,
        reference: &str,
        seen: &HashSet<String>,
    ) {
        let Target::Local { resource_type, id, .. } = Target::parse(reference, &self.records.base_url) else {
            return;
        };
        if seen.contains(id) {
            return;
        }
        if resource_type == ResourceType::Patient {
            let same = Ids::patient(id).is_ok_and(|named| named == subject);
            of(all, subject).patient |= same;
        } else if let Ok(named) = self.records.ids.record(self.caller.actor.role.realm(), id)
            && (named.subject == subject || named.subject == Subject::Nobody)
        {
            of(all, named.subject).records.insert(named.record, resource_type);
        }
    }

    /// Whose a match is, as its id says.
    fn subject_of(&self, id: &str) -> Result<Subject, RecordsError> {
        if self.question.kind == ResourceType::Patient {
            return Ids::patient(id);
        }
        let id = match VersionId::parse(id) {
            Some(version) if version.of_patient => return Ids::patient(version.id),
            Some(version) => version.id,
            None => id,
        };
        self.records.ids.record(self.caller.actor.role.realm(), id).map(|named| named.subject)
    }

    /// The vaults in which something is wanted of them.
    fn places(&self, wanted: &Wanted) -> CompartmentSet {
        let named = wanted.records.keys().map(|record| record.compartment());
        let halves = HALVES.into_iter().filter(|_| wanted.patient && self.sees(ResourceType::Patient));
        let referring = self.question.follow.revinclude.iter().map(|link| link.parameter.resource_type);
        let referring = referring.filter(|kind| !wanted.matched.is_empty() && self.sees(*kind));
        named.chain(halves).chain(referring.flat_map(|kind| kind.placement().compartments().iter())).collect()
    }

    fn sees(&self, kind: ResourceType) -> bool {
        named::in_scope(self.caller, &[kind])
    }

    /// A permit for each of whom something is wanted and may be seen.
    async fn permits(
        &self,
        wanted: &[(Subject, Wanted)],
    ) -> Result<HashMap<Subject, Arc<Permit>>, RecordsError> {
        let mut permits = HashMap::new();
        let mut several = (Vec::new(), CompartmentSet::default());
        for (subject, wanted) in wanted {
            let places = self.places(wanted);
            if places.is_empty() {
                continue;
            }
            if *subject == Subject::Nobody || self.question.kind != ResourceType::Patient {
                let permit = named::permit(self.records, self.caller, *subject, places).await?;
                permits.extend(permit.map(|permit| (*subject, permit)));
            } else {
                several.0.push(*subject);
                several.1 = several.1.iter().chain(places.iter()).collect();
            }
        }
        if !several.0.is_empty() {
            let (subjects, places) = several;
            let given = self.records.permits.get_each(self.caller, Action::Search, &subjects, places).await;
            match given {
                Ok(given) => permits
                    .extend(subjects.into_iter().zip(given).filter_map(|(one, permit)| Some((one, permit?)))),
                // The refusal is in the ledger; nothing of it is in the answer.
                Err(RecordsError::Forbidden) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(permits)
    }

    async fn fetch(&self, permit: &Arc<Permit>, wanted: &Wanted) -> Result<Vec<Resource>, RecordsError> {
        let mut found = Vec::new();
        if wanted.patient && permit.claims().kinds.cover(ResourceType::Patient.as_str()) {
            let halves = search_patients::halves(self.records, self.caller.under(permit), &[]).await?;
            let patient = halves.map(|halves| documents::patient(self.records, permit, &halves));
            found.extend(patient.transpose()?);
        }
        for compartment in Compartment::ALL {
            let here = wanted.records.iter().filter(|(record, _)| record.compartment() == compartment);
            // A reference may be to a record and call it something else: that is not there.
            let mut called: BTreeMap<ResourceType, BTreeSet<RecordId>> = BTreeMap::new();
            here.for_each(|(record, kind)| {
                called.entry(*kind).or_default().insert(*record);
            });
            for (kind, names) in called {
                for one in named::fetch(self.records, self.caller, permit, &names, &[kind]).await? {
                    found.push(documents::disclosed(self.records, permit, &one)?);
                }
            }
        }
        if !wanted.matched.is_empty() {
            for link in &self.question.follow.revinclude {
                if link.parameter.resource_type == ResourceType::Provenance {
                    self.provenances(wanted, link, &mut found).await?;
                    continue;
                }
                self.referring(permit, wanted, link, &mut found).await?;
            }
        }
        Ok(found)
    }
}

fn of(all: &mut Vec<(Subject, Wanted)>, subject: Subject) -> &mut Wanted {
    let place = all.iter().position(|(known, _)| *known == subject).unwrap_or_else(|| {
        all.push((subject, Wanted::default()));
        all.len() - 1
    });
    &mut all[place].1
}

/// How large resources are together, in bytes.
fn size_of(resources: &[Resource]) -> usize {
    resources.iter().map(Resource::size).sum()
}

fn too_many() -> RecordsError {
    let reason = "_include and _revinclude name more than 1,000 resources, or too many to look through: ask for fewer \
                  matches on a page by _count";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}
