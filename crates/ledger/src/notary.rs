//! Signing what is durable, and handing it to the witness, beside the path of appends.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tacenda_contracts::ledger::{Checkpoint, LedgerError};
use tacenda_crypto::CheckpointKey;
use tacenda_kernel::Clock;
use tacenda_postgres::Database;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    checkpoint, committer::Committer, error::unavailable, guard::Guard, store::checkpoints, tree::Frontier,
    witness::Witness,
};

/// How long signing and storing may take in the background before the next round.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a witness is waited for. It is tried again at the next round.
const WITNESS_PATIENCE: Duration = Duration::from_millis(500);

/// Signs, stores and hands over checkpoints.
pub(crate) struct Notary {
    pub(crate) guard: Arc<Guard>,
    pub(crate) committer: Arc<Committer>,
    pub(crate) database: Arc<Database>,
    pub(crate) key: CheckpointKey,
    pub(crate) witness: Arc<dyn Witness>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was signed last.
    pub(crate) signed: Mutex<Option<Checkpoint>>,
    /// How many entries the witness keeps the checkpoint of.
    pub(crate) witnessed: Mutex<Option<u64>>,
}

impl Notary {
    /// A checkpoint over at least these entries, which are durable.
    pub(crate) async fn certify(&self, frontier: &Frontier) -> Result<Checkpoint, LedgerError> {
        let checkpoint = self.sign(frontier).await?;
        // CRASH: the entries and their checkpoint are durable here, so the witness never knows more than the database.
        tacenda_kernel::crash::at("ledger-signed");
        if timeout(WITNESS_PATIENCE, self.hand_over(&checkpoint)).await.is_err() {
            tracing::error!(size = checkpoint.size, "the witness does not answer");
        }
        Ok(checkpoint)
    }

    async fn sign(&self, frontier: &Frontier) -> Result<Checkpoint, LedgerError> {
        let mut signed = self.signed.lock().await;
        if let Some(signed) = signed.as_ref()
            && signed.size >= frontier.size()
        {
            return Ok(signed.clone());
        }
        let checkpoint = checkpoint::sign(&self.key, frontier.size(), &frontier.root());
        let stored = checkpoints::insert(&self.database, &checkpoint, self.clock.now()).await;
        stored.map_err(unavailable)?;
        *signed = Some(checkpoint.clone());
        Ok(checkpoint)
    }

    async fn hand_over(&self, checkpoint: &Checkpoint) {
        let mut witnessed = self.witnessed.lock().await;
        if *witnessed >= Some(checkpoint.size) {
            return;
        }
        match self.witness.keep(checkpoint).await {
            Ok(()) => *witnessed = Some(checkpoint.size),
            Err(error) => tracing::error!(%error, size = checkpoint.size, "a checkpoint was not witnessed"),
        }
    }
}

/// Certifies what was appended, every so often, until the ledger is dropped.
pub(crate) async fn certify_regularly(notary: Weak<Notary>, every: Duration) {
    let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(notary) = notary.upgrade() else { return };
        // What a stranger in the database let through or kept out is not signed.
        let _said_in_the_log = notary.guard.look().await;
        if !notary.guard.holds() {
            continue;
        }
        let frontier = notary.committer.known_head().await;
        if timeout(PATIENCE, notary.certify(&frontier)).await.is_err() {
            tracing::error!("a checkpoint could not be signed in time");
        }
    }
}
