//! What the ledger keeps of one event, before it is sealed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_crypto::{AuditKey, EntryOpenError};
use tacenda_kernel::{
    Action, Actor, ActorId, Compartment, Pseudonym, Purpose, Random, RecordId, Role, TraceId, Version, realms,
};

/// How the event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(i16)]
pub enum Outcome {
    /// It was permitted and done, or is about to be done.
    Allowed = 0,
    /// It was refused.
    Denied = 1,
    /// It was permitted and did not succeed.
    Failed = 2,
}

impl Outcome {
    /// The outcome with this number.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        match number {
            0 => Some(Self::Allowed),
            1 => Some(Self::Denied),
            2 => Some(Self::Failed),
            _ => None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Records were asked for or changed.
    Access(Action),
    /// A token was presented that is not valid, or none where one is needed.
    Unauthenticated,
    /// An access token was issued, or asked for and refused.
    TokenIssued,
    /// An account or its roles changed.
    AccountChanged,
    /// A care relationship, assignment, need or consent was given or withdrawn.
    GrantChanged,
    /// An announced write never reached its vault. The entry repeats the announced [`WriteLink`], with
    /// [`Outcome::Failed`].
    WriteAbandoned,
    /// Every write announced before this position is in its vault or was abandoned.
    Settled {
        /// The first position not covered.
        upto: u64,
    },
    /// A session of pages began, or proved more, or again, who its person is.
    SignedIn,
    /// A session of pages was ended.
    SignedOut,
    /// An administrator looked at accounts, or an application asked who its person is.
    AccountsRead,
}

/// One record touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Which record.
    pub record: RecordId,
    /// Which version of it.
    pub version: Version,
}

/// One ledger entry in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// How it ended.
    pub outcome: Outcome,
    /// A short code for why it ended so, for outcomes other than allowed (never a value of the request).
    pub reason: Option<String>,
    /// Who; none for a stranger.
    pub actor: Option<ActorId>,
    /// In which role.
    pub role: Option<Role>,
    /// Why.
    pub purpose: Option<Purpose>,
    /// Where.
    pub compartment: Option<Compartment>,
    /// Which records.
    pub records: Vec<Touched>,
    /// The names of the top-level elements disclosed.
    pub elements: Vec<String>,
    /// Under which permit.
    pub permit: Option<[u8; 16]>,
    /// In which request.
    pub trace: TraceId,
    /// The FHIR types of the records: one that all of them have, or one for each; none where they are not known.
    #[serde(skip)]
    pub kinds: Vec<String>,
}

impl Entry {
    /// An entry about an event in which no record is touched.
    #[must_use]
    pub fn new(at: Timestamp, event: Event, outcome: Outcome, trace: TraceId) -> Self {
        Self {
            at,
            event,
            outcome,
            reason: None,
            actor: None,
            role: None,
            purpose: None,
            compartment: None,
            records: Vec::new(),
            elements: Vec::new(),
            permit: None,
            trace,
            kinds: Vec::new(),
        }
    }

    /// The FHIR type of the record at this place of `records`, where it is known.
    #[must_use]
    pub fn kind_of(&self, place: usize) -> Option<&str> {
        let kind = if self.kinds.len() == 1 { self.kinds.first() } else { self.kinds.get(place) };
        kind.map(String::as_str).filter(|kind| !kind.is_empty())
    }

    /// The same entry with the actor who caused it.
    #[must_use]
    pub fn by(self, actor: &Actor) -> Self {
        Self { actor: Some(actor.id), role: Some(actor.role), ..self }
    }

    /// The same entry with a short reason code.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    /// Seals the entry for the ledger, under the patient's audit key where it has a subject and under the general
    /// audit key where it has none.
    #[must_use]
    pub fn seal(
        &self,
        key: &AuditKey,
        subject: Option<Pseudonym<realms::Ledger>>,
        write: Option<WriteLink>,
        random: &dyn Random,
    ) -> SealedEntry {
        let mut id = [0; 16];
        random.fill(&mut id);
        let plain = self.to_bytes();
        let sealed = key.seal_entry(&context(&id, subject, write.as_ref(), self.outcome), &plain, random);
        SealedEntry { id, subject, write, outcome: self.outcome, sealed }
    }

