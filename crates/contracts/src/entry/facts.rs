//! What an event's entry says beside who, what, when and where: typed, so that nobody takes texts apart.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{ActorId, Pseudonym, Purpose, realms};
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
}
