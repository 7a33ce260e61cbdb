//! What an event's entry says beside who, what, when and where: typed, so that nobody takes texts apart.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{ActorId, Language, Pseudonym, Purpose, Role, realms};
use uuid::Uuid;

use crate::keystore::GrantKind;

/// One thing that an entry says. New kinds are added at the end: what was sealed keeps its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// The account that it is about, which need not be the one that acts.
    Account(ActorId),
    /// The session of pages that it is about.
    Session(Uuid),
    /// The OAuth client that it is about, as it is registered or as it calls itself.
    Client(String),
    /// The authorisation of an application that it is about.
    Authorisation(Uuid),
    /// The identity provider that it is about.
    Provider(String),
    /// By which means somebody proved who they are.
    Proof(String),
    /// A step of the event, as a code that the code defines and nobody sends.
    Step(String),
    /// A scope that was asked for or given.
    Scope(String),
    /// How many more events of this kind, from this network, this entry stands for.
    Repeated(u64),
    /// The network that they came from, with its prefix length, or `others`.
    Network(String),
    /// The newest value of the counter that binds an account's rows.
    Counter {
        /// Whose.
        account: ActorId,
        /// The value from now on.
        value: u64,
    },
    /// A patient was registered: their number in the ledger, in an entry about nobody.
    Registered(Pseudonym<realms::Ledger>),
    /// A registration was given up before it was whole.
    RegistrationAbandoned(Pseudonym<realms::Ledger>),
    /// A patient's keys were, or are about to be, destroyed.
    Erased(Pseudonym<realms::Ledger>),
    /// A relation was given.
    GrantGiven {
        /// Its own number.
        grant: Uuid,
        /// To whose records.
        patient: Pseudonym<realms::Ledger>,
        /// To whom; none for everyone whose role can use it.
        actor: Option<ActorId>,
        /// Which.
        kind: GrantKind,
        /// For which purpose.
        purpose: Purpose,
        /// Until when.
        until: Timestamp,
    },
    /// A relation was withdrawn, or replaced by another one.
    GrantEnded {
        /// Its own number.
        grant: Uuid,
        /// To whose records.
        patient: Pseudonym<realms::Ledger>,
        /// Whose; none for everyone's.
        actor: Option<ActorId>,
        /// Which.
        kind: GrantKind,
        /// For which purpose.
        purpose: Purpose,
        /// When it would have ended by itself.
        until: Timestamp,
    },
    /// The operator went on with so many entries of the ledger, where more had been seen.
    Adopted {
        /// How many there were left.
        entries: u64,
        /// How many a checkpoint had been signed over.
        seen: u64,
        /// The root of that checkpoint.
        root: [u8; 32],
    },
    /// A role was given, or given another end.
    RoleGiven {
        /// Which.
        role: Role,
        /// Until when; none for no end.
        until: Option<Timestamp>,
    },
    /// A role was taken.
    RoleTaken(Role),
    /// The passkey that it is about.
    Passkey(Uuid),
    /// The request to reset somebody's factors that it is about.
    Reset(Uuid),
    /// The language that somebody reads from now on.
    Language(Language),
    /// What the counter of [`Fact::Counter`] is to be once the change is committed that this entry tells of.
    CounterAnnounced {
        /// Whose.
        account: ActorId,
        /// The value if it is committed.
        value: u64,
    },
    /// A caller's idempotency key was used.
    Submission {
        /// Its keyed hash.
        key: [u8; 32],
        /// By which transaction.
        saga: Uuid,
    },
}

impl Fact {
    /// A step of the event.
    #[must_use]
    pub fn step(code: &str) -> Self {
        Self::Step(code.to_owned())
    }

    /// What it is, in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Session(_) => "session",
            Self::Client(_) => "client",
            Self::Authorisation(_) => "authorisation",
            Self::Provider(_) => "provider",
            Self::Proof(_) => "proof",
            Self::Step(_) => "step",
            Self::Scope(_) => "scope",
            Self::Repeated(_) => "repeated",
            Self::Network(_) => "network",
            Self::Counter { .. } => "counter",
            Self::Registered(_) => "registered",
            Self::RegistrationAbandoned(_) => "registration-abandoned",
            Self::Erased(_) => "erased",
            Self::GrantGiven { .. } => "give-grant",
            Self::GrantEnded { .. } => "end-grant",
            Self::RoleGiven { .. } => "give-role",
            Self::RoleTaken(_) => "take-role",
            Self::Passkey(_) => "passkey",
            Self::Reset(_) => "reset",
            Self::Language(_) => "language",
            Self::CounterAnnounced { .. } => "counter-announced",
            Self::Adopted { .. } => "adopted",
            Self::Submission { .. } => "submission",
        }
    }

    /// What it says, for people to read. Numbers of patients are the ledger's own and are not shown.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Account(id) => id.to_string(),
            Self::Session(id) | Self::Authorisation(id) | Self::Passkey(id) | Self::Reset(id) => {
                id.to_string()
            }
            Self::Client(text)
            | Self::Provider(text)
            | Self::Proof(text)
            | Self::Step(text)
            | Self::Scope(text)
            | Self::Network(text) => text.clone(),
            Self::Repeated(number) => number.to_string(),
            Self::Counter { account, value } | Self::CounterAnnounced { account, value } => {
                format!("{account} {value}")
            }
            Self::Registered(_)
            | Self::RegistrationAbandoned(_)
            | Self::Erased(_)
            | Self::Submission { .. } => String::new(),
            Self::GrantGiven { kind, purpose, until, .. } => {
                format!("{} {} until {until}", relation(*kind), purpose.code())
            }
            Self::GrantEnded { kind, purpose, .. } => format!("{} {}", relation(*kind), purpose.code()),
            Self::RoleGiven { role, until: None } | Self::RoleTaken(role) => role.to_string(),
            Self::RoleGiven { role, until: Some(until) } => format!("{role} until {until}"),
            Self::Language(language) => language.to_string(),
            Self::Adopted { entries, seen, .. } => format!("{entries} of {seen}"),
        }
    }
}

const fn relation(kind: GrantKind) -> &'static str {
    match kind {
        GrantKind::Care => "care",
        GrantKind::Assignment => "assignment",
        GrantKind::StreamNeed => "stream-need",
        GrantKind::ResearchConsent => "research-consent",
    }
}
