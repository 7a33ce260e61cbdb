//! One permit at work in one vault: the permit was looked at, the keys are here.

use std::sync::Arc;

use tacenda_contracts::{
    entry::{Entry, Event, Outcome, SealedEntry, Touched},
    keystore::KeyRelease,
    permit::{Opening, Slice},
    receipt::Receipt,
    vault::{Disclosed, Term, Use, VaultError},
};
use tacenda_fhir::Criterion;
use tacenda_kernel::{Action, Kinds, RecordId, Version};

use crate::{
    disclosure::{Opened, permitted, subject_of},
    error::from_ledger,
    operations::{compare_versions::link, search_records::tokens_of},
    permits,
    service::Vault,
    store::{rows::StoredRow, tokens},
};

/// Rows that one entry announces at most, so that it fits.
pub(crate) const MOST_ANNOUNCED: usize = 500;

pub(crate) struct Session<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) asked: &'a Use,
    pub(crate) permit: &'a Slice,
    pub(crate) opening: &'a Opening,
    pub(crate) keys: Arc<KeyRelease>,
}

impl<'a> Session<'a> {
    /// Has the permit verified, looks at what it allows, and fetches its keys.
    pub(crate) async fn begin(
        vault: &'a Vault,
        asked: &'a Use,
        allowed: &[Action],
    ) -> Result<Self, VaultError> {
        let keys = permits::release(vault, asked, allowed).await?;
        let permit = asked.permit.as_ref();
        Ok(Self { vault, asked, permit, opening: &permit.claims().opening, keys })
    }

    /// Opens rows that were named. One of another type than the caller takes it for is not there for them, nor are the
    /// others: nobody asks for the versions of two records under one name.
    pub(crate) async fn open_named(&self, rows: Vec<StoredRow>) -> Result<Opened, VaultError> {
        let opened = self.open(rows, &[]).await?;
        match self.asked.kind {
            Some(kind) if !opened.are_of_type(kind.as_str()) => {
                Err(self.failed(VaultError::NotFound, Vec::new()).await)
            }
            _ => Ok(opened),
        }
    }

    /// Opens rows and forgets those that do not match. Nothing is disclosed yet.
    pub(crate) async fn open(
        &self,
        rows: Vec<StoredRow>,
        exactly: &[Criterion],
    ) -> Result<Opened, VaultError> {
        let touched: Vec<Touched> = rows.iter().map(touched).collect();
        if let Err(error) = self.require_types(&rows).await {
            return Err(self.failed(error, touched).await);
        }
        match Opened::open(rows, self.permit, &self.keys) {
            Ok(opened) => Ok(opened.matching(exactly)),
            Err(error) => Err(self.failed(error, touched).await),
        }
    }

    /// SECURITY: a version that says "deleted" holds nothing that says its type. Where the permit covers some types only, its
    /// record must be found by one of these, as it is now or as deleted.
    pub(crate) async fn require_types(&self, rows: &[StoredRow]) -> Result<(), VaultError> {
        let Kinds::Only(kinds) = &self.permit.claims().kinds else { return Ok(()) };
        let deleted = rows.iter().filter(|row| row.header.deleted).map(|row| row.header.record);
        let mut deleted: Vec<RecordId> = deleted.collect();
        deleted.sort_unstable();
        deleted.dedup();
        if deleted.is_empty() {
            return Ok(());
        }
        let known = kinds.iter().filter_map(|kind| kind.parse().ok()).map(tacenda_fhir::Term::of_type);
        let terms = known.map(Term::from).chain(kinds.iter().map(|kind| Term::of_deleted(kind)));
        let tokens = tokens_of(self.vault, self.opening.patient, &terms.collect::<Vec<_>>());
        let covered = tokens::having(&self.vault.database, &tokens, &deleted).await?;
        if covered.len() == deleted.len() { Ok(()) } else { Err(VaultError::NotFound) }
    }

    /// Records, and only then discloses what was opened.
    pub(crate) async fn disclose_opened(&self, opened: Opened) -> Result<Vec<Disclosed>, VaultError> {
        let (announced, entry) = opened.excerpt(&self.asked.excerpt).announce(
            self.asked,
            &self.keys,
            self.vault.clock.now(),
            self.vault.random.as_ref(),
        );
        let receipts = self.record(vec![entry]).await?;
        announced.disclose(receipts.first().ok_or(VaultError::Unavailable)?)
    }

    /// Records that something of these versions is about to be told, though none is opened.
    pub(crate) async fn tell(&self, records: Vec<Touched>, kinds: Vec<String>) -> Result<(), VaultError> {
        let compartment = Some(self.opening.compartment);
        let entry = permitted(self.asked, self.vault.clock.now(), Outcome::Allowed);
        self.record(vec![self.seal(&Entry { compartment, records, kinds, ..entry })]).await.map(drop)
    }

