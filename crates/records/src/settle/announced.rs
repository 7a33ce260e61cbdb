//! The writes that ledger entries announce, and those of them that were given up.

use std::collections::HashMap;

use tacenda_contracts::{
    entry::{Event, Outcome, WriteLink},
    ledger::StoredEntry,
};
use tacenda_crypto::{AuditKey, LinkKey};
use tacenda_kernel::{RecordId, Version};

/// One announced row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announcement {
    pub(crate) position: u64,
    pub(crate) write: WriteLink,
}

/// What a stretch of the ledger says about writes.
#[derive(Default)]
pub(crate) struct Announced {
    writes: HashMap<(RecordId, Version), Vec<Announcement>>,
    unreadable: Vec<u64>,
    settled_upto: u64,
}

impl Announced {
    /// Takes in one entry. Entries must come in order.
    pub(crate) fn take(&mut self, stored: &StoredEntry, link_key: &LinkKey, general: &AuditKey) {
        let entry = &stored.entry;
        let Some(write) = entry.write else {
            if entry.subject.is_none()
                && let Ok(opened) = entry.open(general)
                && let Event::Settled { upto } = opened.event
            {
                self.settled_upto = self.settled_upto.max(upto);
            }
            return;
        };
        let Some(record) = link_key.record(write.link) else {
            self.unreadable.push(stored.position);
            return;
        };
        // Nearly all are announced once: no room for more.
        let known = self.writes.entry((record, write.version)).or_insert_with(|| Vec::with_capacity(1));
        match entry.outcome {
            Outcome::Allowed => known.push(Announcement { position: stored.position, write }),
            // SECURITY: what was in its vault, as an earlier entry says, is not given up by a later one.
            Outcome::Failed | Outcome::Denied => {
                known.retain(|other| other.write.digest != write.digest || other.position < self.settled_upto)
            }
        }
    }

    /// Whether some announcement names exactly this row.
    pub(crate) fn names(&self, record: RecordId, version: Version, digest: [u8; 16]) -> bool {
        self.announcements(record, version).iter().any(|one| one.write.digest == digest)
    }

    /// What was announced for a version and not given up.
    pub(crate) fn announcements(&self, record: RecordId, version: Version) -> &[Announcement] {
        self.writes.get(&(record, version)).map_or(&[], Vec::as_slice)
    }

    /// The versions announced and not given up.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (RecordId, Version)> {
        self.writes.iter().filter(|(_, known)| !known.is_empty()).map(|(version, _)| *version)
    }

    /// Entries whose link is not one of this system's.
    pub(crate) fn unreadable(&self) -> &[u64] {
        &self.unreadable
    }

    /// Every write before this position was in its vault when the ledger said so.
    pub(crate) const fn settled_upto(&self) -> u64 {
        self.settled_upto
    }
}
