//! Search without plaintext: a value becomes 64 bits that only this key can make again.

use aws_lc_rs::hmac;

use crate::key_bytes::{KeyBytes, opaque};

/// Makes one compartment's blind search tokens.
#[derive(Clone)]
pub struct IndexKey(hmac::Key);

opaque!(IndexKey);

/// Across whom equal values give equal tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TokenScope {
    /// Across all patients: for parameters by which patients are looked up.
    Population,
    /// Within the patient with this number in the compartment: how often a value occurs elsewhere stays hidden.
    Patient([u8; 16]),
}

impl IndexKey {
    /// HMAC-SHA256 over scope, parameter and value, each with its length, cut to 64 bits.
    ///
    /// Two values share a token once in 2⁶⁴ pairs, so tokens narrow and the opened record decides.
    #[must_use]
    pub fn token(&self, scope: TokenScope, parameter: &str, value: &str) -> i64 {
        let mut message = Vec::with_capacity(17 + 16 + parameter.len() + value.len());
        match scope {
            TokenScope::Population => message.push(0),
            TokenScope::Patient(patient) => {
                message.push(1);
                message.extend_from_slice(&patient);
            }
        }
        for part in [parameter, value] {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part.as_bytes());
        }
        let tag = hmac::sign(&self.0, &message);
        let mut first = [0; 8];
        first.copy_from_slice(&tag.as_ref()[..8]);
        zeroize::Zeroize::zeroize(&mut message);
        i64::from_be_bytes(first)
    }

    pub(crate) fn from_key(key: &KeyBytes) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }
}
