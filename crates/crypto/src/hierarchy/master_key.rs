//! The secret from which every other key is derived or under which it is wrapped.
//!
//! It is random and made once. What it is wrapped under can change: then its one row is wrapped again, and nothing that
//! was ever sealed is touched.

use tacenda_kernel::{ApiRealm, Compartment, Random, Realm, Secret, Service};
use zeroize::Zeroizing;

use super::WrappingKey;
use crate::{
    AuditKey, CertificateKey, CheckpointKey, Domain, IndexKey, InvalidKeyName, KeyGeneration, LinkKey,
    MacKey, RealmKey, RecordCodec,
    key_bytes::{KeyBytes, derive_key, make_key, opaque},
};

/// HKDF's salt for what follows from the master secret.
const SALT: &[u8] = b"tacenda master key";

/// The secret from which today's keys are derived. It is stored only wrapped under the root key.
#[derive(Clone)]
pub struct MasterKey(KeyBytes);

opaque!(MasterKey);

impl MasterKey {
    /// A new random secret.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self(make_key(random))
    }

    /// The secret with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &Secret<[u8; 32]>) -> Self {
        // EXPOSE: the bytes go into another wrapper that wipes.
        Self(Zeroizing::new(*bytes.expose()))
    }

    pub(super) const fn from_key(key: KeyBytes) -> Self {
        Self(key)
    }

    pub(super) const fn key(&self) -> &KeyBytes {
        &self.0
    }
}

/// What follows from it: the same each time.
impl MasterKey {
    /// Wraps what a service stores: [`Domain::Keystore`], [`Domain::Accounts`] or [`Domain::Cursor`].
    #[must_use]
    pub fn wrapping_key(&self, service: Domain) -> WrappingKey {
        WrappingKey::from_key(self.derive(Domain::Wrapping, service.label().as_bytes()))
    }

    /// Translates patients' numbers into and out of realm `R`.
    #[must_use]
    pub fn realm_key<R: Realm>(&self) -> RealmKey<R> {
        RealmKey::from_key(&self.derive(Domain::Realm, R::NAME.as_bytes()))
    }

    /// Translates record ids into and out of a realm of the API.
    #[must_use]
    pub fn record_codec(&self, realm: ApiRealm) -> RecordCodec {
        RecordCodec::from_key(&self.derive(Domain::RecordIds, realm.as_str().as_bytes()))
    }

    /// Links the versions of one vault with entries in the ledger: another vault's key names them otherwise.
    #[must_use]
    pub fn link_key(&self, compartment: Compartment) -> LinkKey {
        let derive = |domain| self.derive(domain, compartment.as_str().as_bytes());
        LinkKey::from_keys(&derive(Domain::Link), &derive(Domain::RowDigest), &derive(Domain::Announcement))
    }

    /// Tags the row in which a vault says how far making search tokens anew is.
    #[must_use]
    pub fn reindex_key(&self, compartment: Compartment) -> MacKey {
        MacKey::from_key(&self.derive(Domain::ReindexRow, compartment.as_str().as_bytes()))
    }

    /// Tags the rows that the ledger appended.
    #[must_use]
    pub fn ledger_row_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::LedgerRow, b""))
    }

    /// Makes a compartment's blind search tokens.
    #[must_use]
    pub fn index_key(&self, compartment: Compartment) -> IndexKey {
        IndexKey::from_key(&self.derive(Domain::Index, compartment.as_str().as_bytes()))
    }

    /// Makes the tokens by which `accounts` finds an account: its own key, so that they match no compartment's.
    #[must_use]
    pub fn account_index_key(&self) -> IndexKey {
        IndexKey::from_key(&self.derive(Domain::Index, b"accounts"))
    }

    /// Tags permits, and the slices of them that vaults get.
    #[must_use]
    pub fn permit_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::Permit, b""))
    }

    /// Tags the grants that `keystore` stores.
    #[must_use]
    pub fn grant_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::Grant, b""))
    }

    /// Seals the rows by which `accounts` knows people, and blinds the tokens in them.
    #[must_use]
    pub fn account_row_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::AccountRow, b""))
    }

    /// Blinds idempotency keys.
    #[must_use]
    pub fn submission_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::Submission, b""))
    }

    /// Tags the rows in which the application says how far a transaction across vaults is.
    #[must_use]
    pub fn saga_row_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::SagaRow, b""))
    }

    /// Tags the rows in which `keystore` says that there is a patient.
    #[must_use]
    pub fn patient_row_key(&self) -> MacKey {
        MacKey::from_key(&self.derive(Domain::PatientRow, b""))
    }

    /// Seals one service's ledger entries about nobody in particular: no other service's key opens them.
    #[must_use]
    pub fn general_audit_key(&self, service: Service) -> AuditKey {
        AuditKey::from_key(self.derive(Domain::GeneralAudit, service.as_str().as_bytes()))
    }

    /// Signs the ledger's checkpoints under `name`, the ledger's origin.
    ///
    /// # Errors
    /// [`InvalidKeyName`] for a name that no signed note can carry.
    pub fn checkpoint_key(&self, name: &str) -> Result<CheckpointKey, InvalidKeyName> {
        CheckpointKey::from_seed(name, &self.derive(Domain::Checkpoint, name.as_bytes()))
    }

    /// Signs erasure certificates.
    #[must_use]
    pub fn certificate_key(&self) -> CertificateKey {
        CertificateKey::from_seed(&self.derive(Domain::Certificate, b""))
    }

    /// SECURITY: the generation has a fixed length and stands first, so no two keys have the same derivation.
    fn derive(&self, domain: Domain, qualifier: &[u8]) -> KeyBytes {
        let qualifier = [&KeyGeneration::FIRST.number().to_be_bytes(), qualifier].concat();
        derive_key(self.0.as_slice(), SALT, domain, &qualifier)
    }
}
