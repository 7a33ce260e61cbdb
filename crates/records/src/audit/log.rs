//! One log, opened for one caller in one request.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    entry::Entry,
    keystore::{AuditKeys, Subject},
    ledger::{About, DamagedEntry, LedgerError, StoredEntry},
    permit::Permit,
};
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
    keys: AuditKeys,
    about: About,
}

/// An entry of the log.
pub(super) struct Read {
    pub(super) id: EntryId,
    /// What it says; none where it is not what was appended, which is evidence and not something to leave out.
    pub(super) opened: Option<Opened>,
}

/// An entry that was opened.
pub(super) struct Opened {
    pub(super) leaf: [u8; 32],
    pub(super) entry: Entry,
    /// Whether it announces a write of which a later entry says that it never was.
    pub(super) abandoned: bool,
}

impl Read {
    /// When it was made.
    fn at(&self) -> Option<Timestamp> {
        self.opened.as_ref().map(|opened| opened.entry.at)
    }
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
        let keys = records.keystore.audit_key(&permit, patient).await?;
        Ok(Self { records, permit, keys, about: patient.map_or(About::Nobody, About::Patient) })
    }

    /// Up to `limit` entries of this log, newest first, before a position where one is given.
    pub(super) async fn before(&self, before: Option<u64>, limit: u32) -> Result<Vec<Read>, RecordsError> {
        let stored = self.records.ledger.entries_about(self.about, before, limit).await?;
        let announced = |stored: &&StoredEntry| !stored.entry.writes.is_empty();
        let announced: Vec<u64> = stored.iter().flatten().filter(announced).map(|one| one.position).collect();
        let abandoned = self.records.ledger.given_up(&announced).await?;
        Ok(stored.into_iter().map(|stored| self.read(stored, &abandoned)).collect())
    }

    /// The entry at a place; none where another log's is.
    pub(super) async fn at(&self, position: u64) -> Result<Option<Read>, RecordsError> {
        let found = self.before(position.checked_add(1), 1).await?.pop();
        Ok(found.filter(|read| read.id.position == position))
    }

    /// The place from which on no entry is as old as that time: by halves, since later entries have later times. It
    /// trusts no column: the times are those that were sealed.
    pub(super) async fn end_of(&self, time: Timestamp) -> Result<Option<u64>, RecordsError> {
        let Ok(time) = time.checked_add(DISORDER) else { return Ok(None) };
        let Some(newest) = self.before(None, 1).await?.pop().filter(|newest| newest.at() > Some(time)) else {
            return Ok(None);
        };
        let (mut older, mut newer) = (0, newest.id.position);
        while older < newer {
            let middle = older + (newer - older) / 2;
            match self.before(Some(middle + 1), 1).await?.pop() {
                // One that does not open says no time: looking further than needed leaves nothing out.
                Some(read) if read.at() > Some(time) => newer = read.id.position,
                _ => older = middle + 1,
            }
        }
        Ok(Some(newer))
    }

    /// Whether nothing before this entry can be as late as that time.
    pub(super) fn is_past(read: &Read, time: Timestamp) -> bool {
        read.at().is_some_and(|at| at.checked_add(DISORDER).is_ok_and(|latest| latest < time))
    }

    fn read(&self, stored: Result<StoredEntry, DamagedEntry>, abandoned: &[u64]) -> Read {
        let position = stored.as_ref().map_or_else(|damaged| damaged.position, |stored| stored.position);
        let patient = self.permit.claims().subject.as_ref().map(|subject| subject.public);
        let opened = stored.ok().and_then(|stored| {
            let entry = stored.entry.open(self.keys.of(stored.entry.subject)?).ok()?;
            Some(Opened { leaf: stored.leaf, entry, abandoned: abandoned.contains(&stored.position) })
        });
        Read { id: EntryId { patient, position }, opened }
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
