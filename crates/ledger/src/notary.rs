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
    checkpoint, committer::Committer, error::unavailable, store::checkpoints, tree::Frontier,
    witness::Witness,
};

/// How long one round may take before the next is tried.
const PATIENCE: Duration = Duration::from_secs(10);

/// Signs, stores and hands over checkpoints.
pub(crate) struct Notary {
    pub(crate) committer: Arc<Committer>,
    pub(crate) database: Arc<Database>,
    pub(crate) key: CheckpointKey,
    pub(crate) witness: Arc<dyn Witness>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) latest: Mutex<Latest>,
}

/// What was signed and handed over last.
#[derive(Default)]
pub(crate) struct Latest {
    signed: Option<Checkpoint>,
    witnessed: Option<u64>,
}

impl Notary {
    /// A checkpoint over at least these entries, which are durable.
    pub(crate) async fn certify(&self, frontier: &Frontier) -> Result<Checkpoint, LedgerError> {
        let mut latest = self.latest.lock().await;
        let checkpoint = match &latest.signed {
            Some(signed) if signed.size >= frontier.size() => signed.clone(),
            _ => {
                let checkpoint = checkpoint::sign(&self.key, frontier.size(), &frontier.root());
                let stored = checkpoints::insert(&self.database, &checkpoint, self.clock.now()).await;
                stored.map_err(unavailable)?;
                latest.signed = Some(checkpoint.clone());
                checkpoint
            }
        };
        // CRASH: the entries and their checkpoint are durable here, so the witness never knows more than the database.
        self.hand_over(&mut latest, &checkpoint).await;
        Ok(checkpoint)
    }

    /// A witness that does not answer is tried again at the next round; it holds up nobody.
    async fn hand_over(&self, latest: &mut Latest, checkpoint: &Checkpoint) {
        if latest.witnessed >= Some(checkpoint.size) {
            return;
        }
        match self.witness.keep(checkpoint).await {
            Ok(()) => latest.witnessed = Some(checkpoint.size),
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
        let frontier = notary.committer.known_head().await;
        if timeout(PATIENCE, notary.certify(&frontier)).await.is_err() {
            tracing::error!("a checkpoint could not be signed in time");
        }
    }
}
