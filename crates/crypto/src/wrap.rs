//! Keys under keys.

use tacenda_kernel::Random;
use zeroize::Zeroizing;

use crate::{AuditKey, Domain, PatientKey, envelope::Source};

/// Wraps keys and small secrets.
#[derive(Clone)]
pub struct WrappingKey(Source);

/// A wrapped value does not open: another key, another context, or altered.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a wrapped key does not open: it was altered or moved, or the root key is another")]
pub struct UnwrapError;

impl WrappingKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Source::new(bytes))
    }

    /// Wraps a value; it opens only with the same context.
    ///
    /// # Errors
    /// [`UnwrapError`] for a value larger than the cipher takes (64 GiB).
    pub fn wrap(&self, context: &[u8], value: &[u8], random: &dyn Random) -> Result<Vec<u8>, UnwrapError> {
        self.0.seal(Domain::Wrap, context, value, random).ok_or(UnwrapError)
    }

    /// Unwraps a value.
    ///
    /// # Errors
    /// [`UnwrapError`]
    pub fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        self.0.open(Domain::Wrap, context, wrapped).ok_or(UnwrapError)
    }

    fn unwrap_key(&self, context: &[u8], wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, UnwrapError> {
        let bytes = self.unwrap(context, wrapped)?;
        bytes.as_slice().try_into().map(Zeroizing::new).map_err(|_| UnwrapError)
    }
}

impl std::fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrappingKey")
    }
}

/// One version of a compartment's key: it wraps the keys of the compartment's patients.
#[derive(Clone)]
pub struct CompartmentKey {
    bytes: Zeroizing<[u8; 32]>,
    wrapping: WrappingKey,
}

impl CompartmentKey {
    /// A new random key.
    pub fn make(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self::from_bytes(bytes)
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self { wrapping: WrappingKey::new(&bytes), bytes }
    }

    /// This key under the root's wrapping key.
    ///
    /// # Errors
    /// [`UnwrapError`], which does not happen for a key's length.
    pub fn wrap(&self, under: &WrappingKey, context: &[u8], random: &dyn Random) -> Result<Vec<u8>, UnwrapError> {
        under.wrap(context, &*self.bytes, random)
    }

    /// Unwraps a compartment key.
    ///
    /// # Errors
    /// [`UnwrapError`]
    pub fn unwrap(under: &WrappingKey, context: &[u8], wrapped: &[u8]) -> Result<Self, UnwrapError> {
        under.unwrap_key(context, wrapped).map(Self::from_bytes)
    }

    /// A patient's key under this one.
    ///
    /// # Errors
    /// [`UnwrapError`], which does not happen for a key's length.
    pub fn wrap_patient_key(
        &self,
        key: &PatientKey,
        context: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, UnwrapError> {
        self.wrapping.wrap(context, key.bytes(), random)
    }

    /// Unwraps a patient's key.
    ///
    /// # Errors
    /// [`UnwrapError`]
    pub fn unwrap_patient_key(&self, context: &[u8], wrapped: &[u8]) -> Result<PatientKey, UnwrapError> {
        self.wrapping.unwrap_key(context, wrapped).map(PatientKey::from_bytes)
    }

    /// A patient's audit key under this one.
    ///
    /// # Errors
    /// [`UnwrapError`], which does not happen for a key's length.
    pub fn wrap_audit_key(
        &self,
        key: &AuditKey,
        context: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, UnwrapError> {
        self.wrapping.wrap(context, key.bytes(), random)
    }

    /// Unwraps a patient's audit key.
    ///
    /// # Errors
    /// [`UnwrapError`]
    pub fn unwrap_audit_key(&self, context: &[u8], wrapped: &[u8]) -> Result<AuditKey, UnwrapError> {
        self.wrapping.unwrap_key(context, wrapped).map(AuditKey::from_bytes)
    }
}

impl std::fmt::Debug for CompartmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CompartmentKey")
    }
}
