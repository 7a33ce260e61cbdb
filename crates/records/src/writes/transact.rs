//! A transaction: all of it or nothing, in however many vaults.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;
use tacenda_contracts::{permit::Permit, vault::Written};
use tacenda_fhir::{Issue, IssueCode, Limits, ResourceType, Template, bundle::Entry};
use tacenda_kernel::{Action, RecordId};

use super::{
    Done, Interaction,
    conditions::question,
    decided::{Decided, Deed, How},
    plan::{Draft, Planned},
    referred::{MOST, Referred},
};
use crate::{
    Caller, Records, RecordsError, Resource, documents,
    saga::{Intent, Saga},
    vault_client::UnderPermit,
};

/// Each is a search and a lock.
const MOST_CONDITIONS: usize = 500;

/// An entry of the bundle.
struct Asked {
    /// Where it is, as a FHIRPath expression.
    at: String,
    full_url: Option<String>,
    interaction: Interaction,
}

impl Records {
    /// Does all entries or none; what became of each, in their order, with its type. They may be about one patient, who may be
    /// enrolled by them, and about the directory. `idempotency_key` makes a repeated transaction [`RecordsError::Repeated`].
    /// `shows` says whether what is there already will be shown; what is new has no body, since a caller who wants it reads it.
    ///
    /// # Errors
    /// [`RecordsError`]; nothing is written then, unless it is [`RecordsError::Unavailable`], which leaves it open:
    /// the transaction is then either wholly done soon or never.
    pub async fn transact(
        &self,
        caller: &Caller,
        entries: Vec<Entry>,
        idempotency_key: Option<&str>,
        shows: bool,
        limits: &Limits,
    ) -> Result<Vec<(ResourceType, Done)>, RecordsError> {
        let asked: Result<Vec<Asked>, Issue> = entries.into_iter().map(Asked::of).collect();
        let asked = asked.map_err(|issue| RecordsError::Invalid(vec![issue]))?;
        let mut questions = questions(&asked)?;
        if let Some(key) =
            idempotency_key.filter(|_| asked.iter().any(|one| one.interaction.looks(&self.base_url)))
        {
            // Else a second transaction under the same key would be refused for what the first one changed.
            questions.push(Self::question_of_submission(caller, key));
        }
        let referred = Referred::at_most(MOST);
        let how = How { records: self, caller, shows, limits, referred: &referred };
        let doing = how.transact(asked, idempotency_key);
        let done = if questions.is_empty() {
            doing.await
        } else {
            self.one_at_a_time(&questions, doing).await.unwrap_or_else(Err)
        };
        self.answered(caller, done).await
    }

    /// Enrols a patient; the resource as it was written.
    pub(crate) async fn enrol(&self, caller: &Caller, value: &Value) -> Result<Resource, RecordsError> {
        let deed = Deed::Create(value.clone());
        let decided = Decided { kind: ResourceType::Patient, full_url: None, deed };
        let mut written = self.all_or_nothing(caller, &[decided], None).await?;
        let answer = written.answers.pop().ok_or(RecordsError::Unavailable)?;
        let newest = written.newest(&answer)?;
        documents::written(self, &answer.permit, answer.id, newest, answer.template)
    }

    async fn all_or_nothing(
        &self,
        caller: &Caller,
        decided: &[Decided],
        idempotency_key: Option<&str>,
    ) -> Result<AllWritten, RecordsError> {
        for one in decided {
            let (action, kind) = one.action();
            self.in_scope(caller, action, kind).await?;
        }
        let draft = self.heard(caller, Action::Update, Draft::read(self, caller, decided)).await?;
        let submission = idempotency_key.map(|key| self.submission(caller, key));
        if submission.is_none() && !draft.enrols() {
            let planned = draft.plan(self, caller, None).await?;
            if planned.parts.len() <= 1 {
                return self.in_one_vault(planned).await;
            }
            let intent = Intent { compartments: planned.compartments(), enrols: false, submission };
            return self.in_saga(Saga::begin(self, intent).await?, planned).await;
        }
        let intent = Intent { compartments: draft.compartments(), enrols: draft.enrols(), submission };
        let saga = Saga::begin(self, intent).await?;
        match draft.plan(self, caller, Some(saga.id())).await {
            Ok(planned) => self.in_saga(saga, planned).await,
            Err(error) => Err(saga.give_up(error).await),
        }
    }

