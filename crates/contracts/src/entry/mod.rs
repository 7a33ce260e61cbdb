//! What the ledger keeps of one event: the entry in the clear, and as it is sealed.

mod event;
mod facts;
mod sealed;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{
    Actor, ActorId, Compartment, Purpose, RecordId, RequestContext, Role, TraceId, Version,
};
use uuid::Uuid;

use crate::keystore::GrantKind;

pub use event::{Event, Outcome};
pub use facts::Fact;
pub use sealed::{EntrySubject, SealedEntry, WriteLink};

/// One record touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Which record.
    pub record: RecordId,
    /// Which version of it.
    pub version: Version,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The address, as far as the edge believes it.
    pub address: Option<std::net::IpAddr>,
    /// The application that acts in the person's name: its `client_id`.
    pub application: Option<String>,
    /// The access token it was done with (`jti`).
    pub token: Option<Uuid>,
    /// The session of pages it was done in.
    pub session: Option<Uuid>,
}

/// In which relation to the patient somebody acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// It is the patient.
    Own,
    /// A relation that was given, and that ends.
    Granted(GrantKind),
}

impl Relation {
    /// The name that AuditEvents call it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Granted(GrantKind::Care) => "care",
            Self::Granted(GrantKind::Assignment) => "assignment",
            Self::Granted(GrantKind::StreamNeed) => "stream-need",
            Self::Granted(GrantKind::ResearchConsent) => "research-consent",
        }
    }
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
    /// The names of the top-level elements disclosed, or of the parameters by which records were compared.
    pub elements: Vec<String>,
    /// The FHIR types of the records: one that all of them have, or one for each; none where they are not known.
    pub kinds: Vec<String>,
    /// Under which permit.
    pub permit: Option<[u8; 16]>,
    /// Which policies of those that `crates/policy` holds allowed it, by their ids.
    pub policies: Vec<String>,
    /// In which relations to the patient.
    pub relations: Vec<Relation>,
    /// In which request.
    pub trace: TraceId,
    /// Where that came from.
    pub source: Source,
    /// What more there is to say of this event.
    pub facts: Vec<Fact>,
}

impl Entry {
    /// An entry about an event in which no record is touched.
    #[must_use]
    pub fn new(at: Timestamp, event: Event, outcome: Outcome, request: impl Into<RequestContext>) -> Self {
        let RequestContext { trace, address } = request.into();
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
            kinds: Vec::new(),
            permit: None,
            policies: Vec::new(),
            relations: Vec::new(),
            trace,
            source: Source { address, ..Source::default() },
            facts: Vec::new(),
        }
    }

    /// The FHIR type of the record at this place of `records`, where it is known.
    #[must_use]
    pub fn kind_of(&self, place: usize) -> Option<&str> {
        let kind = if self.kinds.len() == 1 { self.kinds.first() } else { self.kinds.get(place) };
        kind.map(String::as_str).filter(|kind| !kind.is_empty())
    }

    /// The same entry with the actor who caused it, and what the token says of the program in whose hands.
    #[must_use]
    pub fn by(self, actor: &Actor) -> Self {
        let application = actor.delegation.as_ref().map(|delegation| delegation.client.clone());
        let source = Source { application, token: Some(actor.token_id), ..self.source };
        Self { actor: Some(actor.id), role: Some(actor.role), source, ..self }
    }

    /// The same entry with a short reason code.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    /// What its facts say, in words, without the counters that it carries along.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let own = |fact: &&Fact| !matches!(fact, Fact::Counter { .. } | Fact::CounterAnnounced { .. });
        let words = |fact: &Fact| match fact {
            Fact::Step(step) => step.clone(),
            fact => format!("{}/{}", fact.name(), fact.value()),
        };
        self.facts.iter().filter(own).map(words).collect()
    }

    /// The same entry with one more fact.
    #[must_use]
    pub fn with(mut self, fact: Fact) -> Self {
        self.facts.push(fact);
        self
    }
}

#[cfg(test)]
mod tests {
    use tacenda_kernel::Action;

    use super::*;

    #[test]
    fn one_type_is_that_of_all_records_and_several_are_in_their_order() {
        let trace = TraceId([7; 16]);
        let entry = Entry::new(Timestamp::UNIX_EPOCH, Event::Access(Action::Read), Outcome::Allowed, trace);
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
