//! The ledger.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use tacenda_contracts::{
    ledger::{Ledger as LedgerContract, LedgerDoor},
    wire::Peer,
};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Clock, Random, Service};
use tacenda_ledger::{
    service::{Ledger, LedgerParts},
    witness::FileWitness,
};

use super::{Installation, ORIGIN};
use crate::databases::Databases;

/// Opens the ledger alone.
///
/// # Errors
/// Where its storage contradicts what was signed; the text says how.
pub async fn open_ledger(
    databases: &Databases,
    keys: &MasterKey,
    witness: PathBuf,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<dyn LedgerContract>> {
    Installation::new(databases.clone(), keys.clone(), clock, random).open_ledger(witness).await
}

impl Installation {
    pub(super) async fn open_ledger(&self, witness: PathBuf) -> Result<Arc<dyn LedgerContract>> {
        let key = self.keys.checkpoint_key(ORIGIN)?;
        let kept =
            FileWitness::open(&witness, key.verifier()).context("the ledger's witness does not open")?;
        let ledger = Ledger::open(LedgerParts {
            database: self.databases.get("ledger")?,
            key,
            row_key: self.keys.ledger_row_key(),
            witness: Arc::new(kept),
            journal: Some(witness),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            checkpoint_every: Duration::from_secs(1),
        });
        Ok(Arc::new(ledger.await.context("the ledger does not open")?))
    }

    /// The ledger as this peer may call it.
    pub(crate) fn ledger_for(&self, ledger: &Arc<dyn LedgerContract>, peer: Peer) -> Arc<dyn LedgerContract> {
        // The ledger seals nothing: calls that it refuses are recorded in the application's name.
        let strangers = self.strangers(Arc::clone(ledger), Service::Records);
        LedgerDoor::held(Arc::clone(ledger), peer, &self.calls(&strangers))
    }
}
