//! The writes that ledger entries announce, those that arrived in their vault, and those that were given up.

use std::collections::{HashMap, HashSet};

use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Fact, WriteLink},
    keystore::SagaId,
    ledger::StoredEntry,
};
use tacenda_crypto::{AuditKey, LINK_LENGTH};
use tacenda_kernel::{Service, Version};

/// A version of a record, as the ledger calls it.
pub(crate) type LinkedVersion = ([u8; LINK_LENGTH], Version);

/// One announced row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announcement {
    pub(crate) position: u64,
    pub(crate) write: WriteLink,
}

/// What a stretch of the ledger says about writes.
#[derive(Default)]
pub(crate) struct Announced {
    writes: HashMap<LinkedVersion, Vec<Announcement>>,
    arrived: HashSet<u64>,
    given_up: HashSet<u64>,
    settled_upto: u64,
    /// By which transactions each idempotency key was used.
    used: HashMap<[u8; 32], HashSet<SagaId>>,
}

impl Announced {
    /// Takes in one entry. Entries must come in order.
    pub(crate) fn take(&mut self, stored: &StoredEntry, own_audit: &AuditKey) {
        let (position, entry) = (stored.position, &stored.entry);
        self.arrived.extend(&stored.arrived);
        // SECURITY: what was in its vault, as an earlier entry says, is not given up by a later one.
        if let Some(place) = entry.gives_up
            && !self.is_settled(place)
        {
            self.given_up.insert(place);
        }
        for write in &entry.writes {
            // Nearly all are announced once: no room for more.
            let known =
                self.writes.entry((write.link, write.version)).or_insert_with(|| Vec::with_capacity(1));
            known.push(Announcement { position, write: *write });
        }
        if entry.subject == EntrySubject::Nobody(Service::Records)
            && let Ok(opened) = entry.open(own_audit)
        {
            self.hear(&opened);
        }
    }

    /// What the application itself says.
    fn hear(&mut self, opened: &Entry) {
        match opened.event {
            Event::Settled { upto } => self.settled_upto = self.settled_upto.max(upto),
            Event::TransactionAccepted => {
                for fact in &opened.facts {
                    if let Fact::Submission { key, saga } = fact {
                        self.used.entry(*key).or_default().insert(*saga);
                    }
                }
            }
            _ => {}
        }
    }

    /// The idempotency keys that were used, each as its keyed hash, with the transactions that did.
    pub(crate) fn used(&self) -> &HashMap<[u8; 32], HashSet<SagaId>> {
        &self.used
    }

    /// What was announced for a version and not given up, in order.
    pub(crate) fn announcements(&self, version: LinkedVersion) -> impl Iterator<Item = &Announcement> {
        let known = self.writes.get(&version).map_or(&[][..], Vec::as_slice);
        known.iter().filter(|one| !self.is_given_up(one.position))
    }

    /// The versions announced, and for each whatever was announced and not given up.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &LinkedVersion> {
        self.writes.keys()
    }

    /// Whether the writes announced at this place were in their vault when a later entry was made.
    pub(crate) fn is_settled(&self, position: u64) -> bool {
        self.arrived.contains(&position)
            || (position < self.settled_upto && !self.given_up.contains(&position))
    }

    /// Whether they are known never to have been.
    pub(crate) fn is_given_up(&self, position: u64) -> bool {
        self.given_up.contains(&position) && !self.arrived.contains(&position)
    }

    /// The entries of which nobody knows yet, in order, with what they announced.
    pub(crate) fn undecided(&self) -> Vec<(u64, Vec<WriteLink>)> {
        let mut found: HashMap<u64, Vec<WriteLink>> = HashMap::new();
        for one in self.writes.values().flatten() {
            if !self.is_settled(one.position) && !self.is_given_up(one.position) {
                found.entry(one.position).or_default().push(one.write);
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable_by_key(|(position, _)| *position);
        found
    }

    /// Whether anything was announced.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}
