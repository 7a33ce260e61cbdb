//! The services that are needed to compare, opened to read.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use async_trait::async_trait;
use tacenda_contracts::ledger::{Checkpoint, Ledger as LedgerContract};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Clock, Random};
use tacenda_keystore::Keystore;
use tacenda_ledger::{
    service::{Ledger, LedgerParts},
    witness::{FileWitness, Witness, WitnessError},
};
use tacenda_policy::Policies;
use tacenda_records::Records;

use crate::{
    databases::Databases,
    system::{Installation, ORIGIN},
};

/// Ledger and application, opened to read.
pub(super) struct Opened {
    pub(super) ledger: Arc<dyn LedgerContract>,
    pub(super) records: Records,
}

/// Where no witness is.
struct NoWitness;

#[async_trait]
impl Witness for NoWitness {
    async fn newest(&self) -> Result<Option<Checkpoint>, WitnessError> {
        Ok(None)
    }

    async fn keep(&self, _checkpoint: &Checkpoint) -> Result<(), WitnessError> {
        Ok(())
    }
}

/// The ledger, opened to read.
pub(super) async fn ledger(
    databases: &Databases,
    keys: &MasterKey,
    witness: Option<FileWitness>,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<dyn LedgerContract>> {
    let ledger = Ledger::open_to_read(LedgerParts {
        database: databases.get("ledger")?,
        key: keys.checkpoint_key(ORIGIN)?,
        row_key: keys.ledger_row_key(),
        witness: witness.map_or_else(|| Arc::new(NoWitness) as _, |kept| Arc::new(kept) as _),
        journal: None,
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        checkpoint_every: Duration::MAX,
    });
    Ok(Arc::new(ledger.await.context("the ledger does not open")?))
}

impl Opened {
    pub(super) async fn open(
        databases: &Databases,
        keys: &MasterKey,
        ledger: Arc<dyn LedgerContract>,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
    ) -> Result<Self> {
        let installation = Installation::new(databases.clone(), keys.clone(), clock, random);
        // No token is believed and nothing is permitted: it is asked for nothing that needs either.
        let policies = Policies::none().context("the policies do not load")?;
        let keystore = Keystore::open_to_read(installation.keystore(policies, &ledger, None, "")?).await;
        let keystore = Arc::new(keystore.context("the keystore does not open")?);
        let application = installation.application(&keystore, &ledger, String::new())?;
        let records = Records::open_to_read(application).await;
        let records = records.context("the application does not open")?;
        Ok(Self { ledger, records })
    }
}
