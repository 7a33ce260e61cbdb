//! The keystore.

use std::sync::Arc;

use anyhow::Result;
use tacenda_accounts::Accounts;
use tacenda_contracts::{
    keystore::{Keystore as KeystoreContract, KeystoreDoor},
    ledger::Ledger as LedgerContract,
    wire::Peer,
};
use tacenda_kernel::Service;
use tacenda_keystore::{Keystore, KeystoreParts};
use tacenda_policy::Policies;

use super::{Installation, accounts::audience};

impl Installation {
    /// What the keystore is made of. Without accounts it believes no token.
    pub(crate) fn keystore(
        &self,
        policies: Policies,
        ledger: &Arc<dyn LedgerContract>,
        accounts: Option<&Arc<Accounts>>,
        origin: &str,
    ) -> Result<KeystoreParts> {
        let own = Peer::Service(Service::Keystore);
        Ok(KeystoreParts {
            database: self.databases.get("keystore")?,
            master: self.keys.clone(),
            policies,
            accounts: accounts.map(|accounts| self.accounts_for(accounts, own)),
            issuer: origin.to_owned(),
            audience: audience(origin),
            ledger: self.ledger_for(ledger, own),
            audit_general: self.keys.general_audit_key(Service::Keystore),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        })
    }

    /// The keystore as this peer may call it.
    pub(crate) fn keystore_for(&self, keystore: &Arc<Keystore>, peer: Peer) -> Arc<dyn KeystoreContract> {
        KeystoreDoor::held(Arc::clone(keystore) as _, peer, &self.calls(keystore.strangers()))
    }
}
