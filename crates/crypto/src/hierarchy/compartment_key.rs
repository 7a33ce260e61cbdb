//! The key of one compartment in one version: it wraps the keys of that compartment's patients.

use tacenda_kernel::Random;

use super::{
    UnwrapError,
    wrapping_key::{unwrap, wrap},
};
use crate::{
    AuditKey, Domain, PatientKey,
    key_bytes::{KeyBytes, make_key, opaque},
};

/// Wraps the keys of one compartment's patients.
///
/// What it wraps unwraps only in the same `context`: compartment, patient and version.
#[derive(Clone)]
pub struct CompartmentKey(KeyBytes);

opaque!(CompartmentKey);

impl CompartmentKey {
    /// A new random key.
    #[must_use]
    pub fn make(random: &dyn Random) -> Self {
        Self(make_key(random))
    }

    /// Wraps a patient's key.
    #[must_use]
    pub fn wrap_patient_key(&self, key: &PatientKey, context: &[u8], random: &dyn Random) -> Vec<u8> {
        wrap(&self.0, Domain::PatientKey, key.key(), context, random)
    }

    /// Unwraps a patient's key.
    ///
    /// # Errors
    /// [`UnwrapError`] for another compartment key, context or kind of key, or an altered text.
    pub fn unwrap_patient_key(&self, context: &[u8], wrapped: &[u8]) -> Result<PatientKey, UnwrapError> {
        unwrap(&self.0, Domain::PatientKey, context, wrapped).map(PatientKey::from_key)
    }

    /// Wraps a patient's audit key.
    #[must_use]
    pub fn wrap_audit_key(&self, key: &AuditKey, context: &[u8], random: &dyn Random) -> Vec<u8> {
        wrap(&self.0, Domain::AuditKey, key.key(), context, random)
    }

    /// Unwraps a patient's audit key.
    ///
    /// # Errors
    /// [`UnwrapError`] for another compartment key, context or kind of key, or an altered text.
    pub fn unwrap_audit_key(&self, context: &[u8], wrapped: &[u8]) -> Result<AuditKey, UnwrapError> {
        unwrap(&self.0, Domain::AuditKey, context, wrapped).map(AuditKey::from_key)
    }

    pub(super) const fn from_key(key: KeyBytes) -> Self {
        Self(key)
    }

    pub(super) const fn key(&self) -> &KeyBytes {
        &self.0
    }
}
