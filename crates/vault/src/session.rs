//! One permit at work in one vault: the permit was looked at, the keys are here.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    entry::{Entry, Event, Outcome, SealedEntry, Touched, WriteLink},
    keystore::KeyRelease,
    permit::{Opening, Permit},
    receipt::Receipt,
    vault::{Disclosed, Term, Use, VaultError},
};
use tacenda_fhir::Criterion;
use tacenda_kernel::{Action, Kinds, RecordId};

use crate::{
    disclosure::{Opened, permitted},
    error::{from_ledger, from_release},
    operations::search_records::tokens_of,
    service::Vault,
    store::{rows::StoredRow, tokens},
};

/// How long released keys are kept in memory.
const KEYS_KEPT: SignedDuration = SignedDuration::from_secs(5);

/// Keys in memory, with the time at which they were released.
pub(crate) type KeptKeys = (Timestamp, Arc<KeyRelease>);

pub(crate) struct Session<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) asked: Use<'a>,
    pub(crate) permit: &'a Permit,
    pub(crate) opening: &'a Opening,
    pub(crate) keys: Arc<KeyRelease>,
}

impl<'a> Session<'a> {
    /// Looks at the permit and fetches its keys. A forged permit passes the look and gets no keys.
    pub(crate) async fn begin(
        vault: &'a Vault,
        asked: Use<'a>,
        allowed: &[Action],
    ) -> Result<Self, VaultError> {
        let permit = asked.permit;
        let opening = vault.admit(permit, allowed)?;
        let keys = release(vault, permit).await?;
        Ok(Self { vault, asked, permit, opening, keys })
    }

    /// Opens, records, and only then discloses.
    pub(crate) async fn disclose(&self, rows: Vec<StoredRow>) -> Result<Vec<Disclosed>, VaultError> {
        self.disclose_opened(self.open(rows, &[]).await?).await
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
        let (announced, entry) = opened.excerpt(self.asked.excerpt).announce(
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
        self.record(vec![self.seal(&Entry { compartment, records, kinds, ..entry }, None)]).await.map(drop)
    }

    /// Records that records were compared by these parameters and counted, and none disclosed.
    pub(crate) async fn compared(&self, elements: Vec<String>) -> Result<(), VaultError> {
        let compartment = Some(self.opening.compartment);
        let entry = permitted(self.asked, self.vault.clock.now(), Outcome::Allowed);
        self.record(vec![self.seal(&Entry { compartment, elements, ..entry }, None)]).await.map(drop)
    }

    /// Announces rows that are about to be written, one entry each.
    pub(crate) async fn announce_writes(&self, rows: &[StoredRow]) -> Result<Vec<WriteLink>, VaultError> {
        let (links, entries) = rows.iter().map(|row| self.write_entry(row)).unzip();
        self.record(entries).await?;
        Ok(links)
    }

    fn write_entry(&self, row: &StoredRow) -> (WriteLink, SealedEntry) {
        let mut entry = permitted(self.asked, row.header.recorded_at, Outcome::Allowed);
        entry.compartment = Some(row.header.compartment);
        entry.records = vec![touched(row)];
        entry.kinds = vec![row.kind.clone()];
        let link = WriteLink {
            link: self.vault.link_key.link(row.header.record),
            version: row.header.version,
            digest: self.vault.link_key.digest(&row.header, &row.sealed),
        };
        (link, self.seal(&entry, Some(link)))
    }

    /// Says in the ledger that announced writes did not happen, and why.
    pub(crate) async fn abandoned(&self, error: VaultError, announced: &[WriteLink]) -> VaultError {
        let entry = |link: &WriteLink| {
            let record = self.vault.link_key.record(link.link);
            let records = record.map(|record| Touched { record, version: link.version });
            let records = records.into_iter().collect();
            Entry { event: Event::WriteAbandoned, records, ..self.failure(&error) }
        };
        let entries = announced.iter().map(|link| self.seal(&entry(link), Some(*link))).collect();
        // Where this is not recorded, the comparison of ledger and vaults does it later.
        let _ = self.record(entries).await;
        error
    }

    /// Records that a permitted request failed. Where that cannot be recorded, the vault does not answer.
    pub(crate) async fn failed(&self, error: VaultError, touched: Vec<Touched>) -> VaultError {
        let entry = Entry { records: touched, ..self.failure(&error) };
        match self.record(vec![self.seal(&entry, None)]).await {
            Ok(_) => error,
            Err(unavailable) => unavailable,
        }
    }

    fn failure(&self, error: &VaultError) -> Entry {
        let entry = permitted(self.asked, self.vault.clock.now(), Outcome::Failed).because(reason(error));
        Entry { compartment: Some(self.opening.compartment), ..entry }
    }

    fn seal(&self, entry: &Entry, write: Option<WriteLink>) -> SealedEntry {
        let subject = self.permit.claims().subject.as_ref().map(|subject| subject.ledger);
        entry.seal(&self.keys.audit, subject, write, self.vault.random.as_ref())
    }

    async fn record(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, VaultError> {
        self.vault.ledger.append(entries).await.map_err(from_ledger)
    }
}

/// Keys by the permit's authenticator: equal tags are equal permits.
async fn release(vault: &Vault, permit: &Permit) -> Result<Arc<KeyRelease>, VaultError> {
    let now = vault.clock.now();
    if let Some((since, keys)) = vault.keys.get(&permit.tag())
        && now.duration_since(since) < KEYS_KEPT
    {
        return Ok(keys);
    }
    let keys = vault.keystore.release(permit, vault.compartment).await.map_err(from_release)?;
    vault.keys.insert(permit.tag(), (now, Arc::clone(&keys)));
    Ok(keys)
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
