//! The root of all keys.

use tacenda_kernel::{ApiRealm, Compartment, Random, Realm, Secret};
use zeroize::Zeroizing;

use crate::{
    AuditKey, CertificateKey, CheckpointKey, Domain, IndexKey, LinkKey, PermitKey, RealmKey, RecordCodec,
    WrappingKey, envelope::Source,
};

/// The key from which, or under which, every other key is. It is in a file or a device, never in a database.
#[derive(Clone)]
pub struct RootKey {
    bytes: Zeroizing<[u8; 32]>,
    source: Source,
}

/// The text holds no root key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the root key file holds one line of 64 hexadecimal digits; this one does not")]
pub struct RootKeyError;

impl RootKey {
    /// A new random root.
    pub fn make(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// The root with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        Self { source: Source::new(&bytes), bytes }
    }

    /// The root that a file's text holds.
    ///
    /// # Errors
    /// [`RootKeyError`] where it holds none.
    pub fn from_file_text(text: &str) -> Result<Self, RootKeyError> {
        let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).map_err(|_| RootKeyError)?;
        let bytes = Zeroizing::new(bytes);
        bytes.as_slice().try_into().map(Self::from_bytes).map_err(|_| RootKeyError)
    }

    /// The text for a file that only its owner may read.
    #[must_use]
    pub fn to_file_text(&self) -> Secret<String> {
        Secret::new(data_encoding::HEXLOWER.encode(&*self.bytes) + "\n")
    }

    /// A number that tells roots apart and says nothing about them.
    #[must_use]
    pub fn check_value(&self) -> [u8; 16] {
        let value = self.source.expand(Domain::KeyCheck, &[]);
        let mut check = [0; 16];
        check.copy_from_slice(&value[..16]);
        check
    }

    /// A key that wraps other keys.
    #[must_use]
    pub fn wrapping_key(&self, domain: Domain) -> WrappingKey {
        WrappingKey::new(&self.source.expand(domain, b"wrapping"))
    }

    /// A realm's permutation of patient numbers.
    #[must_use]
    pub fn realm_key<R: Realm>(&self) -> RealmKey<R> {
        RealmKey::new(&self.source.expand(Domain::Realm, R::NAME.as_bytes()))
    }

    /// A realm's permutation of record ids.
    #[must_use]
    pub fn record_codec(&self, realm: ApiRealm) -> RecordCodec {
        RecordCodec::new(&self.source.expand(Domain::RecordCodec, realm.as_str().as_bytes()))
    }

    /// The key that joins ledger and vaults.
    #[must_use]
    pub fn link_key(&self) -> LinkKey {
        LinkKey::new(&self.source.expand(Domain::Link, &[]), &self.source.expand(Domain::RowDigest, &[]))
    }

    /// A compartment's blind tokens.
    #[must_use]
    pub fn index_key(&self, compartment: Compartment) -> IndexKey {
        IndexKey::new(&self.source.expand(Domain::Index, compartment.as_str().as_bytes()))
    }

    /// Blind tokens of accounts' e-mail addresses.
    #[must_use]
    pub fn accounts_index_key(&self) -> IndexKey {
        IndexKey::new(&self.source.expand(Domain::AccountsIndex, &[]))
    }

    /// Seals ledger entries about nobody in particular.
    #[must_use]
    pub fn general_audit_key(&self) -> AuditKey {
        AuditKey::from_bytes(self.source.expand(Domain::GeneralAudit, &[]))
    }

    /// Authenticates permits.
    #[must_use]
    pub fn permit_key(&self) -> PermitKey {
        PermitKey::new(&self.source.expand(Domain::Permit, &[]))
    }

    /// Blinds idempotency keys.
    #[must_use]
    pub fn submission_key(&self) -> PermitKey {
        PermitKey::new(&self.source.expand(Domain::Submission, &[]))
    }

    /// Signs checkpoints under the name of a log.
    #[must_use]
    pub fn checkpoint_key(&self, origin: &str) -> CheckpointKey {
        CheckpointKey::new(origin, &self.source.expand(Domain::Checkpoint, &[]))
    }

    /// Signs erasure certificates.
    #[must_use]
    pub fn certificate_key(&self) -> CertificateKey {
        CertificateKey::new(&self.source.expand(Domain::Certificate, &[]))
    }
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_the_root() {
        let root = RootKey::from_bytes([7; 32]);
        let text = root.to_file_text();
        let again = RootKey::from_file_text(text.expose()).unwrap();
        assert_eq!(root.check_value(), again.check_value());
        assert_ne!(root.check_value(), RootKey::from_bytes([8; 32]).check_value());
        for wrong in ["", "00", &"zz".repeat(32), &"00".repeat(33)] {
            assert_eq!(RootKey::from_file_text(wrong).unwrap_err(), RootKeyError);
        }
    }
}
