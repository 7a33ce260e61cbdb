//! What does not hold, in a sentence each.

use tacenda_kernel::ActorId;

/// Somebody else wrote to the account database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Its row does not bear its seal.
    #[error("account {0} was edited, or put back without the rows that count for it")]
    Edited(ActorId),
    /// The ledger knows a newer one.
    #[error("account {0} was put back: the ledger knows of later changes to it")]
    PutBack(ActorId),
    /// The ledger knows it, and it is not there.
    #[error("account {0} was removed: the ledger knows it")]
    Gone(ActorId),
    /// A change was announced, and it is not known that it was committed.
    #[error(
        "account {0}: its last change was announced and is not there; a crash at that moment does this, and so does putting it back within seconds"
    )]
    NotThere(ActorId),
    /// A row that counts for it is not there as it was written.
    #[error("account {account}: a row that counts for it was edited, moved or removed ({table})")]
    Missing {
        /// Whose.
        account: ActorId,
        /// Of which table.
        table: &'static str,
    },
    /// A row is there that does not count for it.
    #[error("account {account}: a row was put back or inserted that does not count for it ({table})")]
    Strange {
        /// Whose.
        account: ActorId,
        /// Of which table.
        table: &'static str,
    },
}

impl Finding {
    /// What it is, in a word, and of which table.
    #[must_use]
    pub const fn name(&self) -> (&'static str, &'static str) {
        match self {
            Self::Edited(_) => ("edited", "accounts"),
            Self::PutBack(_) => ("put back", "accounts"),
            Self::Gone(_) => ("gone", "accounts"),
            Self::NotThere(_) => ("not there", "accounts"),
            Self::Missing { table, .. } => ("missing", table),
            Self::Strange { table, .. } => ("strange", table),
        }
    }
}
