//! What the ledger says is over: numbers that were erased, and grants that ended before their time.
//!
//! SECURITY: a row of the keystore that is put back has its own tag. What was done after it was written is in the ledger,
//! in entries that only the keystore can open; so what is over is asked of them, and kept in memory.
//!
//! INVARIANT: an entry that says that something is over comes before the rows change, and is in here before any of them
//! is read again.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{PoisonError, RwLock},
};

use jiff::Timestamp;
use tacenda_contracts::{
    entry::{Entry, Fact, Outcome},
    ledger::{About, Ledger, LedgerError},
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Pseudonym, Service, realms};
use uuid::Uuid;

type Patient = Pseudonym<realms::Ledger>;

/// Entries that are read at a time.
const PAGE: u32 = 1_000;

/// What is over.
#[derive(Default)]
pub(crate) struct Past(RwLock<Known>);

#[derive(Default)]
struct Known {
    erased: BTreeSet<[u8; 16]>,
    /// With the time at which they would have ended anyway.
    ended: HashMap<Uuid, Timestamp>,
    /// The first place in the ledger that was not read.
    upto: u64,
}

/// What the ledger says cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// The ledger does not answer.
    #[error("what the ledger says of erasures and grants cannot be read")]
    Ledger(#[source] LedgerError),
    /// An entry is not what the keystore sealed.
    #[error("entry {0} of the ledger, which the keystore made, does not open: run `tacenda ledger verify`")]
    Damaged(u64),
}

/// What one look found.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Numbers that were erased since the last look.
    pub(crate) erased: Vec<Patient>,
}

impl Past {
    /// Reads what the ledger has had since the last time.
    pub(crate) async fn follow(
        &self,
        ledger: &dyn Ledger,
        key: &AuditKey,
        now: Timestamp,
    ) -> Result<News, PastError> {
        let from = self.read().upto;
        let mut news = News::default();
        let mut upto = from;
        let mut before = None;
        loop {
            let page = read_back(ledger, key, before, PAGE).await?;
            let reached = page.last().map(|(position, _)| *position);
            upto = upto.max(page.first().map_or(0, |(position, _)| position + 1));
            let unread = page.iter().filter(|(position, _)| *position >= from).map(|(_, entry)| entry);
            unread.for_each(|entry| self.take(entry, &mut news));
            match reached {
                Some(reached) if reached > from => before = Some(reached),
                _ => break,
            }
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.upto = known.upto.max(upto);
        known.ended.retain(|_, until| *until > now);
        Ok(news)
    }

    /// Whether the number was erased.
    pub(crate) fn is_erased(&self, patient: Patient) -> bool {
        self.read().erased.contains(&patient.to_bytes())
    }

    /// Whether the grant ended.
    pub(crate) fn has_ended(&self, grant: Uuid) -> bool {
        self.read().ended.contains_key(&grant)
    }

    /// Notes what an entry says that has just become durable.
    pub(crate) fn note(&self, entry: &Entry) {
        self.take(entry, &mut News::default());
    }

    /// Up to `limit` erased numbers, in their order, after one.
    pub(crate) fn erased_after(&self, after: Option<[u8; 16]>, limit: usize) -> Vec<Patient> {
        let known = self.read();
        let next = known.erased.iter().filter(|number| after.is_none_or(|after| **number > after));
        next.take(limit).map(|number| Pseudonym::from_bytes(*number)).collect()
    }

    /// The grants that ended and would not have yet.
    pub(crate) fn ended(&self) -> Vec<Uuid> {
        self.read().ended.keys().copied().collect()
    }

    fn take(&self, entry: &Entry, news: &mut News) {
        let says = |fact: &&Fact| matches!(fact, Fact::Erased(_) | Fact::GrantEnded { .. });
        if entry.outcome != Outcome::Allowed || !entry.facts.iter().any(|fact| says(&fact)) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for fact in &entry.facts {
            match fact {
                Fact::Erased(patient) if known.erased.insert(patient.to_bytes()) => {
                    news.erased.push(*patient);
                }
                Fact::GrantEnded { grant, until, .. } => {
                    known.ended.insert(*grant, *until);
                }
                _ => {}
            }
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page of the keystore's own entries, newest first.
pub(crate) async fn read_back(
    ledger: &dyn Ledger,
    key: &AuditKey,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<(u64, Entry)>, PastError> {
    let about = About::Service(Service::Keystore);
    let page = ledger.entries_about(about, before, limit).await.map_err(PastError::Ledger)?;
    let open = |stored: Result<_, _>| {
        let stored: tacenda_contracts::ledger::StoredEntry =
            stored.map_err(|damaged: tacenda_contracts::ledger::DamagedEntry| {
                PastError::Damaged(damaged.position)
            })?;
        let entry = stored.entry.open(key).map_err(|_| PastError::Damaged(stored.position))?;
        Ok((stored.position, entry))
    };
    page.into_iter().map(open).collect()
}
