//! The one way in which anything is sealed: `suite ‖ salt (32) ‖ AES-256-GCM ciphertext ‖ tag (16)`.
//!
//! The key of each seal is HKDF-Expand-SHA256(handle's key, domain ‖ 0 ‖ salt), with a new random salt each time. The handles'
//! keys are uniform, so that there is nothing to extract (RFC 5869 section 3.3).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use tacenda_kernel::Random;
use zeroize::Zeroizing;

use crate::{
    Domain,
    key_bytes::{certain, expand_key},
};

const SUITE: u8 = 1;
const SALT: usize = 32;
const TAG: usize = 16;

/// How much longer a sealed text is.
pub(crate) const OVERHEAD: usize = 1 + SALT + TAG;

/// It does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnvelopeError {
    /// Sealed by a later version of this software.
    UnknownSuite,
    /// Another key, other associated data, or an altered text.
    Refused,
}

/// Seals `plain` so that it opens only with the same key, domain and associated data.
pub(crate) fn seal(key: &[u8; 32], domain: Domain, aad: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
    let mut salt = [0; SALT];
    random.fill(&mut salt);
    let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
    sealed.push(SUITE);
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(plain);
    let text = &mut sealed[1 + SALT..];
    let cipher = cipher(key, &salt, domain);
    let tag = certain(cipher.seal_in_place_separate_tag(nonce(), Aad::from(aad), text));
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

/// Opens what [`seal`] sealed.
pub(crate) fn open(
    key: &[u8; 32],
    domain: Domain,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let (suite, rest) = sealed.split_first().ok_or(EnvelopeError::Refused)?;
    if *suite != SUITE {
        return Err(EnvelopeError::UnknownSuite);
    }
    let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or(EnvelopeError::Refused)?;
    let (text, tag) = rest.split_last_chunk::<TAG>().ok_or(EnvelopeError::Refused)?;
    let mut plain = Zeroizing::new(vec![0; text.len()]);
    cipher(key, salt, domain)
        .open_separate_gather(nonce(), Aad::from(aad), text, tag, &mut plain)
        .map_err(|_| EnvelopeError::Refused)?;
    Ok(plain)
}

fn cipher(key: &[u8; 32], salt: &[u8; SALT], domain: Domain) -> LessSafeKey {
    let once = expand_key(key, domain, salt);
    LessSafeKey::new(certain(UnboundKey::new(&AES_256_GCM, once.as_slice())))
}

/// SECURITY: the nonce is constant because no key seals twice: 256 random bits of salt do not repeat.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// NIST GCM specification, test case 14: zero key, zero nonce, one zero block.
    #[test]
    fn the_cipher_gives_the_answer_of_the_gcm_specification() {
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0; 32]).unwrap());
        let mut text = [0; 16];
        let tag = cipher.seal_in_place_separate_tag(nonce(), Aad::empty(), &mut text).unwrap();
        assert_eq!(HEXLOWER.encode(&text), "cea7403d4d606b6e074ec5d3baf39d18");
        assert_eq!(HEXLOWER.encode(tag.as_ref()), "d0d1c8a799996bf0265b98b5d48ab919");
    }

    #[test]
    fn nothing_shorter_than_an_empty_seal_opens() {
        let sealed = seal(&[7; 32], Domain::Entry, b"", b"", &crate::SystemRandom);
        assert_eq!(sealed.len(), OVERHEAD);
        for length in 0..sealed.len() {
            assert_eq!(open(&[7; 32], Domain::Entry, b"", &sealed[..length]), Err(EnvelopeError::Refused));
        }
        assert!(open(&[7; 32], Domain::Entry, b"", &sealed).unwrap().is_empty());
        assert_eq!(open(&[7; 32], Domain::Row, b"", &sealed), Err(EnvelopeError::Refused));
    }
}
