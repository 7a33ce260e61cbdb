//! What was: the versions of one resource, or of all resources of a type that one patient or the directory has.
//!
//! Which versions a page has is decided by their names; only those are opened, disclosed and recorded.

use std::{cmp::Reverse, sync::Arc};

use jiff::Timestamp;
use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    timeline::{Moment, Moments, Of, Timeline},
    vault::{Disclosed, Term as BlindableTerm},
};
use tacenda_fhir::{Issue, IssueCode, Rank, ResourceType, Term};
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId, Role, Version};

use super::{named::bytes, patient_history, read_patient};
use crate::{Caller, Mark, Records, RecordsError, Resource, documents, provenance::VersionId};

/// Which versions are asked for.
#[derive(Clone, Debug)]
pub struct HistoryQuestion {
    /// The type.
    pub kind: ResourceType,
    /// Whose.
    pub of: HistoryOf,
    /// Only those written then or later.
    pub since: Option<Timestamp>,
    /// How many at most, from 1.
    pub count: u32,
    /// Where the page before ended.
    pub after: Option<Mark>,
}

/// Whose versions are asked for.
#[derive(Clone, Debug)]
pub enum HistoryOf {
    /// Those of the resource with this id.
    Instance(String),
    /// Those of all resources of the type: the named patient's, the caller's own, or the directory's.
    Type(Option<String>),
}

/// Versions, newest first.
#[derive(Clone, Debug, Default)]
pub struct HistoryAnswer {
    /// The versions; those that say "deleted" have no body.
    pub versions: Vec<Resource>,
    /// Where it goes on, where there is more.
    pub next: Option<Mark>,
}

impl Records {
    /// Versions, newest first.
    ///
    /// # Errors
    /// [`RecordsError`], as for [`Records::read`].
    pub async fn history(
        &self,
        caller: &Caller,
        question: &HistoryQuestion,
    ) -> Result<HistoryAnswer, RecordsError> {
        let versions = self.history_for(caller, question).await;
        self.answered(caller, versions).await
    }

    async fn history_for(
        &self,
        caller: &Caller,
        question: &HistoryQuestion,
    ) -> Result<HistoryAnswer, RecordsError> {
        self.in_scope(caller, Action::History, question.kind).await?;
        match (&question.of, question.kind) {
            (HistoryOf::Instance(id), ResourceType::Patient) => {
                let permit = read_patient::permit(self, caller, Action::History, id).await?;
                patient_history::read(self, caller, &permit, question).await
            }
            (HistoryOf::Instance(id), _) => self.history_of_record(caller, id, question).await,
            (HistoryOf::Type(patient), kind) => {
                let subject = self.subject_of_history(caller, kind, patient.as_deref());
                let subject = self.heard(caller, Action::History, subject).await?;
                let compartments = kind.placement().compartments();
                let permit = self.permits.get(caller, Action::History, subject, compartments).await?;
                if kind == ResourceType::Patient {
                    patient_history::read(self, caller, &permit, question).await
                } else {
                    self.history_of_type(caller, &permit, question).await
                }
            }
        }
    }

    async fn history_of_record(
        &self,
        caller: &Caller,
        id: &str,
        question: &HistoryQuestion,
    ) -> Result<HistoryAnswer, RecordsError> {
        let before = before_version(question)?;
        let (named, permit) = self.permit_for(caller, Action::History, id).await?;
        let asked = caller.under(&permit).of_type(question.kind);
        let vault = self.vault(named.record.compartment())?;
        let timeline = Timeline {
            of: Of::Record(named.record, before),
            since: question.since,
            limit: question.count.saturating_add(1),
        };
        let Moments { found: mut moments, next } = vault.timeline(asked, timeline).await?;
        let more = cut(&mut moments, question.count) || next.is_some();
        let names: Vec<_> = moments.iter().map(|moment| (moment.record, moment.version)).collect();
        let disclosed = vault.versions(asked, &names).await?;
        self.rooms.take(&caller.room, bytes(&disclosed)).await?;
        // The last were too much for one page.
        let more = cut(&mut moments, count_of(&disclosed)) || more;
        let versions = disclosed.iter().map(|version| documents::disclosed(self, &permit, version));
        let versions: Vec<Resource> = versions.collect::<Result<_, _>>()?;
        let next = moments.last().filter(|_| more).map(|last| Mark::unranked(last.version.to_string()));
        Ok(HistoryAnswer { versions, next })
    }

