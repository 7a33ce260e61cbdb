//! Blind search tokens: equal values have equal tokens, and nothing else is to be learnt from them.

use std::fmt;

use aws_lc_rs::hmac;

use crate::link::cut;

/// Makes one compartment's tokens.
#[derive(Clone)]
pub struct IndexKey(hmac::Key);

/// Among whose records a token finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenScope {
    /// Everyone's: the same value has the same token for all patients.
    Population,
    /// One patient's: another patient's same value has another token.
    Patient([u8; 16]),
}

impl IndexKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The token: the first 64 bits of HMAC-SHA256 over scope, parameter and normalised value, each with its length.
    #[must_use]
    pub fn token(&self, scope: TokenScope, parameter: &str, value: &str) -> i64 {
        let mut context = hmac::Context::with_key(&self.0);
        match scope {
            TokenScope::Population => context.update(&[0]),
            TokenScope::Patient(patient) => {
                context.update(&[1]);
                context.update(&patient);
            }
        }
        for part in [parameter, value] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        i64::from_be_bytes(cut(context.sign().as_ref()))
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey")
    }
}
