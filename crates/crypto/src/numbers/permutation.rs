//! A keyed permutation of 128-bit numbers: AES-256 on a single block (FIPS 197).

use std::sync::Arc;

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};

use crate::key_bytes::{KeyBytes, certain};

/// Both directions, their key schedules made once.
///
/// SECURITY: equal numbers give equal numbers. That is what a pseudonym is for; nothing but random numbers may go in.
#[derive(Clone)]
pub(super) struct Permutation(Arc<(EncryptingKey, DecryptingKey)>);

impl Permutation {
    pub(super) fn from_key(key: &KeyBytes) -> Self {
        let key = || certain(UnboundCipherKey::new(&AES_256, key.as_slice()));
        Self(Arc::new((certain(EncryptingKey::ecb(key())), certain(DecryptingKey::ecb(key())))))
    }

    pub(super) fn forward(&self, mut number: [u8; 16]) -> [u8; 16] {
        certain(self.0.0.encrypt(&mut number));
        number
    }

    pub(super) fn inverse(&self, mut number: [u8; 16]) -> [u8; 16] {
        certain(self.0.1.decrypt(&mut number, DecryptionContext::None));
        number
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::*;

    /// FIPS 197, C.3.
    #[test]
    fn it_gives_the_answer_of_fips_197() {
        let key = std::array::from_fn(|index| index as u8);
        let permutation = Permutation::from_key(&KeyBytes::new(key));
        let number = std::array::from_fn(|index| (index * 0x11) as u8);
        let permuted = permutation.forward(number);
        assert_eq!(HEXLOWER.encode(&permuted), "8ea2b7ca516745bfeafc49904b496089");
        assert_eq!(permutation.inverse(permuted), number);
    }

    proptest! {
        #[test]
        fn it_is_undone_by_its_inverse(key: [u8; 32], number: [u8; 16]) {
            let permutation = Permutation::from_key(&KeyBytes::new(key));
            prop_assert_eq!(permutation.inverse(permutation.forward(number)), number);
            prop_assert_eq!(permutation.forward(permutation.inverse(number)), number);
        }
    }
}
