//! The one construction under every envelope: a fresh AES-256-GCM key for each message, derived by HKDF-Expand
//! (RFC 5869) from a uniformly random key and a salt that is stored with the message.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Prk},
};
use tacenda_kernel::Random;
use zeroize::Zeroizing;

use crate::Domain;

/// AES-256-GCM under HKDF-SHA256.
const SUITE: u8 = 1;
const SALT: usize = 32;
const TAG: usize = 16;
const HEAD: usize = 1 + SALT;

/// A uniformly random key that message keys are derived from.
#[derive(Clone)]
pub(crate) struct Source(Prk);

impl Source {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Prk::new_less_safe(HKDF_SHA256, key))
    }

    /// Derives 32 bytes. Expanding fails only beyond 255 blocks; this is one.
    pub(crate) fn expand(&self, domain: Domain, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        let label = domain.label().as_bytes();
        let expanded = self.0.expand(&[label, &[0], info], &AES_256_GCM).and_then(|okm| okm.fill(&mut *out));
        if expanded.is_err() {
            // A key of zeros would be worse than stopping.
            std::process::abort();
        }
        out
    }

    fn message_key(&self, domain: Domain, salt: &[u8]) -> Option<LessSafeKey> {
        let key = self.expand(domain, salt);
        UnboundKey::new(&AES_256_GCM, &*key).ok().map(LessSafeKey::new)
    }

    /// `suite ‖ salt ‖ ciphertext ‖ tag`; `plaintext` is taken so that it can be encrypted in place.
    pub(crate) fn seal(&self, domain: Domain, aad: &[u8], plaintext: &[u8], random: &dyn Random) -> Option<Vec<u8>> {
        let mut sealed = Vec::with_capacity(HEAD + plaintext.len() + TAG);
        sealed.push(SUITE);
        sealed.resize(HEAD, 0);
        random.fill(&mut sealed[1..HEAD]);
        let key = self.message_key(domain, &sealed[1..HEAD])?;
        sealed.extend_from_slice(plaintext);
        // SECURITY: the nonce is constant because the key is used for this message only.
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut sealed[HEAD..]).ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    pub(crate) fn open(&self, domain: Domain, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if sealed.len() < HEAD + TAG || sealed[0] != SUITE {
            return None;
        }
        let key = self.message_key(domain, &sealed[1..HEAD])?;
        let mut plain = Zeroizing::new(sealed[HEAD..].to_vec());
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let length = key.open_in_place(nonce, Aad::from(aad), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}
