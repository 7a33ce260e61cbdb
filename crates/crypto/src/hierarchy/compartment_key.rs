//! The key of one compartment in one version: it wraps that compartment's patient keys.

use tacenda_kernel::Random;

use super::{UnwrapError, Wrappable, WrappingKey};
use crate::key_bytes::{KeyBytes, make_key, opaque};

/// Wraps the keys of one compartment's patients.
#[derive(Clone)]
pub struct CompartmentKey(WrappingKey);

opaque!(CompartmentKey);

impl CompartmentKey {
    /// A new random key.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self::from_key(make_key(random))
    }

    /// Wraps a patient's key. It unwraps only in the same `context`: compartment, patient and version.
    #[must_use]
    pub fn wrap_key<K: Wrappable>(&self, key: &K, context: &[u8], random: &dyn Random) -> Vec<u8> {
        self.0.wrap_key(key, context, random)
    }

    /// Unwraps a patient's key.
    ///
    /// # Errors
    /// [`UnwrapError`] for another compartment key, context or kind of key, or an altered text.
    pub fn unwrap_key<K: Wrappable>(&self, context: &[u8], wrapped: &[u8]) -> Result<K, UnwrapError> {
        self.0.unwrap_key(context, wrapped)
    }

    pub(super) const fn from_key(key: KeyBytes) -> Self {
        Self(WrappingKey::from_key(key))
    }

    pub(super) const fn key(&self) -> &KeyBytes {
        self.0.key()
    }
}
