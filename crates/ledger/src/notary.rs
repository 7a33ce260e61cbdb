//! Signing what is durable, and handing it to the witness, beside the path of appends.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tacenda_contracts::ledger::{Checkpoint, LedgerError};
use tacenda_crypto::CheckpointKey;
use tacenda_kernel::Clock;
use tacenda_postgres::{Database, DatabaseError};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    checkpoint::{self, Previous},
    committer::Committer,
    error::unavailable,
    guard::Guard,
    store::checkpoints,
    tree::Frontier,
    witness::Witness,
};

/// How long signing and storing may take in the background before the next round.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a witness is waited for. It is tried again at the next round.
const WITNESS_PATIENCE: Duration = Duration::from_millis(500);

/// Checkpoints that are read at a time.
const PAGE: u32 = 1_000;

/// How often a checkpoint is signed anew because another instance was faster.
const ATTEMPTS: usize = 10;

/// Signs, stores and hands over checkpoints.
pub(crate) struct Notary {
    pub(crate) guard: Arc<Guard>,
    pub(crate) committer: Arc<Committer>,
    pub(crate) database: Arc<Database>,
    pub(crate) key: CheckpointKey,
    pub(crate) witness: Arc<dyn Witness>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was signed last, or the witness keeps.
    pub(crate) signed: Mutex<Option<Checkpoint>>,
    /// How many entries the witness keeps the checkpoint of.
    pub(crate) witnessed: Mutex<Option<u64>>,
}

impl Notary {
    /// A checkpoint over at least these entries, which are durable.
    pub(crate) async fn certify(&self, frontier: &Frontier) -> Result<Checkpoint, LedgerError> {
        self.committer.must_go_on()?;
        let checkpoint = self.sign(frontier).await?;
        // CRASH: the entries and their checkpoint are durable here, so the witness never knows more than the database.
        tacenda_kernel::crash::at("ledger-signed");
        if timeout(WITNESS_PATIENCE, self.hand_over(&checkpoint)).await.is_err() {
            tracing::error!(size = checkpoint.size, "the witness does not answer");
        }
        Ok(checkpoint)
    }

    /// Signs after the newest checkpoint that is known. Of two instances that sign after the same one, the second finds the
    /// first's, and signs after that.
    async fn sign(&self, frontier: &Frontier) -> Result<Checkpoint, LedgerError> {
        let mut signed = self.signed.lock().await;
        for _ in 0..ATTEMPTS {
            if let Some(signed) = signed.as_ref()
                && signed.size >= frontier.size()
            {
                return Ok(signed.clone());
            }
            // SECURITY: what was signed and is not there any more is still named by what comes after it.
            let newer = self.stored(frontier).await?.filter(|stored| is_after(stored, signed.as_ref()));
            if let (Some(newer), Some(signed)) = (&newer, signed.as_ref()) {
                self.leads_back(newer, signed).await?;
            }
            *signed = match newer {
                Some(newer) => Some(newer),
                None => match self.sign_after(frontier, signed.as_ref()).await? {
                    None => continue,
                    new => new,
                },
            };
        }
        let signed = signed.as_ref().filter(|signed| signed.size >= frontier.size());
        signed.cloned().ok_or(LedgerError::Unavailable)
    }

    /// The newest that is stored, where it is one.
    async fn stored(&self, frontier: &Frontier) -> Result<Option<Checkpoint>, LedgerError> {
        let stored = checkpoints::newest(&self.database).await.map_err(unavailable)?;
        let stored = stored.and_then(|stored| stored.signed(&self.key.verifier()));
        let stored = stored.map(|stored| stored.checkpoint);
        match &stored {
            Some(other) if other.size == frontier.size() && other.root != frontier.root() => {
                tracing::error!(size = other.size, "another root was signed for the same entries");
                Err(LedgerError::Inconsistent)
            }
            _ => Ok(stored),
        }
    }

    /// SECURITY: what another instance signed since must name, one after the other, what was signed here: else that was taken
    /// out of the chain.
    async fn leads_back(&self, newer: &Checkpoint, signed: &Checkpoint) -> Result<(), LedgerError> {
        let mut last = signed.clone();
        while last.size < newer.size {
            let page = checkpoints::from(&self.database, last.size, PAGE).await.map_err(unavailable)?;
            let mut stored = page.iter().map(|stored| stored.signed(&self.key.verifier()));
            let begins = stored.next().flatten().is_some_and(|first| first.checkpoint == last);
            let before = last.size;
            for next in stored {
                let next = next.filter(|next| next.after == Some(Previous::of(&last)));
                last = next.ok_or_else(|| out_of_the_chain(before))?.checkpoint;
            }
            if !begins || last.size == before {
                return Err(out_of_the_chain(before));
            }
        }
        Ok(())
    }

    /// None where another instance was faster.
    async fn sign_after(
        &self,
        frontier: &Frontier,
        before: Option<&Checkpoint>,
    ) -> Result<Option<Checkpoint>, LedgerError> {
        let (size, now) = (frontier.size(), self.clock.now());
        let new = checkpoint::sign(&self.key, size, &frontier.root(), now, before);
        match checkpoints::insert(&self.database, &new).await {
            Ok(true) => Ok(Some(new.checkpoint)),
            Ok(false) => {
                tracing::error!(size, "the ledger's database did not store a checkpoint as it was given");
                Err(LedgerError::Inconsistent)
            }
            Err(DatabaseError::Conflict) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn hand_over(&self, checkpoint: &Checkpoint) {
        let mut witnessed = self.witnessed.lock().await;
        if *witnessed >= Some(checkpoint.size) {
            return;
        }
        if self.replaces_nothing_else(*witnessed).await {
            match self.witness.keep(checkpoint).await {
                Ok(()) => *witnessed = Some(checkpoint.size),
                Err(error) => {
                    tracing::error!(%error, size = checkpoint.size, "a checkpoint was not witnessed");
                }
            }
        }
    }

    /// SECURITY: what another instance handed over is replaced only where the database holds it.
    async fn replaces_nothing_else(&self, witnessed: Option<u64>) -> bool {
        match self.witness.newest().await {
            Ok(Some(kept)) if Some(kept.size) != witnessed => {
                self.committer.must_hold(&[(kept.size, kept.root)]).await.is_ok()
            }
            Ok(_) => true,
            Err(error) => {
                tracing::error!(%error, "what the witness keeps cannot be read, and is not replaced");
                false
            }
        }
    }
}

fn out_of_the_chain(size: u64) -> LedgerError {
    tracing::error!(size, "a checkpoint was deleted or exchanged: the next ones do not lead back to it");
    LedgerError::Inconsistent
}

fn is_after(one: &Checkpoint, other: Option<&Checkpoint>) -> bool {
    other.is_none_or(|other| other.size < one.size)
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
