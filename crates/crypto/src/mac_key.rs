//! Tags that only the holder of the key can make: of permits, of grants, of accounts' rows, and of idempotency keys.

use aws_lc_rs::hmac;

use crate::key_bytes::{KeyBytes, opaque};

/// Makes and checks HMAC-SHA256 tags (RFC 2104).
#[derive(Clone)]
pub struct MacKey(hmac::Key);

opaque!(MacKey);

impl MacKey {
    /// The tag of `message`.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        tag
    }

    /// Whether `tag` is the tag of `message`, in a time that does not tell where it differs.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8; 32]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }

    pub(crate) fn from_key(key: &KeyBytes) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// RFC 4231, test case 2. HMAC pads a short key with zeros, so "Jefe" and 28 zeros is the same key.
    #[test]
    fn tags_are_those_of_rfc_4231() {
        let mut key = KeyBytes::default();
        key[..4].copy_from_slice(b"Jefe");
        let key = MacKey::from_key(&key);
        let tag = key.mac(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(HEXLOWER.encode(&tag), expected);
        assert!(key.verify(b"what do ya want for nothing?", &tag));
        assert!(!key.verify(b"what do ya want for nothing!", &tag));
        for index in 0..32 {
            let mut other = tag;
            other[index] ^= 1;
            assert!(!key.verify(b"what do ya want for nothing?", &other));
        }
    }
}
