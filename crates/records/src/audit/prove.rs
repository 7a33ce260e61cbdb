//! Showing to somebody who has only a checkpoint that an entry is in the ledger.

use crate::{Caller, Records, RecordsError, audit::read_event::open};

/// What leads from one entry to a signed checkpoint (RFC 6962 §2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The entry's place, from 0.
    pub position: u64,
    /// Its leaf hash, which is over the sealed entry.
    pub leaf: [u8; 32],
    /// The size of the tree.
    pub size: u64,
    /// The audit path, from the leaf up.
    pub path: Vec<[u8; 32]>,
    /// The signed checkpoint of that size: a C2SP `tlog-checkpoint`.
    pub checkpoint: String,
}

impl Records {
    /// Proves that the entry behind an AuditEvent is in the ledger, to whoever may read it.
    ///
    /// # Errors
    /// [`RecordsError`], as for reading the AuditEvent.
    pub async fn prove_inclusion(&self, caller: &Caller, id: &str) -> Result<InclusionProof, RecordsError> {
        let (_, read) = open(self, caller, id).await?;
        let (position, opened) = (read.id.position, read.opened.ok_or(RecordsError::Damaged)?);
        // It covers all that is durable, so this entry too.
        let checkpoint = self.ledger.checkpoint().await?;
        let path = self.ledger.inclusion_proof(position, checkpoint.size).await?;
        let (size, checkpoint) = (checkpoint.size, checkpoint.note);
        Ok(InclusionProof { position, leaf: opened.leaf, size, path, checkpoint })
    }
}
