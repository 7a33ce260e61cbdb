//! What happened, and how it ended.

use serde::{Deserialize, Serialize};
use tacenda_kernel::Action;

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
    /// Announced writes never reached their vault. The entry repeats the announced [`super::WriteLink`]s, with
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
    /// The operator went on with a ledger whose end is lost; [`super::Fact::Adopted`] says how much.
    LedgerAdopted,
    /// A transaction was accepted under an idempotency key; [`super::Fact::Submission`] says which.
    TransactionAccepted,
}
