//! Appends this service's own entries. They concern no patient, so the general audit key seals them.

use std::sync::Arc;

use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Fact, Outcome},
    ledger::{Ledger, LedgerError},
    strangers::{Strangers, StrangersParts},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{ActorId, Clock, Random, RequestContext, Service, TraceId};

use crate::{pending::Pending, store::held::Kept};

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
    /// What entries carry along.
    pending: Arc<Pending>,
}

impl Recorder {
    /// Seals with this key and appends there.
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        key: AuditKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        pending: Arc<Pending>,
    ) -> Self {
        let (own_key, own_random) = (key.clone(), Arc::clone(&random));
        let strangers = Strangers::new(StrangersParts {
            ledger: Arc::clone(&ledger),
            seal: Box::new(move |entry| {
                entry.seal(&own_key, EntrySubject::Nobody(Service::Accounts), own_random.as_ref())
            }),
            clock: Arc::clone(&clock),
        });
        Self { ledger, key, clock, random, strangers, pending }
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
    pub(crate) async fn record(&self, mut entry: Entry) -> Result<(), Unrecorded> {
        let carried = self.pending.take();
        entry.facts.extend(carried.iter().map(|kept| kept.fact()));
        let recorded = self.append(entry).await;
        if recorded.is_err() {
            carried.into_iter().for_each(|kept| self.pending.put(kept));
        }
        recorded
    }

    /// Says which changes were committed, where no other entry did so.
    pub(crate) async fn settle(&self) -> Result<(), Unrecorded> {
        let carried = self.pending.take();
        if carried.is_empty() {
            return Ok(());
        }
        carried.into_iter().for_each(|kept| self.pending.put(kept));
        let trace = TraceId::make(self.random.as_ref());
        let entry = self.entry(Event::AccountChanged, Outcome::Allowed, trace);
        self.record(entry.with(Fact::step("committed"))).await
    }

    async fn append(&self, entry: Entry) -> Result<(), Unrecorded> {
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

/// The account that an entry is about, where that is not the one who acts.
pub(crate) const fn about(account: ActorId) -> Fact {
    Fact::Account(account)
}

/// The change that an entry tells of, as it will count once it is committed.
pub(crate) fn announced(kept: Option<Kept>) -> Option<Fact> {
    kept.map(Kept::announced)
}
