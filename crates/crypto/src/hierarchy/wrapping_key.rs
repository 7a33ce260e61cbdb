//! Sealing keys, and the few other secrets that services store, under a key from the root.

use tacenda_kernel::Random;
use zeroize::Zeroizing;

use super::CompartmentKey;
use crate::{
    AuditKey, Domain, PatientKey, envelope,
    key_bytes::{KeyBytes, opaque},
};

/// Wraps what one service stores.
#[derive(Clone)]
pub struct WrappingKey(KeyBytes);

opaque!(WrappingKey);

/// It was wrapped under another key, for another context, as another kind of thing, or it was altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not what was wrapped under this key in this context")]
pub struct UnwrapError;

/// A key that can be wrapped. Each kind has its own domain, so none unwraps as another.
pub trait Wrappable: sealed::Material {}

impl Wrappable for CompartmentKey {}
impl Wrappable for PatientKey {}
impl Wrappable for AuditKey {}

impl WrappingKey {
    /// Wraps a key. It unwraps only in the same `context`: say there whose key it is, where, and in which version.
    #[must_use]
    pub fn wrap_key<K: Wrappable>(&self, key: &K, context: &[u8], random: &dyn Random) -> Vec<u8> {
        envelope::seal(&self.0, K::DOMAIN, context, key.material().as_slice(), random)
    }

    /// Unwraps a key.
    ///
    /// # Errors
    /// [`UnwrapError`] for another wrapping key, context or kind of key, or an altered text.
    pub fn unwrap_key<K: Wrappable>(&self, context: &[u8], wrapped: &[u8]) -> Result<K, UnwrapError> {
        let bytes = envelope::open(&self.0, K::DOMAIN, context, wrapped).map_err(|_| UnwrapError)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| UnwrapError)?;
        Ok(K::from_material(Zeroizing::new(bytes)))
    }

    /// Seals a secret that is no key of the hierarchy: a signing key, a hash, a name. Bound to `context` likewise.
    #[must_use]
    pub fn seal_secret(&self, context: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        envelope::seal(&self.0, Domain::StoredSecret, context, plain, random)
    }

    /// Opens such a secret.
    ///
    /// # Errors
    /// [`UnwrapError`] for another wrapping key or context, or an altered text.
    pub fn open_secret(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        envelope::open(&self.0, Domain::StoredSecret, context, sealed).map_err(|_| UnwrapError)
    }

    pub(crate) const fn from_key(key: KeyBytes) -> Self {
        Self(key)
    }

    pub(super) const fn key(&self) -> &KeyBytes {
        &self.0
    }
}

/// SECURITY: outside this crate nobody can name this module, so nobody can take a key's bytes through it.
mod sealed {
    use crate::{AuditKey, CompartmentKey, Domain, PatientKey, key_bytes::KeyBytes};

    pub trait Material: Sized {
        const DOMAIN: Domain;
        fn material(&self) -> &KeyBytes;
        fn from_material(key: KeyBytes) -> Self;
    }

    macro_rules! material {
        ($($key:ident),+) => {$(
            impl Material for $key {
                const DOMAIN: Domain = Domain::$key;
                fn material(&self) -> &KeyBytes {
                    self.key()
                }
                fn from_material(key: KeyBytes) -> Self {
                    Self::from_key(key)
                }
            }
        )+};
    }

    material!(CompartmentKey, PatientKey, AuditKey);
}
