//! A ledger in memory that records, or refuses to.

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

#[derive(Default)]
pub(crate) struct FakeLedger {
    entries: Mutex<Vec<SealedEntry>>,
    down: AtomicBool,
}

impl FakeLedger {
    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub(crate) fn opened(&self, key: &AuditKey) -> Vec<Entry> {
        self.entries.lock().unwrap().iter().map(|entry| entry.open(key).unwrap()).collect()
    }

    /// The newest entry, in short: event, outcome and reason.
    pub(crate) fn last(&self, key: &AuditKey) -> (Event, Outcome, String) {
        let last = self.opened(key).pop().unwrap();
        (last.event, last.outcome, last.reason.unwrap_or_default())
    }

    /// Forgets all entries but the first ones.
    pub(crate) fn cut(&self, left: usize) {
        self.entries.lock().unwrap().truncate(left);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }
}

#[async_trait]
impl Ledger for FakeLedger {
    async fn append(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, LedgerError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(LedgerError::Unavailable);
        }
        let mut stored = self.entries.lock().unwrap();
        let receipts = entries.iter().zip(stored.len() as u64..);
        let receipts = receipts.map(|(entry, at)| Receipt::acknowledge(entry, at)).collect();
        stored.extend(entries);
        Ok(receipts)
    }

    async fn entries(&self, _: u64, _: u32) -> Result<Vec<StoredEntry>, LedgerError> {
        Err(LedgerError::Unavailable)
    }

    async fn entries_about(
        &self,
        _: About,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Result<StoredEntry, DamagedEntry>>, LedgerError> {
        let stored = self.entries.lock().unwrap();
        let places = (0..before.unwrap_or(stored.len() as u64)).rev().take(limit as usize);
        let read = |position: u64| {
            let entry = stored[usize::try_from(position).unwrap()].clone();
            Ok(StoredEntry { position, entry, arrived: Vec::new(), leaf: [0; 32] })
        };
        Ok(places.map(read).collect())
    }

    async fn arrived(&self, _: &[u64]) {}

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
