//! The application, over its vaults.

use std::sync::Arc;

use anyhow::Result;
use tacenda_contracts::{ledger::Ledger as LedgerContract, wire::Peer};
use tacenda_crypto::Domain;
use tacenda_kernel::{ApiRealm, Compartment, Service};
use tacenda_keystore::Keystore;
use tacenda_records::RecordsParts;

use super::Installation;

impl Installation {
    /// What the application over a keystore and a ledger is made of, its vaults among it.
    pub(crate) fn application(
        &self,
        keystore: &Arc<Keystore>,
        ledger: &Arc<dyn LedgerContract>,
        base_url: String,
    ) -> Result<RecordsParts> {
        let (keys, own) = (&self.keys, Peer::Service(Service::Records));
        let vaults = Compartment::ALL.into_iter().map(|one| self.vault(one, keystore, ledger));
        Ok(RecordsParts {
            database: self.databases.get("records")?,
            keystore: self.keystore_for(keystore, own),
            ledger: self.ledger_for(ledger, own),
            base_url,
            vaults: vaults.collect::<Result<_>>()?,
            codecs: ApiRealm::ALL.into_iter().map(|realm| (realm, keys.record_codec(realm))).collect(),
            general_audit: keys.general_audit_key(Service::Records),
            submission_key: keys.submission_key(),
            saga_row_key: keys.saga_row_key(),
            cursor_key: keys.wrapping_key(Domain::Cursor),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        })
    }
}
