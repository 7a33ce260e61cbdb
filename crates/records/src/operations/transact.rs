//! A transaction: all of it or nothing, in however many vaults.

use std::collections::HashMap;

use serde_json::Value;
use tacenda_contracts::vault::Written;
use tacenda_fhir::{ResourceType, Template};
use tacenda_kernel::{Action, RecordId};

use super::{
    interaction::Interaction,
    plan::{Draft, Planned},
};
use crate::{
    Caller, Records, RecordsError, Resource, documents,
    saga::{Intent, Saga},
    vault_client::UnderPermit,
};

/// What became of one interaction.
#[derive(Clone, Debug)]
pub struct TransactedEntry {
    /// The type.
    pub kind: ResourceType,
    /// The version it has now and its id, without a body: whoever wants that reads it.
    pub resource: Resource,
    /// Whether the resource is new.
    pub created: bool,
}

/// What became of a transaction, in the order of its interactions.
#[derive(Clone, Debug)]
pub struct Transacted {
    /// One for each interaction that has something to do.
    pub entries: Vec<TransactedEntry>,
}

impl Records {
    /// Does all interactions or none. They may be about one patient, who may be enrolled by them, and about the
    /// directory. `idempotency_key` makes a repeated transaction [`RecordsError::Repeated`].
    ///
    /// # Errors
    /// [`RecordsError`]; nothing is written then, unless it is [`RecordsError::Unavailable`], which leaves it open:
    /// the transaction is then either wholly done soon or never.
    pub async fn transact(
        &self,
        caller: &Caller,
        interactions: &[Interaction<'_>],
        idempotency_key: Option<&str>,
    ) -> Result<Transacted, RecordsError> {
        let done = self.done(caller, interactions, idempotency_key).await?;
        let entries = done.answers.iter().map(|answer| {
            let Written { version, recorded_at, .. } = done.newest(answer)?;
            let id = answer.id.clone();
            let resource = Resource { id, version, last_updated: recorded_at, body: None };
            Ok(TransactedEntry { kind: answer.kind, created: answer.created, resource })
        });
        Ok(Transacted { entries: entries.collect::<Result<_, RecordsError>>()? })
    }

    /// Enrols a patient; the resource as it was written.
    pub(crate) async fn enrol(&self, caller: &Caller, value: &Value) -> Result<Resource, RecordsError> {
        let interaction = Interaction::Create { kind: ResourceType::Patient, full_url: None, value };
        let mut done = self.done(caller, &[interaction], None).await?;
        let answer = done.answers.pop().ok_or(RecordsError::Unavailable)?;
        let written = done.newest(&answer)?;
        documents::written(self, &answer.permit, answer.id, written, answer.template)
    }

    async fn done(
        &self,
        caller: &Caller,
        interactions: &[Interaction<'_>],
        idempotency_key: Option<&str>,
    ) -> Result<Done, RecordsError> {
        for interaction in interactions {
            let (action, kind) = interaction.action();
            self.in_scope(caller, action, kind).await?;
        }
        let draft = self.heard(caller, Action::Update, Draft::read(self, caller, interactions)).await?;
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

    async fn in_one_vault(&self, mut planned: Planned) -> Result<Done, RecordsError> {
        let written = match planned.parts.pop() {
            Some(part) => {
                self.vault(part.compartment)?
                    .write(UnderPermit::whole(&part.permit, part.context), part.writes)
                    .await?
            }
            None => Vec::new(),
        };
        Ok(Done::new(planned.answers, written))
    }

    async fn in_saga(&self, saga: Saga<'_>, planned: Planned) -> Result<Done, RecordsError> {
        let written = saga.run(planned.parts).await?;
        Ok(Done::new(planned.answers, written))
    }
}

/// A transaction that was done.
struct Done {
    answers: Vec<Answer>,
    written: HashMap<RecordId, Written>,
}

impl Done {
    fn new(answers: Vec<Answer>, written: Vec<Written>) -> Self {
        Self { answers, written: written.into_iter().map(|one| (one.record, one)).collect() }
    }

    /// A patient was last updated when their later half was, as in [`documents::patient`].
    fn newest(&self, answer: &Answer) -> Result<Written, RecordsError> {
        let of_answer = answer.records.iter().filter_map(|record| self.written.get(record).copied());
        of_answer.max_by_key(|one| one.recorded_at).ok_or(RecordsError::Unavailable)
    }
}

/// How one interaction will be answered once its record is written.
pub(crate) struct Answer {
    pub(crate) kind: ResourceType,
    /// Its record, or both halves of a patient.
    pub(crate) records: Vec<RecordId>,
    pub(crate) id: String,
    pub(crate) created: bool,
    pub(crate) permit: std::sync::Arc<tacenda_contracts::permit::Permit>,
    pub(crate) template: Option<Template>,
}
