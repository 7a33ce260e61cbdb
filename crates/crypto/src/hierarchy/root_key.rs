//! The key above all others, and every key that follows from it.

use data_encoding::BASE32_NOPAD;
use tacenda_kernel::{ApiRealm, Compartment, Random, Realm, Secret};
use zeroize::Zeroizing;

use super::WrappingKey;
use crate::{
    AuditKey, CertificateKey, CheckpointKey, Domain, IndexKey, InvalidKeyName, LinkKey, MacKey, RealmKey,
    RecordCodec,
    key_bytes::{KeyBytes, derive_key, make_key, opaque},
};

/// Makes the file recognisable, also to scanners that look for secrets in the wrong place.
const FILE_PREFIX: &str = "tacenda-root-key-1-";

/// HKDF's salt for what follows from the root.
const SALT: &[u8] = b"tacenda root key";

/// The key above all others. It is in no database; whoever has it and the databases has everything.
#[derive(Clone)]
pub struct RootKey(KeyBytes);

opaque!(RootKey);

/// The text is no root key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the content of a root key file")]
pub struct InvalidRootKeyText;

/// Making it, and keeping it in a file.
impl RootKey {
    /// A new random root key.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self(make_key(random))
    }

    /// The root key with these bytes, as a key store outside gives them.
    #[must_use]
    pub fn from_bytes(bytes: &Secret<[u8; 32]>) -> Self {
        // EXPOSE: the bytes go into another wrapper that wipes.
        Self(Zeroizing::new(*bytes.expose()))
    }

    /// The content of the file it is kept in: one line.
    #[must_use]
    pub fn to_file_text(&self) -> Secret<String> {
        let digits = Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()));
        let mut text = String::with_capacity(FILE_PREFIX.len() + digits.len() + 1);
        for part in [FILE_PREFIX, &digits, "\n"] {
            text.push_str(part);
        }
        Secret::new(text)
    }

    /// Reads the content of a root key file.
    ///
    /// # Errors
    /// [`InvalidRootKeyText`] if it is anything else.
    pub fn from_file_text(text: &str) -> Result<Self, InvalidRootKeyText> {
        let digits = text.trim().strip_prefix(FILE_PREFIX).ok_or(InvalidRootKeyText)?;
        let bytes = BASE32_NOPAD.decode(digits.as_bytes()).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| InvalidRootKeyText)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| InvalidRootKeyText)?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

/// What follows from it: the same each time.
impl RootKey {
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

    /// Links versions in vaults with entries in the ledger.
    #[must_use]
    pub fn link_key(&self) -> LinkKey {
        LinkKey::from_keys(&self.derive(Domain::Link, b""), &self.derive(Domain::RowDigest, b""))
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

    /// Tags permits.
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

    /// Seals ledger entries about nobody in particular.
    #[must_use]
    pub fn general_audit_key(&self) -> AuditKey {
        AuditKey::from_key(self.derive(Domain::GeneralAudit, b""))
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

    /// By what a database recognises its root key; it tells nothing else about it.
    #[must_use]
    pub fn check_value(&self) -> [u8; 16] {
        let derived = self.derive(Domain::RootCheck, b"");
        let mut value = [0; 16];
        value.copy_from_slice(&derived[..16]);
        value
    }

    fn derive(&self, domain: Domain, qualifier: &[u8]) -> KeyBytes {
        derive_key(self.0.as_slice(), SALT, domain, qualifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn a_root_key_survives_its_file() {
        let root = RootKey::make(&SystemRandom);
        let text = root.to_file_text();
        assert_eq!(RootKey::from_file_text(text.expose()).unwrap().check_value(), root.check_value());
        assert_ne!(RootKey::make(&SystemRandom).check_value(), root.check_value());
        assert_eq!(format!("{root:?} {text:?}"), "RootKey Secret");
    }

    #[test]
    fn other_texts_are_refused() {
        let text = RootKey::make(&SystemRandom).to_file_text();
        let text = text.expose().trim();
        let longer = format!("{text}A");
        for wrong in ["", "hunter2", &text[..text.len() - 1], &longer, &text[FILE_PREFIX.len()..]] {
            assert!(RootKey::from_file_text(wrong).is_err());
        }
    }
}
