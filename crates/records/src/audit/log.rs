//! One log, opened for one caller in one request.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    entry::Entry,
    keystore::Subject,
    ledger::{About, LedgerError, StoredEntry},
    permit::Permit,
};
use tacenda_crypto::AuditKey;
use tacenda_kernel::{Action, CompartmentSet};

use super::id::EntryId;
use crate::{Caller, Records, RecordsError};

/// How far the times of entries may be from the order in which they became durable: an entry bears the time at which it
/// was made, by the clock of whoever made it.
const DISORDER: SignedDuration = SignedDuration::from_mins(5);

/// The entries about one patient, or those about nobody, and the key to them.
pub(super) struct Log<'a> {
    records: &'a Records,
    pub(super) permit: Arc<Permit>,
    key: AuditKey,
    about: About,
}

/// An entry that was opened.
pub(super) struct Read {
    pub(super) id: EntryId,
    pub(super) leaf: [u8; 32],
    pub(super) entry: Entry,
}

impl<'a> Log<'a> {
    /// Asks for the key.
    ///
    /// SECURITY: `keystore` gives it after the ledger has recorded who gets it. The permit is asked for anew each time,
    /// never taken from those in use, so that this record bears the trace of this very request.
    pub(super) async fn open(
        records: &'a Records,
        caller: &Caller,
        subject: Subject,
    ) -> Result<Self, RecordsError> {
        let nowhere = CompartmentSet::default();
        let permit = records.keystore.permit(&caller.request(Action::Audit, subject, nowhere)).await?;
        let patient = permit.claims().subject.as_ref().map(|subject| subject.ledger);
        let key = records.keystore.audit_key(&permit, patient).await?;
        Ok(Self { records, permit, key, about: patient.map_or(About::Nobody, About::Patient) })
    }

    /// Up to `limit` entries of this log, newest first, before a position where one is given.
    pub(super) async fn before(&self, before: Option<u64>, limit: u32) -> Result<Vec<Read>, RecordsError> {
        let stored = self.records.ledger.entries_about(self.about, before, limit).await?;
        stored.into_iter().map(|stored| self.read(stored)).collect()
    }

    /// The entry at a place; none where another log's is.
    pub(super) async fn at(&self, position: u64) -> Result<Option<Read>, RecordsError> {
        let found = self.records.ledger.entries(position, 1).await?.into_iter().next();
        let found = found.filter(|stored| stored.position == position && self.is_here(stored));
        found.map(|stored| self.read(stored)).transpose()
    }

    /// The place from which on no entry is as old as that time: by halves, since later entries have later times. It
    /// trusts no column: the times are those that were sealed.
    pub(super) async fn end_of(&self, time: Timestamp) -> Result<Option<u64>, RecordsError> {
        let Ok(time) = time.checked_add(DISORDER) else { return Ok(None) };
        let Some(newest) = self.before(None, 1).await?.pop().filter(|newest| newest.entry.at > time) else {
            return Ok(None);
        };
        let (mut older, mut newer) = (0, newest.id.position);
        while older < newer {
            let middle = older + (newer - older) / 2;
            match self.before(Some(middle + 1), 1).await?.pop() {
                Some(read) if read.entry.at > time => newer = read.id.position,
                _ => older = middle + 1,
            }
        }
        Ok(Some(newer))
    }

    /// Whether nothing before this entry can be as late as that time.
    pub(super) fn is_past(read: &Read, time: Timestamp) -> bool {
        read.entry.at.checked_add(DISORDER).is_ok_and(|latest| latest < time)
    }

    fn is_here(&self, stored: &StoredEntry) -> bool {
        match self.about {
            About::Patient(patient) => stored.entry.subject == Some(patient),
            _ => stored.entry.subject.is_none(),
        }
    }

    /// An entry that does not open is evidence, not something to leave out.
    fn read(&self, stored: StoredEntry) -> Result<Read, RecordsError> {
        let entry = stored.entry.open(&self.key).map_err(|_| RecordsError::Damaged)?;
        let patient = self.permit.claims().subject.as_ref().map(|subject| subject.public);
        let id = EntryId { patient, position: stored.position };
        Ok(Read { id, leaf: stored.leaf, entry })
    }
}

impl From<LedgerError> for RecordsError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Unavailable => Self::Unavailable,
            LedgerError::Full => Self::Full,
            LedgerError::Inconsistent => Self::Damaged,
        }
    }
}
