//! Signed notes (<https://c2sp.org/signed-note>) with Ed25519: how the ledger's checkpoints are signed.

mod checkpoint_key;
mod checkpoint_verifier;
mod format;

pub use checkpoint_key::CheckpointKey;
pub use checkpoint_verifier::{CheckpointVerifier, InvalidVerifierKey, NoteError};
pub use format::InvalidKeyName;
