//! Accounts.

use std::sync::Arc;

use anyhow::{Context, Result};
use tacenda_accounts::{AccountRules, Accounts, AccountsParts};
use tacenda_contracts::{
    accounts::{Accounts as AccountsContract, AccountsDoor},
    ledger::Ledger as LedgerContract,
    wire::{Calls, Peer},
};
use tacenda_crypto::{Domain, MasterKey};
use tacenda_kernel::{Clock, Random, Service};

use super::Installation;
use crate::databases::Databases;

/// Opens the accounts alone.
///
/// # Errors
/// Where they do not open.
pub async fn open_accounts(
    databases: &Databases,
    keys: &MasterKey,
    ledger: &Arc<dyn LedgerContract>,
    origin: &str,
    rules: AccountRules,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Arc<Accounts>> {
    let installation = Installation::new(databases.clone(), keys.clone(), clock, random);
    Ok(Arc::new(installation.open_accounts(ledger, origin, rules).await?))
}

impl Installation {
    pub(super) async fn open_accounts(
        &self,
        ledger: &Arc<dyn LedgerContract>,
        origin: &str,
        rules: AccountRules,
    ) -> Result<Accounts> {
        let keys = &self.keys;
        let accounts = Accounts::open(AccountsParts {
            database: self.databases.get("accounts")?,
            wrapping_key: keys.wrapping_key(Domain::Accounts),
            index_key: keys.account_index_key(),
            row_key: keys.account_row_key(),
            audit_general: keys.general_audit_key(Service::Accounts),
            ledger: self.ledger_for(ledger, Peer::Service(Service::Accounts)),
            issuer: origin.to_owned(),
            audience: audience(origin),
            rules,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        });
        accounts.await.context("the accounts do not open")
    }

    /// How the doors of accounts are made.
    pub(super) fn calls_of_accounts(&self, accounts: &Accounts) -> Calls {
        self.calls(accounts.strangers())
    }

    /// Who somebody is, as this peer may ask it.
    pub(super) fn accounts_for(&self, accounts: &Arc<Accounts>, peer: Peer) -> Arc<dyn AccountsContract> {
        AccountsDoor::held(Arc::clone(accounts) as _, peer, &self.calls_of_accounts(accounts))
    }
}

/// What access tokens are for.
pub(super) fn audience(origin: &str) -> String {
    format!("{origin}/fhir")
}
