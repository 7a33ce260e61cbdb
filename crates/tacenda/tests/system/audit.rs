//! The ledger as the security officer reads it.

use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use reqwest::RequestBuilder;
use tacenda::{
    demo::{accounts::DemoAccounts, seed},
    system::System,
};
use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Fact, SealedEntry},
    keystore::{PermitRequest, Subject},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Action, CompartmentSet, Purpose, Role, Service, TraceId};

use crate::common::TestSystem;

/// Every entry that can be opened; those of an erased patient cannot.
pub(crate) struct Audit {
    pub(crate) entries: Vec<Entry>,
    pub(crate) unreadable: usize,
}

impl Audit {
    pub(crate) async fn read(test: &TestSystem) -> Self {
        Self::of_all(&test.system, &test.accounts).await
    }

    pub(crate) async fn of_all(system: &Arc<System>, accounts: &DemoAccounts) -> Self {
        let officer = seed::caller(system, accounts, Role::SecurityOfficer, Purpose::Compliance);
        let officer = officer.await.unwrap();
        let request = PermitRequest {
            token: officer.token,
            action: Action::Audit,
            purpose: officer.purpose,
            subject: Subject::Nobody,
            compartments: CompartmentSet::default(),
            context: officer.context,
        };
        let permit = system.keystore.permit(&request).await.unwrap();
        let mut keys: HashMap<EntrySubject, Option<AuditKey>> = HashMap::new();
        let mut audit = Self { entries: Vec::new(), unreadable: 0 };
        // The ledger's own entries say nothing.
        let told = |sealed: &SealedEntry| sealed.subject != EntrySubject::Nobody(Service::Ledger);
        for sealed in sealed(system).await.into_iter().filter(told) {
            let key = match keys.entry(sealed.subject) {
                Slot::Occupied(known) => known.into_mut(),
                Slot::Vacant(new) => {
                    let found = system.keystore.audit_key(&permit, sealed.subject.patient()).await.ok();
                    new.insert(found.and_then(|keys| keys.of(sealed.subject).cloned()))
                }
            };
            match key {
                Some(key) => audit.entries.push(sealed.open(key).unwrap()),
                None => audit.unreadable += 1,
            }
        }
        audit
    }

    /// How many refusals of strangers the entries stand for: each for one, or for as many as it says followed.
    pub(crate) fn strangers(&self) -> u64 {
        let refusals = self.entries.iter().filter(|entry| entry.event == Event::Unauthenticated);
        let repeated = |fact: &Fact| match fact {
            Fact::Repeated(count) => Some(*count),
            _ => None,
        };
        refusals.map(|entry| entry.facts.iter().find_map(repeated).unwrap_or(1)).sum()
    }

    pub(crate) fn of(&self, trace: TraceId) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.trace == trace).collect()
    }
}

async fn sealed(system: &System) -> Vec<SealedEntry> {
    let mut all = Vec::new();
    loop {
        let more = system.ledger.entries(all.len() as u64, 500).await.unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more.into_iter().map(|stored| stored.entry));
    }
}

/// The request under a trace of its own.
pub(crate) fn traced(request: RequestBuilder) -> (TraceId, RequestBuilder) {
    static LAST: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [7; 16];
    bytes[8..].copy_from_slice(&LAST.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let trace = TraceId(bytes);
    (trace, request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01")))
}
