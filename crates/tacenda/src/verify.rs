//! Verifying an installation: the ledger against itself and its witness, and every vault against the ledger.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use tacenda_crypto::RootKey;
use tacenda_kernel::{Clock, Random};
use tacenda_ledger::{
    verify::{Report, verify_storage},
    witness::{FileWitness, Witness},
};
use tacenda_records::CrossReport;

use crate::{
    databases::Databases,
    keys,
    system::{ORIGIN, System, SystemParts},
};

/// How long a write that was announced may take to reach its vault.
const UNDER_WAY: Duration = Duration::from_secs(6);

/// What was checked, and what does not hold.
pub struct Verification {
    storage: Report,
    vaults: Result<CrossReport, String>,
}

impl Verification {
    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.storage.holds() && self.vaults.as_ref().is_ok_and(|report| report.findings.is_empty())
    }

    /// The findings, then a summary.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.storage.findings.iter().map(|one| format!("ledger: {one}")).collect();
        if self.storage.omitted > 0 {
            lines.push(format!("ledger: and {} more findings", self.storage.omitted));
        }
        match &self.vaults {
            Ok(report) => {
                lines.extend(report.findings.iter().map(|one| format!("vaults: {one}")));
                lines.push(format!(
                    "checked {} ledger entries, {} checkpoints and {} stored versions",
                    self.storage.entries, self.storage.checkpoints, report.versions
                ));
                if report.undecided > 0 {
                    lines.push(format!(
                        "{} announced writes are not there and not decided: the server decides them within a minute",
                        report.undecided
                    ));
                }
            }
            Err(why) => lines.push(format!("vaults: not compared, because {why}")),
        }
        lines.push(if self.holds() { "all holds".to_owned() } else { "it does not hold".to_owned() });
        lines
    }
}

/// Verifies everything. It may run beside a system that serves.
///
/// # Errors
/// Where a database or the witness does not answer: then nothing is known.
pub async fn verify(
    databases: &Databases,
    root: &RootKey,
    witness: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Verification> {
    let keys = keys::unseal(databases, root).await?;
    let (verifier, row_key) = (keys.checkpoint_key(ORIGIN)?.verifier(), keys.ledger_row_key());
    let witnessed = FileWitness::open(witness, verifier.clone())?.newest().await?;
    let ledger = databases.get("ledger")?;
    let storage = verify_storage(&ledger, &verifier, &row_key, witnessed.as_ref(), |_| {}).await?;
    let parts = SystemParts {
        databases: databases.clone(),
        root: root.clone(),
        origin: "https://localhost".to_owned(),
        witness: witness.to_owned(),
        rules: tacenda_accounts::AccountRules::default(),
        clock,
        random,
    };
    let vaults = match System::open(parts).await {
        // A ledger that contradicts itself cannot be compared; what is wrong with it was found above.
        Ok(system) => compare(&system).await.map_err(|error| format!("{error:#}")),
        Err(error) => Err(format!("{error:#}")),
    };
    Ok(Verification { storage, vaults })
}

/// Compares vaults and ledger. What seems to be wrong may be under way: it is given time.
async fn compare(system: &System) -> Result<CrossReport> {
    let size = system.ledger.checkpoint().await?.size;
    let report = system.records.cross_check(size).await?;
    if report.findings.is_empty() {
        return Ok(report);
    }
    tokio::time::sleep(UNDER_WAY).await;
    Ok(system.records.cross_check(size).await?)
}
