//! An entry as the ledger stores it: it can read none of it.
//!
//! What is sealed begins with the number of its form, [`FORM`], so that a later release knows how to read it.

use serde::{Deserialize, Serialize};
use tacenda_crypto::{AuditKey, EntryOpenError, LINK_LENGTH};
use tacenda_kernel::{Pseudonym, Random, Service, Version, realms};

use super::{Entry, Outcome};

/// The form that entries are sealed in. The first one had no number.
const FORM: u8 = 2;

/// Whose log an entry is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntrySubject {
    /// The patient's, under the ledger's own pseudonym; sealed under the patient's audit key.
    Patient(Pseudonym<realms::Ledger>),
    /// Nobody's; sealed under the audit key of the service that recorded it.
    Nobody(Service),
}

impl EntrySubject {
    /// The patient, where it is about one.
    #[must_use]
    pub const fn patient(self) -> Option<Pseudonym<realms::Ledger>> {
        match self {
            Self::Patient(patient) => Some(patient),
            Self::Nobody(_) => None,
        }
    }

    /// The service whose key opens it, where it is about nobody.
    #[must_use]
    pub const fn service(self) -> Option<Service> {
        match self {
            Self::Patient(_) => None,
            Self::Nobody(service) => Some(service),
        }
    }
}

/// How the ledger and a vault recognise one row of each other without sharing a number: only the vault's link key joins
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WriteLink {
    /// The record under the link key.
    pub link: [u8; LINK_LENGTH],
    /// The version written.
    pub version: Version,
    /// The keyed digest of the sealed row.
    pub digest: [u8; 16],
    /// The keyed digest of the row's search tokens, sorted.
    pub tokens: [u8; 8],
}

impl WriteLink {
    /// How many bytes one takes where it is stored.
    pub const LENGTH: usize = LINK_LENGTH + 4 + 16 + 8;

    /// As it is stored: each part at its place, the version big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..20].copy_from_slice(&self.link);
        bytes[20..24].copy_from_slice(&self.version.number().to_be_bytes());
        bytes[24..40].copy_from_slice(&self.digest);
        bytes[40..].copy_from_slice(&self.tokens);
        bytes
    }

    /// Reads [`WriteLink::to_bytes`]; none where it is something else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (link, rest) = bytes.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (digest, rest) = rest.split_first_chunk()?;
        let version = Version::new(u32::from_be_bytes(*version))?;
        Some(Self { link: *link, version, digest: *digest, tokens: rest.try_into().ok()? })
    }
}

/// An entry as the ledger stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// A random name: appending the same entry again stores it once.
    pub id: [u8; 16],
    /// Whose log it is in.
    pub subject: EntrySubject,
    /// The rows that it announces: all of one commit in one vault.
    pub writes: Vec<WriteLink>,
    /// The place of the entry of which this one says that what was announced there never was.
    pub gives_up: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// The sealed [`Entry`].
    pub sealed: Vec<u8>,
}

impl Entry {
    /// Seals the entry for the ledger: under the patient's audit key where it is about one, and under the service's own
    /// where it is about nobody.
    #[must_use]
    pub fn seal(&self, key: &AuditKey, subject: EntrySubject, random: &dyn Random) -> SealedEntry {
        self.seal_with(key, subject, Vec::new(), None, random)
    }

    /// The same for an entry that announces rows.
    #[must_use]
    pub fn seal_announcing(
        &self,
        writes: Vec<WriteLink>,
        key: &AuditKey,
        subject: EntrySubject,
        random: &dyn Random,
    ) -> SealedEntry {
        self.seal_with(key, subject, writes, None, random)
    }

    /// The same for an entry that says that what was announced at a place never was.
    #[must_use]
    pub fn seal_giving_up(
        &self,
        position: u64,
        key: &AuditKey,
        subject: EntrySubject,
        random: &dyn Random,
    ) -> SealedEntry {
        self.seal_with(key, subject, Vec::new(), Some(position), random)
    }

