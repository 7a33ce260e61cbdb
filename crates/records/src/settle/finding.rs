//! What does not fit together between ledger and vaults, each in one sentence.

use std::fmt;

use tacenda_contracts::keystore::SagaId;
use tacenda_kernel::{Compartment, RecordId, Version};

/// What does not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrossFinding {
    /// A row is not the one that was written.
    Altered(RecordId, Version),
    /// A row that no entry announces.
    Unannounced(RecordId, Version),
    /// A row of a version that is there twice.
    Doubled(RecordId, Version),
    /// A row whose search tokens are not those that were announced.
    TokensAltered(RecordId, Version),
    /// A record that searches do not find by all of its tokens.
    NotFound(RecordId, Version),
    /// A row that the ledger knows of and the vault does not have.
    Missing(RecordId, Version, u64),
    /// An entry that links to no record this system could have.
    Unreadable(u64),
    /// Rows staged by a saga that no log knows: they lock their records for ever.
    Stray(Compartment, SagaId),
    /// A row in the log of sagas that the application did not write like that.
    SagaAltered(Option<SagaId>),
    /// So many transactions of which the ledger says that they were accepted, and no table does any more.
    SubmissionsForgotten(usize),
    /// So many idempotency keys by which more than one transaction was accepted.
    SubmissionsTwice(usize),
    /// A vault refuses writes up to a time that is still to come.
    Fenced(Compartment),
}

impl fmt::Display for CrossFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(record, version) => {
                write!(
                    f,
                    "{}: the row was edited, moved or exchanged since it was written",
                    row(*record, *version)
                )
            }
            Self::Unannounced(record, version) => {
                write!(f, "{}: the row has no ledger entry", row(*record, *version))
            }
            Self::Doubled(record, version) => {
                write!(f, "{}: an old version was put back over a newer one", row(*record, *version))
            }
            Self::TokensAltered(record, version) => {
                write!(f, "{}: its search tokens were edited", row(*record, *version))
            }
            Self::NotFound(record, version) => write!(
                f,
                "{}: searches do not find it by all of its search tokens: rows of tokens were deleted or moved; \
                 `tacenda reindex --restart` makes them again",
                row(*record, *version)
            ),
            Self::Missing(record, version, position) => write!(
                f,
                "{}: the row that ledger entry {position} announced was deleted, moved or rolled back",
                row(*record, *version)
            ),
            Self::Unreadable(position) => write!(f, "ledger entry {position}: it links to no record"),
            Self::Stray(compartment, saga) => write!(
                f,
                "{compartment}: rows are staged by {saga}, which no log knows: somebody else put them there, and \
                 their records cannot be changed"
            ),
            Self::SagaAltered(saga) => {
                let which = saga.map(|saga| format!(" {saga}")).unwrap_or_default();
                write!(
                    f,
                    "the log of sagas: the row{which} was edited; what it is about is neither finished nor given up"
                )
            }
            Self::SubmissionsForgotten(count) => write!(
                f,
                "{count} idempotency keys that were used are not known any more: their transactions, sent again, \
                 are done twice"
            ),
            Self::SubmissionsTwice(count) => write!(
                f,
                "{count} idempotency keys were used for two transactions: that they had been used was taken out of the log"
            ),
            Self::Fenced(compartment) => {
                write!(
                    f,
                    "{compartment}: its fence lies in the future, or is not one row, so that nothing can be written"
                )
            }
        }
    }
}

fn row(record: RecordId, version: Version) -> String {
    let hex: String = record.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} record {hex} version {version}", record.compartment())
}
