//! The keystore's part of a verification: every patient, key and grant against its seal and against the ledger.

use std::time::Duration;

use tacenda_contracts::ledger::Ledger;
use tacenda_crypto::MasterKey;
use tacenda_kernel::Clock;
use tacenda_keystore::verify::{Report, VerifyParts, verify};

use crate::databases::Databases;

/// What was compared, or why nothing was.
pub struct KeystoreVerified(Result<Report, String>);

impl KeystoreVerified {
    /// Compares. What does not hold at first may be under way, and is looked at again after that long. Nothing is written.
    pub async fn look(
        databases: &Databases,
        master: &MasterKey,
        ledger: &dyn Ledger,
        clock: &dyn Clock,
        under_way: Duration,
    ) -> Self {
        let first = once(databases, master, ledger, clock).await;
        if first.as_ref().is_ok_and(Report::holds) {
            return Self(first);
        }
        tokio::time::sleep(under_way).await;
        Self(once(databases, master, ledger, clock).await)
    }

    /// That nothing was compared, and why.
    #[must_use]
    pub const fn not_compared(why: String) -> Self {
        Self(Err(why))
    }

    /// Whether it was compared, and everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.0.as_ref().is_ok_and(Report::holds)
    }

    /// Whether it was compared, and something does not hold.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.0.as_ref().is_ok_and(|report| !report.holds())
    }

    /// What does not hold.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let Ok(report) = &self.0 else { return Vec::new() };
        let mut lines: Vec<String> = report.findings.iter().map(|one| format!("keystore: {one}")).collect();
        if report.omitted > 0 {
            lines.push(format!("keystore: and {} more findings", report.omitted));
        }
        lines
    }

    /// What was compared, or why nothing was.
    #[must_use]
    pub fn compared(&self) -> String {
        match &self.0 {
            Ok(Report { patients, erased, grants, .. }) => format!(
                "compared {patients} patients with their keys, {erased} erased ones and {grants} grants with their entries"
            ),
            Err(why) => format!("keystore: not compared, because {why}"),
        }
    }
}

async fn once(
    databases: &Databases,
    master: &MasterKey,
    ledger: &dyn Ledger,
    clock: &dyn Clock,
) -> Result<Report, String> {
    let database = databases.get("keystore").map_err(|error| format!("{error:#}"))?;
    let parts = VerifyParts { database: &database, master, ledger, now: clock.now() };
    verify(parts).await.map_err(|error| format!("{:#}", anyhow::Error::new(error)))
}
