//! The vaults, one for each compartment.

use std::sync::Arc;

use anyhow::Result;
use tacenda_contracts::{
    ledger::Ledger as LedgerContract,
    vault::{VaultDoor, VaultUpkeepDoor},
    wire::Peer,
};
use tacenda_kernel::{Compartment, Service};
use tacenda_keystore::Keystore;
use tacenda_records::VaultHandles;
use tacenda_vault::{Vault, VaultParts};

use super::Installation;
use crate::databases::vault_name;

impl Installation {
    /// A vault, as the application may call it.
    pub(super) fn vault(
        &self,
        compartment: Compartment,
        keystore: &Arc<Keystore>,
        ledger: &Arc<dyn LedgerContract>,
    ) -> Result<VaultHandles> {
        let own = Peer::vault(compartment);
        let vault = Arc::new(Vault::new(VaultParts {
            compartment,
            database: self.databases.get(&vault_name(compartment))?,
            keystore: self.keystore_for(keystore, own),
            ledger: self.ledger_for(ledger, own),
            index_key: self.keys.index_key(compartment),
            link_key: self.keys.link_key(compartment),
            reindex_key: self.keys.reindex_key(compartment),
            general_audit: self.keys.general_audit_key(Service::Vault(compartment)),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }));
        let (calls, application) = (self.calls(vault.strangers()), Peer::Service(Service::Records));
        self.note(vault.strangers());
        Ok(VaultHandles {
            compartment,
            vault: VaultDoor::held(Arc::clone(&vault) as _, application, &calls),
            upkeep: VaultUpkeepDoor::held(vault, application, &calls),
        })
    }
}
