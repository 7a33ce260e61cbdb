//! A ledger in memory that can be stopped.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tacenda_contracts::{
    entry::{Entry, SealedEntry},
    ledger::{About, Checkpoint, DamagedEntry, Ledger, LedgerError, StoredEntry},
    receipt::Receipt,
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Pseudonym, realms};

#[derive(Default)]
pub(crate) struct FakeLedger {
    entries: Mutex<Vec<SealedEntry>>,
    stopped: AtomicBool,
}

impl FakeLedger {
    pub(crate) fn stop(&self, stopped: bool) {
        self.stopped.store(stopped, Ordering::SeqCst);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }

    /// The newest entry, which must open with `key`.
    pub(crate) fn newest(&self, key: &AuditKey) -> Entry {
        self.entries.lock().unwrap().last().expect("an entry").open(key).expect("sealed with this key")
    }

    pub(crate) fn newest_subject(&self) -> Option<Pseudonym<realms::Ledger>> {
        self.entries.lock().unwrap().last().expect("an entry").subject.patient()
    }

    /// The newest entry that opens with `key`.
    pub(crate) fn newest_with(&self, key: &AuditKey) -> Entry {
        self.entries.lock().unwrap().iter().rev().find_map(|entry| entry.open(key).ok()).expect("an entry")
    }

    /// Forgets the newest entries, as whoever cuts the end of the ledger off does.
    pub(crate) fn forget(&self, count: usize) {
        let mut all = self.entries.lock().unwrap();
        let left = all.len() - count;
        all.truncate(left);
    }

    /// Alters the entry at a place.
    pub(crate) fn alter(&self, position: usize) {
        self.entries.lock().unwrap()[position].sealed[40] ^= 1;
    }
}

#[async_trait]
impl Ledger for FakeLedger {
    async fn append(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, LedgerError> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(LedgerError::Unavailable);
        }
        let mut all = self.entries.lock().unwrap();
        let receipts = entries.into_iter().map(|entry| {
            let receipt = Receipt::acknowledge(&entry, all.len() as u64);
            all.push(entry);
            receipt
        });
        Ok(receipts.collect())
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
        if self.stopped.load(Ordering::SeqCst) {
            return Err(LedgerError::Unavailable);
        }
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

    async fn arrived(&self, _: &[u64]) {}

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