    async fn history_of_type(
        &self,
        caller: &Caller,
        permit: &Arc<Permit>,
        question: &HistoryQuestion,
    ) -> Result<HistoryAnswer, RecordsError> {
        let before = self.before_moment(caller, question)?;
        let kind = question.kind;
        let terms: Vec<BlindableTerm> =
            vec![documents::blindable(Term::of_type(kind)), BlindableTerm::of_deleted(kind.as_str())];
        let timeline = Timeline {
            of: Of::Any(terms, before),
            since: question.since,
            limit: question.count.saturating_add(1),
        };
        let opened = || kind.placement().compartments().iter().filter(|one| permit.opening(*one).is_some());
        let (mut moments, mut end): (Vec<Moment>, Option<Moment>) = Default::default();
        for compartment in opened() {
            let page = self.vault(compartment)?.timeline(caller.under(permit), timeline.clone()).await?;
            moments.extend(page.found);
            end = end.max(page.next);
        }
        // What is older than where one vault stopped may come after something that it has not named.
        moments.retain(|moment| Some(*moment) >= end);
        moments.sort_unstable_by_key(|moment| Reverse(*moment));
        if cut(&mut moments, question.count) {
            end = moments.last().copied();
        }
        let asked = caller.under(permit).of_type(kind);
        let mut versions = Vec::new();
        // Stretch by stretch in the order of the page: nothing is announced that a vault's limit then leaves out of it.
        for stretch in moments.chunk_by(|one, other| one.record.compartment() == other.record.compartment()) {
            let names: Vec<(RecordId, Version)> =
                stretch.iter().map(|moment| (moment.record, moment.version)).collect();
            let Some((first, _)) = names.first() else { continue };
            let disclosed = self.vault(first.compartment())?.versions(asked, &names).await?;
            for one in &disclosed {
                versions.push(documents::disclosed(self, permit, one)?);
            }
            self.rooms.take(&caller.room, bytes(&disclosed)).await?;
            if disclosed.len() < names.len() {
                // The last were too much for one page.
                end = disclosed.last().map(moment).or(end);
                break;
            }
        }
        if moments.is_empty() {
            // That there is nothing is an answer, too: it is recorded.
            for compartment in opened() {
                self.vault(compartment)?.versions(asked, &[]).await?;
            }
        }
        let next = end.map(|end| self.mark(permit, &end)).transpose()?;
        Ok(HistoryAnswer { versions, next })
    }

    fn subject_of_history(
        &self,
        caller: &Caller,
        kind: ResourceType,
        patient: Option<&str>,
    ) -> Result<Subject, RecordsError> {
        let nobodys = kind.placement().compartments() == CompartmentSet::from(Compartment::Directory);
        match patient {
            None if nobodys => Ok(Subject::Nobody),
            None if caller.actor.role == Role::Patient => Ok(Subject::Own),
            None => Err(invalid(IssueCode::Required, "say whose records: add patient=<id>")),
            Some(_) if nobodys => {
                Err(invalid(IssueCode::Invalid, "the directory is no patient's: leave patient out"))
            }
            Some(id) => self.patient_named(id),
        }
    }

    /// A place in the order of time, and the id of the version there in the caller's realm.
    fn mark(&self, permit: &Permit, at: &Moment) -> Result<Mark, RecordsError> {
        let record = self.ids.public(permit, at.record)?.to_string();
        let id = VersionId { id: &record, of_patient: false, version: at.version }.to_string();
        let ranks = Rank::parse(&at.recorded_at.as_microsecond().to_string()).into_iter().collect();
        Ok(Mark { ranks, id })
    }

    fn before_moment(
        &self,
        caller: &Caller,
        question: &HistoryQuestion,
    ) -> Result<Option<Moment>, RecordsError> {
        let Some(mark) = &question.after else { return Ok(None) };
        let micros = mark.ranks.first().and_then(|rank| rank.to_text().parse().ok());
        let recorded_at = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let VersionId { id, version, .. } = VersionId::parse(&mark.id).ok_or_else(no_place)?;
        let record = self.ids.record(caller.actor.role.realm(), id)?.record;
        Ok(Some(Moment { recorded_at: recorded_at.ok_or_else(no_place)?, record, version }))
    }
}

/// Before which version of a record the page begins.
pub(super) fn before_version(question: &HistoryQuestion) -> Result<Option<Version>, RecordsError> {
    let version = |mark: &Mark| mark.id.parse().ok().and_then(Version::new).ok_or_else(no_place);
    question.after.as_ref().map(version).transpose()
}

fn count_of<T>(all: &[T]) -> u32 {
    u32::try_from(all.len()).unwrap_or(u32::MAX)
}

fn moment(one: &Disclosed) -> Moment {
    Moment { recorded_at: one.recorded_at, record: one.record, version: one.version }
}

/// Keeps a page, and says whether there is more.
pub(super) fn cut<T>(all: &mut Vec<T>, count: u32) -> bool {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let more = all.len() > count;
    all.truncate(count);
    more
}

fn no_place() -> RecordsError {
    invalid(IssueCode::Value, "the history does not go on there")
}

fn invalid(code: IssueCode, reason: &'static str) -> RecordsError {
    RecordsError::Invalid(vec![Issue::new(code, reason)])
}