    fn seal_with(
        &self,
        key: &AuditKey,
        subject: EntrySubject,
        writes: Vec<WriteLink>,
        gives_up: Option<u64>,
        random: &dyn Random,
    ) -> SealedEntry {
        let mut id = [0; 16];
        random.fill(&mut id);
        let mut entry =
            SealedEntry { id, subject, writes, gives_up, outcome: self.outcome, sealed: Vec::new() };
        entry.sealed = key.seal_entry(&entry.context(), &self.to_bytes(), random);
        entry
    }

    /// Serialising these plain structs into memory cannot fail; an entry of nothing would be refused by the ledger.
    fn to_bytes(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![FORM]).unwrap_or_default()
    }

    fn from_bytes(plain: &[u8]) -> Option<Self> {
        let (form, entry) = plain.split_first()?;
        (*form == FORM).then(|| postcard::from_bytes(entry).ok())?
    }
}

impl SealedEntry {
    /// Opens the entry.
    ///
    /// # Errors
    /// [`EntryOpenError`] where the key is another's, or any column was changed.
    pub fn open(&self, key: &AuditKey) -> Result<Entry, EntryOpenError> {
        let plain = key.open_entry(&self.context(), &self.sealed)?;
        Entry::from_bytes(&plain).ok_or(EntryOpenError)
    }

    /// What it announces of one version of a record, under the link key.
    #[must_use]
    pub fn write_of(&self, link: [u8; LINK_LENGTH], version: Version) -> Option<&WriteLink> {
        self.writes.iter().find(|write| write.link == link && write.version == version)
    }

    /// The columns beside the seal in one encoding: every part has a known length, or its number before it.
    #[must_use]
    pub fn context(&self) -> Vec<u8> {
        let mut context = Vec::with_capacity(64 + self.writes.len() * WriteLink::LENGTH);
        context.extend_from_slice(&self.id);
        match self.subject {
            EntrySubject::Nobody(service) => context.extend([0, service.number()]),
            EntrySubject::Patient(patient) => {
                context.push(1);
                context.extend(patient.to_bytes());
            }
        }
        context.extend((self.outcome as i16).to_be_bytes());
        match self.gives_up {
            None => context.push(0),
            Some(position) => {
                context.push(1);
                context.extend(position.to_be_bytes());
            }
        }
        // An entry has far fewer than 2^32 of them.
        context.extend(u32::try_from(self.writes.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.writes.iter().for_each(|write| context.extend(write.to_bytes()));
        context
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tacenda_kernel::{Action, TraceId};

    use super::*;
    use crate::entry::{Event, Fact};

    fn entry() -> Entry {
        let event = Event::Access(Action::Read);
        let entry = Entry::new(Timestamp::UNIX_EPOCH, event, Outcome::Allowed, TraceId([7; 16]));
        entry.with(Fact::Repeated(3)).because("so")
    }

    #[test]
    fn an_entry_reads_back_and_another_form_is_none() {
        let mut bytes = entry().to_bytes();
        assert_eq!(Entry::from_bytes(&bytes), Some(entry()));
        bytes[0] = FORM + 1;
        assert_eq!(Entry::from_bytes(&bytes), None);
        assert_eq!(Entry::from_bytes(&[]), None);
    }

    #[test]
    fn a_write_reads_back_and_nothing_shorter_or_longer_does() {
        let write =
            WriteLink { link: [1; LINK_LENGTH], version: Version::FIRST, digest: [2; 16], tokens: [3; 8] };
        let bytes = write.to_bytes();
        assert_eq!(WriteLink::from_bytes(&bytes), Some(write));
        assert_eq!(WriteLink::from_bytes(&bytes[1..]), None);
        assert_eq!(WriteLink::from_bytes(&[&bytes[..], &[0]].concat()), None);
    }
}
