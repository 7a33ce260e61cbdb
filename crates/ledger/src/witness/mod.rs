//! Witnesses: where checkpoints are kept outside of the database, so that an older copy of it can be told.

mod file;

use async_trait::async_trait;
use tacenda_contracts::ledger::Checkpoint;

pub use file::FileWitness;

/// A witness does not do it.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// It cannot be reached or written to.
    #[error("the witness does not answer")]
    Unavailable(#[source] std::io::Error),
    /// What it keeps was not signed by this ledger.
    #[error("what the witness keeps is not a checkpoint of this ledger")]
    Damaged,
    /// It keeps another root for the same size: one of the two trees is false.
    #[error("the witness keeps another root for {0} entries")]
    Contradicted(u64),
}

/// Keeps the newest checkpoint where whoever can replace the database cannot replace it.
#[async_trait]
pub trait Witness: Send + Sync + 'static {
    /// The newest checkpoint that it keeps, if any.
    async fn newest(&self) -> Result<Option<Checkpoint>, WitnessError>;

    /// Keeps a checkpoint, and returns when it would survive a crash. An older one than it keeps already is
    /// accepted and changes nothing: a witness never goes backwards.
    async fn keep(&self, checkpoint: &Checkpoint) -> Result<(), WitnessError>;
}
