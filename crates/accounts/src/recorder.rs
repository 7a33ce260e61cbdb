//! Appends this service's own entries. They concern no patient, so the general audit key seals them.

use std::sync::Arc;

use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome},
    ledger::{Ledger, LedgerError},
    strangers::{Strangers, StrangersParts},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{ActorId, Clock, Random, RequestContext, Service};

/// It is not known to be recorded: answer nothing that depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unrecorded {
    /// Because the ledger's disk is full.
    pub(crate) full: bool,
}

/// Writes to the ledger.
pub(crate) struct Recorder {
    ledger: Arc<dyn Ledger>,
    key: AuditKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    strangers: Strangers,
}

impl Recorder {
    /// Seals with this key and appends there.
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        key: AuditKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (own_key, own_random) = (key.clone(), Arc::clone(&random));
        let strangers = Strangers::new(StrangersParts {
            ledger: Arc::clone(&ledger),
            seal: Box::new(move |entry| {
                entry.seal(&own_key, EntrySubject::Nobody(Service::Accounts), own_random.as_ref())
            }),
            clock: Arc::clone(&clock),
        });
        Self { ledger, key, clock, random, strangers }
    }

    /// What records refusals of strangers.
    pub(crate) const fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    /// Records that a stranger was refused: the first of its kind at once, and how many followed within the minute.
    pub(crate) async fn record_stranger(
        &self,
        entry: Entry,
        request: RequestContext,
    ) -> Result<(), Unrecorded> {
        let recorded = self.strangers.record(entry, request).await;
        recorded.map_err(|error| Unrecorded { full: error == LedgerError::Full })
    }

    /// An entry of now.
    pub(crate) fn entry(&self, event: Event, outcome: Outcome, request: impl Into<RequestContext>) -> Entry {
        Entry::new(self.clock.now(), event, outcome, request)
    }

    /// Records one entry and returns when it is durable.
    pub(crate) async fn record(&self, entry: Entry) -> Result<(), Unrecorded> {
        let sealed = entry.seal(&self.key, EntrySubject::Nobody(Service::Accounts), self.random.as_ref());
        let id = sealed.id;
        match self.ledger.append(vec![sealed]).await {
            Ok(receipts) if receipts.iter().any(|receipt| receipt.is_for(&id)) => Ok(()),
            Ok(_) => Err(Unrecorded { full: false }),
            Err(error) => {
                tracing::error!(error = %error, "an account event could not be recorded");
                Err(Unrecorded { full: error == LedgerError::Full })
            }
        }
    }
}

/// How an entry names the account it is about, where that is not the one who acts.
pub(crate) fn about(account: ActorId) -> String {
    format!("account/{account}")
}
