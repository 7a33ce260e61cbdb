//! Authenticates small messages: permits, and idempotency keys.

use std::fmt;

use aws_lc_rs::hmac;

use crate::link::cut;

/// A MAC key (HMAC-SHA256).
#[derive(Clone)]
pub struct PermitKey(hmac::Key);

impl PermitKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The authenticator of a message.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        cut(hmac::sign(&self.0, message).as_ref())
    }

    /// Whether the authenticator is the message's, in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], mac: &[u8; 32]) -> bool {
        hmac::verify(&self.0, message, mac).is_ok()
    }
}

impl fmt::Debug for PermitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PermitKey")
    }
}
