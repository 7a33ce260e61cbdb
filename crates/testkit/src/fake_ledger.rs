//! A ledger in memory that can be stopped.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed step is a failed test")]

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tacenda_contracts::{
    entry::{Entry, Event, Outcome, SealedEntry},
    ledger::{About, Checkpoint, DamagedEntry, Ledger, LedgerError, StoredEntry},
    receipt::Receipt,
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Pseudonym, realms};

/// Keeps entries, proves nothing, and reads what is about nobody.
#[derive(Default)]
pub struct FakeLedger {
    entries: Mutex<Vec<SealedEntry>>,
    stopped: AtomicBool,
}

impl FakeLedger {
    /// Whether it answers.
    pub fn stop(&self, stopped: bool) {
        self.stopped.store(stopped, Ordering::SeqCst);
    }

    /// How many entries it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.lock().unwrap().len()
    }

    /// All entries, which must open with `key`.
    #[must_use]
    pub fn opened(&self, key: &AuditKey) -> Vec<Entry> {
        self.entries.lock().unwrap().iter().map(|entry| entry.open(key).unwrap()).collect()
    }

    /// Those entries that open with `key`.
    #[must_use]
    pub fn opened_with(&self, key: &AuditKey) -> Vec<Entry> {
        self.entries.lock().unwrap().iter().filter_map(|entry| entry.open(key).ok()).collect()
    }

    /// The newest entry, which must open with `key`.
    #[must_use]
    pub fn newest(&self, key: &AuditKey) -> Entry {
        self.entries.lock().unwrap().last().expect("an entry").open(key).expect("sealed with this key")
    }

    /// The newest entry in short: event, outcome and reason.
    #[must_use]
    pub fn last(&self, key: &AuditKey) -> (Event, Outcome, String) {
        let last = self.newest(key);
        (last.event, last.outcome, last.reason.unwrap_or_default())
    }

    /// Whom the newest entry is about.
    #[must_use]
    pub fn newest_subject(&self) -> Option<Pseudonym<realms::Ledger>> {
        self.entries.lock().unwrap().last().expect("an entry").subject.patient()
    }

    /// The newest entry that opens with `key`.
    #[must_use]
    pub fn newest_with(&self, key: &AuditKey) -> Entry {
        self.entries.lock().unwrap().iter().rev().find_map(|entry| entry.open(key).ok()).expect("an entry")
    }

    /// Forgets all entries but the first ones.
    pub fn cut(&self, left: usize) {
        self.entries.lock().unwrap().truncate(left);
    }

    /// Forgets the newest entries.
    pub fn forget(&self, count: usize) {
        self.cut(self.count() - count);
    }

    /// Alters the entry at a place.
    pub fn alter(&self, position: usize) {
        self.entries.lock().unwrap()[position].sealed[40] ^= 1;
    }

    fn answers(&self) -> Result<(), LedgerError> {
        if self.stopped.load(Ordering::SeqCst) { Err(LedgerError::Unavailable) } else { Ok(()) }
    }
}

#[async_trait]
impl Ledger for FakeLedger {
    async fn append(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, LedgerError> {
        self.answers()?;
        let mut all = self.entries.lock().unwrap();
        let receipts = entries.into_iter().map(|entry| {
            let receipt = Receipt::acknowledge(&entry, all.len() as u64);
            all.push(entry);
            receipt
        });
        Ok(receipts.collect())
    }

    async fn arrived(&self, _: &[u64]) -> Result<(), LedgerError> {
        self.answers()
    }

    async fn entries(&self, _: u64, _: u32) -> Result<Vec<StoredEntry>, LedgerError> {
        Err(LedgerError::Unavailable)
    }

    async fn entries_about(
        &self,
        about: About,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Result<StoredEntry, DamagedEntry>>, LedgerError> {
        self.answers()?;
        let About::Service(service) = about else { return Err(LedgerError::Unavailable) };
        let all = self.entries.lock().unwrap();
        let numbered = all.iter().enumerate().map(|(position, entry)| (position as u64, entry.clone())).rev();
        let asked = numbered.filter(|(position, entry)| {
            entry.subject.service() == Some(service) && before.is_none_or(|before| *position < before)
        });
        let stored =
            |(position, entry)| Ok(StoredEntry { position, entry, arrived: Vec::new(), leaf: [0; 32] });
        Ok(asked.take(limit as usize).map(stored).collect())
    }

    async fn entries_at(&self, _: &[u64]) -> Result<Vec<Option<StoredEntry>>, LedgerError> {
        Err(LedgerError::Unavailable)
    }

    async fn given_up(&self, _: &[u64]) -> Result<Vec<u64>, LedgerError> {
        Err(LedgerError::Unavailable)
    }

    async fn checkpoint(&self) -> Result<Checkpoint, LedgerError> {
        Err(LedgerError::Unavailable)
    }

    async fn inclusion_proof(&self, _: u64, _: u64) -> Result<Vec<[u8; 32]>, LedgerError> {
        Err(LedgerError::Unavailable)
    }

    async fn consistency_proof(&self, _: u64, _: u64) -> Result<Vec<[u8; 32]>, LedgerError> {
        Err(LedgerError::Unavailable)
    }
}