    /// Records that records were compared by these parameters and counted, and none disclosed.
    pub(crate) async fn compared(&self, elements: Vec<String>) -> Result<(), VaultError> {
        let compartment = Some(self.opening.compartment);
        let entry = permitted(self.asked, self.vault.clock.now(), Outcome::Allowed);
        self.record(vec![self.seal(&Entry { compartment, elements, ..entry })]).await.map(drop)
    }

    /// Announces rows that are about to be written by one commit, and notes in each which entry did.
    pub(crate) async fn announce_writes(&self, rows: &mut [StoredRow]) -> Result<Vec<u64>, VaultError> {
        let entries = rows.chunks(MOST_ANNOUNCED).map(|rows| self.write_entry(rows)).collect();
        let receipts = self.record(entries).await?;
        let positions: Vec<u64> = receipts.iter().map(Receipt::position).collect();
        if positions.len() != rows.len().div_ceil(MOST_ANNOUNCED) {
            return Err(VaultError::Unavailable);
        }
        for (rows, position) in rows.chunks_mut(MOST_ANNOUNCED).zip(&positions) {
            for row in rows {
                let (record, version) = (row.header.record, row.header.version);
                row.announced = self.vault.link_key.announcement(record, version, *position);
            }
        }
        Ok(positions)
    }

    fn write_entry(&self, rows: &[StoredRow]) -> SealedEntry {
        let at = rows.first().map_or_else(|| self.vault.clock.now(), |row| row.header.recorded_at);
        let mut entry = permitted(self.asked, at, Outcome::Allowed);
        entry.compartment = Some(self.opening.compartment);
        entry.records = rows.iter().map(touched).collect();
        entry.kinds = compact(rows.iter().map(|row| row.kind.clone()).collect());
        let writes = rows.iter().map(|row| link(self.vault, row)).collect();
        let subject = subject_of(self.permit, self.opening.compartment);
        entry.seal_announcing(writes, &self.keys.audit, subject, self.vault.random.as_ref())
    }

    /// Says in the ledger that announced writes did not happen, and why.
    pub(crate) async fn abandoned(&self, error: VaultError, announced: &[u64]) -> VaultError {
        let entry = |position: &u64| {
            let entry = Entry { event: Event::WriteAbandoned, ..self.failure(&error) };
            let subject = subject_of(self.permit, self.opening.compartment);
            entry.seal_giving_up(*position, &self.keys.audit, subject, self.vault.random.as_ref())
        };
        // Where this is not recorded, the comparison of ledger and vaults does it later.
        let _ = self.record(announced.iter().map(entry).collect()).await;
        error
    }

    /// Records that a permitted request failed. Where that cannot be recorded, the vault does not answer.
    pub(crate) async fn failed(&self, error: VaultError, touched: Vec<Touched>) -> VaultError {
        let entry = Entry { records: touched, ..self.failure(&error) };
        match self.record(vec![self.seal(&entry)]).await {
            Ok(_) => error,
            Err(unavailable) => unavailable,
        }
    }

    /// Records that what was disclosed of these did not reach the caller.
    pub(crate) async fn withheld(&self, records: &[(RecordId, Version)]) -> Result<(), VaultError> {
        let touched =
            |(record, version): &(RecordId, Version)| Touched { record: *record, version: *version };
        for some in records.chunks(MOST_ANNOUNCED) {
            let entry = permitted(self.asked, self.vault.clock.now(), Outcome::Failed).because("withheld");
            let records = some.iter().map(touched).collect();
            let entry = Entry { records, compartment: Some(self.opening.compartment), ..entry };
            self.record(vec![self.seal(&entry)]).await?;
        }
        Ok(())
    }

    fn failure(&self, error: &VaultError) -> Entry {
        let entry = permitted(self.asked, self.vault.clock.now(), Outcome::Failed).because(reason(error));
        Entry { compartment: Some(self.opening.compartment), ..entry }
    }

    fn seal(&self, entry: &Entry) -> SealedEntry {
        let subject = subject_of(self.permit, self.opening.compartment);
        entry.seal(&self.keys.audit, subject, self.vault.random.as_ref())
    }

    async fn record(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, VaultError> {
        self.vault.ledger.append(entries).await.map_err(from_ledger)
    }
}

/// One type where all have the same.
fn compact(kinds: Vec<String>) -> Vec<String> {
    match kinds.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => vec![first.clone()],
        _ => kinds,
    }
}

fn touched(row: &StoredRow) -> Touched {
    Touched { record: row.header.record, version: row.header.version }
}

const fn reason(error: &VaultError) -> &'static str {
    match error {
        VaultError::NotFound => "not-found",
        VaultError::Gone(_) => "gone",
        VaultError::Conflict => "conflict",
        VaultError::Refused => "refused",
        VaultError::Erased => "erased",
        VaultError::Damaged => "damaged",
        VaultError::TooLarge => "too-large",
        VaultError::Full => "no-space",
        VaultError::TooCostly => "too-costly",
        VaultError::Unavailable => "unavailable",
    }
}
