//! The accounts against their rows, and against what the ledger says of them.

use std::sync::Arc;

use anyhow::Result;
use tacenda_accounts::{Verified, VerifyParts, verify};
use tacenda_contracts::ledger::Ledger;
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Clock, Service};

use crate::databases::Databases;

/// What came of it, or why nothing did.
pub(super) struct AccountsVerified(Result<Verified, String>);

impl AccountsVerified {
    /// Compares them.
    pub(super) async fn look(
        databases: &Databases,
        keys: &MasterKey,
        ledger: &Arc<dyn Ledger>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let verified = looked(databases, keys, ledger, clock).await;
        Self(verified.map_err(|error| format!("{error:#}")))
    }

    pub(super) const fn not_compared(why: String) -> Self {
        Self(Err(why))
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.0.as_ref().is_ok_and(|verified| !verified.findings.is_empty())
    }

    pub(super) fn holds(&self) -> bool {
        self.0.as_ref().is_ok_and(|verified| verified.findings.is_empty())
    }

    pub(super) fn findings(&self) -> Vec<String> {
        let findings = self.0.iter().flat_map(|verified| &verified.findings);
        findings.map(|one| format!("accounts: {one}")).collect()
    }

    pub(super) fn compared(&self) -> String {
        match &self.0 {
            Ok(verified) => {
                format!("compared {} accounts with their rows and their entries", verified.accounts)
            }
            Err(why) => format!("accounts: not compared, because {why}"),
        }
    }
}

async fn looked(
    databases: &Databases,
    keys: &MasterKey,
    ledger: &Arc<dyn Ledger>,
    clock: &Arc<dyn Clock>,
) -> Result<Verified> {
    let parts = VerifyParts {
        database: databases.get("accounts")?,
        row_key: keys.account_row_key(),
        audit_general: keys.general_audit_key(Service::Accounts),
        ledger: Arc::clone(ledger),
        clock: Arc::clone(clock),
    };
    Ok(verify(parts).await?)
}
