//! What every service of one installation is opened with, and how they hold each other.

use std::sync::{Arc, Mutex, PoisonError};

use tacenda_contracts::{
    entry::{Entry, EntrySubject},
    ledger::Ledger as LedgerContract,
    strangers::{Strangers, StrangersParts},
    wire::{Calls, Way},
};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Clock, Random, Service};

use crate::databases::Databases;

/// What `TACENDA_WIRE=1` says: every call between two services is made into bytes, as it would be between two machines. It
/// is for tests.
const WIRE: &str = "TACENDA_WIRE";

/// What every service is opened with.
#[derive(Clone)]
pub(crate) struct Installation {
    pub(crate) databases: Databases,
    pub(crate) keys: MasterKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    way: Way,
    /// What every service counts of strangers, and is to record at the end.
    counts: Arc<Mutex<Vec<Strangers>>>,
}

impl Installation {
    pub(crate) fn new(
        databases: Databases,
        keys: MasterKey,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
    ) -> Self {
        let bytes = std::env::var_os(WIRE).is_some_and(|value| value == "1");
        let way = if bytes { Way::Bytes } else { Way::Direct };
        Self {
            databases,
            keys,
            clock: Arc::clone(clock),
            random: Arc::clone(random),
            way,
            counts: Arc::default(),
        }
    }

    /// The doors of a service that records refused calls by `strangers`.
    pub(super) fn calls(&self, strangers: &Strangers) -> Calls {
        Calls { way: self.way, refusals: Arc::new(strangers.clone()) }
    }

    /// Records what was counted and waits for its minute to end.
    pub(super) async fn finish(&self) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for strangers in counts {
            strangers.finish().await;
        }
    }

    /// Takes note of what a service counts strangers by.
    pub(super) fn note(&self, strangers: &Strangers) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).push(strangers.clone());
    }

    /// What a service records refusals by that has no such record of its own.
    pub(super) fn strangers(&self, ledger: Arc<dyn LedgerContract>, service: Service) -> Strangers {
        let (key, random) = (self.keys.general_audit_key(service), Arc::clone(&self.random));
        let seal =
            Box::new(move |entry: &Entry| entry.seal(&key, EntrySubject::Nobody(service), random.as_ref()));
        let strangers = Strangers::new(StrangersParts { ledger, seal, clock: Arc::clone(&self.clock) });
        self.note(&strangers);
        strangers
    }
}
