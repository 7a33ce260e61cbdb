//! Appends this service's own entries. They concern no patient, so the general audit key seals them.

use std::sync::Arc;

use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome},
    ledger::{Ledger, LedgerError},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{ActorId, Clock, Random, Service, TraceId};

/// It is not known to be recorded: answer nothing that depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unrecorded {
    /// Because the ledger's disk is full.
    pub(crate) full: bool,
}

/// Writes to the ledger.
pub(crate) struct Recorder {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) key: AuditKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Recorder {
    /// An entry of now.
    pub(crate) fn entry(&self, event: Event, outcome: Outcome, trace: TraceId) -> Entry {
        Entry::new(self.clock.now(), event, outcome, trace)
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