    /// The types come after everything else, and only where there are some: entries were sealed without them before.
    fn to_bytes(&self) -> Vec<u8> {
        let mut plain = postcard::to_stdvec(self).unwrap_or_default();
        if !self.kinds.is_empty() {
            plain.extend(postcard::to_stdvec(&self.kinds).unwrap_or_default());
        }
        plain
    }

    fn from_bytes(plain: &[u8]) -> Result<Self, postcard::Error> {
        let (entry, rest) = postcard::take_from_bytes::<Self>(plain)?;
        let kinds = if rest.is_empty() { Vec::new() } else { postcard::from_bytes(rest)? };
        Ok(Self { kinds, ..entry })
    }
}

/// How the ledger and a vault recognise one row of each other without sharing a number: only the link key joins them.
///
/// With [`Outcome::Allowed`] it announces the row; with [`Outcome::Failed`] it says that the row will never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteLink {
    /// The record under the link key.
    pub link: [u8; 16],
    /// The version written.
    pub version: Version,
    /// The keyed digest of the sealed row.
    pub digest: [u8; 16],
}

/// An entry as the ledger stores it: it can read none of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// A random name: appending the same entry twice stores it once.
    pub id: [u8; 16],
    /// Whose record it is about.
    pub subject: Option<Pseudonym<realms::Ledger>>,
    /// For a write: the row it announces.
    pub write: Option<WriteLink>,
    /// How it ended.
    pub outcome: Outcome,
    /// The sealed [`Entry`].
    pub sealed: Vec<u8>,
}

impl SealedEntry {
    /// Opens the entry.
    ///
    /// # Errors
    /// [`EntryOpenError`] where the key is another's, or any column was changed.
    pub fn open(&self, key: &AuditKey) -> Result<Entry, EntryOpenError> {
        let context = context(&self.id, self.subject, self.write.as_ref(), self.outcome);
        let plain = key.open_entry(&context, &self.sealed)?;
        Entry::from_bytes(&plain).map_err(|_| EntryOpenError)
    }
}

fn context(
    id: &[u8; 16],
    subject: Option<Pseudonym<realms::Ledger>>,
    write: Option<&WriteLink>,
    outcome: Outcome,
) -> Vec<u8> {
    postcard::to_stdvec(&(id, subject, write, outcome)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back_with_its_types_and_without() {
        let trace = TraceId([7; 16]);
        let entry = Entry::new(Timestamp::UNIX_EPOCH, Event::Access(Action::Read), Outcome::Allowed, trace);
        let before = postcard::to_stdvec(&entry).unwrap();
        assert_eq!(Entry::from_bytes(&before).as_ref(), Ok(&entry), "sealed before entries had types");
        for kinds in [&["Observation"][..], &["Observation", "", "Condition"]] {
            let entry =
                Entry { kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(), ..entry.clone() };
            assert_eq!(Entry::from_bytes(&entry.to_bytes()).as_ref(), Ok(&entry));
        }
    }

    #[test]
    fn one_type_is_that_of_all_records_and_several_are_in_their_order() {
        let entry = Entry::new(Timestamp::UNIX_EPOCH, Event::SignedIn, Outcome::Allowed, TraceId([7; 16]));
        let of = |kinds: &[&str]| Entry {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..entry.clone()
        };
        assert_eq!(of(&[]).kind_of(0), None);
        assert_eq!(of(&["Observation"]).kind_of(3), Some("Observation"));
        assert_eq!(of(&["Observation", ""]).kind_of(1), None);
        assert_eq!(of(&["Observation", "Condition"]).kind_of(1), Some("Condition"));
    }
}
