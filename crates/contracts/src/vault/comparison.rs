//! What a vault has, in the words by which ledger and vault recognise each other's rows. Nothing is opened for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::RecordId;

use crate::{entry::WriteLink, keystore::SagaId};

/// What a vault has of an announced version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// It is no link of this vault.
    Foreign,
    /// This version of it is stored.
    Stored(StoredVersion),
    /// It is staged by a saga, which the vault does not decide about.
    Staged {
        /// The record.
        record: RecordId,
        /// The saga.
        saga: SagaId,
        /// Whether it is there once, and as it was announced.
        is_whole: bool,
    },
    /// There is no such version of it.
    Absent(RecordId),
}

/// A stored version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredVersion {
    /// Of which record.
    pub record: RecordId,
    /// What its announcement must say, made from the row as it is.
    pub write: WriteLink,
    /// Whether it is the current one: only that has search tokens.
    pub current: bool,
    /// Whether the record is found by each of its search tokens.
    pub found: bool,
    /// The place of the ledger entry that announced it, as the row says; none where the row was altered.
    pub announced_at: Option<u64>,
}

impl StoredVersion {
    /// Whether the announcement is of this very row.
    #[must_use]
    pub fn is(&self, announced: &WriteLink) -> bool {
        let row = (announced.link, announced.version, announced.digest);
        row == (self.write.link, self.write.version, self.write.digest)
    }

    /// Whether it is the announcement of these very search tokens, too.
    #[must_use]
    pub fn has_tokens_of(&self, announced: &WriteLink) -> bool {
        !self.current || self.write.tokens == announced.tokens
    }
}

/// What is under way in a vault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The sagas that have staged rows.
    pub staged_by: Vec<SagaId>,
    /// Up to when writes are refused; none where no past was closed yet.
    pub fenced_until: Option<Timestamp>,
}