    async fn in_one_vault(&self, mut planned: Planned) -> Result<AllWritten, RecordsError> {
        let written = match planned.parts.pop() {
            Some(part) => {
                self.vault(part.compartment)?
                    .write(UnderPermit::whole(&part.permit, part.context), part.writes)
                    .await?
            }
            None => Vec::new(),
        };
        Ok(AllWritten::new(planned.answers, written))
    }

    async fn in_saga(&self, saga: Saga<'_>, planned: Planned) -> Result<AllWritten, RecordsError> {
        let written = saga.run(planned.parts).await?;
        Ok(AllWritten::new(planned.answers, written))
    }
}

impl Asked {
    fn of(mut entry: Entry) -> Result<Self, Issue> {
        let (at, full_url) = (entry.expression(), entry.full_url.take());
        Ok(Self { at, full_url, interaction: Interaction::of(entry)? })
    }
}

/// Under which conditions entries create.
fn questions(asked: &[Asked]) -> Result<Vec<String>, RecordsError> {
    let (mut questions, mut seen) = (Vec::new(), HashSet::new());
    let refused = |code, reason, one: &Asked| {
        RecordsError::Invalid(vec![Issue::new(code, reason).at(format!("{}.request", one.at))])
    };
    for one in asked {
        let Some(question) = one.interaction.condition().map(question) else { continue };
        if !seen.insert(question.clone()) {
            return Err(refused(IssueCode::Invalid, "two entries have the same condition", one));
        }
        questions.push(question);
        if questions.len() > MOST_CONDITIONS {
            let reason = "too many entries have conditions: send several bundles";
            return Err(refused(IssueCode::TooCostly, reason, one));
        }
    }
    Ok(questions)
}

impl How<'_> {
    async fn transact(
        self,
        asked: Vec<Asked>,
        idempotency_key: Option<&str>,
    ) -> Result<Vec<(ResourceType, Done)>, RecordsError> {
        let Self { records, caller, .. } = self;
        if let Some(key) = idempotency_key {
            records.require_first(caller, key).await?;
        }
        let mut all = Vec::with_capacity(asked.len());
        for Asked { at, full_url, mut interaction } in asked {
            let named_in = interaction.named_in();
            let within = |error: RecordsError| error.within(&at, named_in);
            let named = self.name(&mut interaction).await;
            let decided = self.decide(interaction, named).await.map_err(within)?;
            all.push(Decided { full_url, ..decided });
        }
        let written = records.all_or_nothing(caller, &all, idempotency_key).await?;
        let mut answers = written.answers.iter();
        let done = all.into_iter().map(|decided| {
            let done = match decided.deed {
                Deed::Pass => Done::Deleted,
                Deed::Find(found) => Done::Found(found),
                Deed::Create(_) | Deed::Update { .. } | Deed::Delete { .. } => {
                    written.done(answers.next().ok_or(RecordsError::Unavailable)?)?
                }
            };
            Ok((decided.kind, done))
        });
        done.collect()
    }
}

/// A transaction that was done.
struct AllWritten {
    answers: Vec<Answer>,
    written: HashMap<RecordId, Written>,
}

impl AllWritten {
    fn new(answers: Vec<Answer>, written: Vec<Written>) -> Self {
        Self { answers, written: written.into_iter().map(|one| (one.record, one)).collect() }
    }

    /// A patient was last updated when their later half was, as in [`documents::patient`].
    fn newest(&self, answer: &Answer) -> Result<Written, RecordsError> {
        let of_answer = answer.records.iter().filter_map(|record| self.written.get(record).copied());
        of_answer.max_by_key(|one| one.recorded_at).ok_or(RecordsError::Unavailable)
    }

    fn done(&self, answer: &Answer) -> Result<Done, RecordsError> {
        let Written { version, recorded_at, .. } = self.newest(answer)?;
        let resource = Resource { id: answer.id.clone(), version, last_updated: recorded_at, body: None };
        Ok(if answer.created { Done::Created(resource) } else { Done::Changed(resource) })
    }
}

/// How one entry will be answered once its record is written.
pub(crate) struct Answer {
    /// Its record, or both halves of a patient.
    pub(crate) records: Vec<RecordId>,
    pub(crate) id: String,
    pub(crate) created: bool,
    pub(crate) permit: Arc<Permit>,
    pub(crate) template: Option<Template>,
}
