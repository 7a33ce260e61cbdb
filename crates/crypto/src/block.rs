//! A keyed permutation of 128 bits: one AES-256 block (FIPS 197).

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};

/// Both directions of one AES-256 key.
pub(crate) struct Permutation {
    forward: EncryptingKey,
    backward: DecryptingKey,
}

impl Permutation {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let forward = UnboundCipherKey::new(&AES_256, key).and_then(EncryptingKey::ecb);
        let backward = UnboundCipherKey::new(&AES_256, key).and_then(DecryptingKey::ecb);
        match (forward, backward) {
            (Ok(forward), Ok(backward)) => Self { forward, backward },
            // A key of the right length always fits; without the permutation nothing is safe.
            _ => std::process::abort(),
        }
    }

    pub(crate) fn apply(&self, number: [u8; 16]) -> [u8; 16] {
        let mut block = number;
        if self.forward.encrypt(&mut block).is_err() {
            std::process::abort();
        }
        block
    }

    pub(crate) fn invert(&self, number: [u8; 16]) -> [u8; 16] {
        let mut block = number;
        if self.backward.decrypt(&mut block, DecryptionContext::None).is_err() {
            std::process::abort();
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER as HEX;

    use super::*;

    /// FIPS 197, appendix C.3.
    #[test]
    fn it_is_aes_256() {
        let key = HEX.decode(b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
        let plain = HEX.decode(b"00112233445566778899aabbccddeeff").unwrap();
        let permutation = Permutation::new(key.as_slice().try_into().unwrap());
        let block = permutation.apply(plain.as_slice().try_into().unwrap());
        assert_eq!(HEX.encode(&block), "8ea2b7ca516745bfeafc49904b496089");
        assert_eq!(permutation.invert(block), plain.as_slice());
    }
}
