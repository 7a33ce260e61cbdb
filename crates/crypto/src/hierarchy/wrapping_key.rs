//! Sealing compartment keys, and the few other secrets that services store, under a key from the root.

use tacenda_kernel::Random;
use zeroize::Zeroizing;

use super::CompartmentKey;
use crate::{
    Domain, envelope,
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

impl WrappingKey {
    /// Wraps a compartment key. It unwraps only in the same `context`: compartment and version.
    #[must_use]
    pub fn wrap_compartment_key(&self, key: &CompartmentKey, context: &[u8], random: &dyn Random) -> Vec<u8> {
        wrap(&self.0, Domain::CompartmentKey, key.key(), context, random)
    }

    /// Unwraps a compartment key.
    ///
    /// # Errors
    /// [`UnwrapError`] for another wrapping key, context or kind of key, or an altered text.
    pub fn unwrap_compartment_key(
        &self,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<CompartmentKey, UnwrapError> {
        unwrap(&self.0, Domain::CompartmentKey, context, wrapped).map(CompartmentKey::from_key)
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

    pub(super) const fn from_key(key: KeyBytes) -> Self {
        Self(key)
    }
}

/// Seals a key. The domain says what kind it is, so that none unwraps as another.
pub(super) fn wrap(
    under: &KeyBytes,
    kind: Domain,
    key: &KeyBytes,
    context: &[u8],
    random: &dyn Random,
) -> Vec<u8> {
    envelope::seal(under, kind, context, key.as_slice(), random)
}

pub(super) fn unwrap(
    under: &KeyBytes,
    kind: Domain,
    context: &[u8],
    wrapped: &[u8],
) -> Result<KeyBytes, UnwrapError> {
    let bytes = envelope::open(under, kind, context, wrapped).map_err(|_| UnwrapError)?;
    let mut key = KeyBytes::default();
    if bytes.len() != key.len() {
        return Err(UnwrapError);
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}
