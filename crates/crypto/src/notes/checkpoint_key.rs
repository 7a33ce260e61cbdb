//! Signing notes.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::{
    CheckpointVerifier,
    format::{self, InvalidKeyName},
};
use crate::key_bytes::{KeyBytes, certain, opaque};

/// Signs the ledger's checkpoints under the ledger's name.
pub struct CheckpointKey {
    pair: Ed25519KeyPair,
    verifier: CheckpointVerifier,
}

opaque!(CheckpointKey);

impl CheckpointKey {
    /// The name it signs under: the ledger's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// The signed note over `text`: lines, each ended by a newline and without other control characters. A missing
    /// last newline is added, because it is part of what is signed.
    #[must_use]
    pub fn sign_note(&self, text: &str) -> String {
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{text}{newline}");
        let signature = self.pair.sign(text.as_bytes());
        let line = format::write_line(self.name(), self.verifier.key_id(), signature.as_ref());
        format!("{text}\n{line}")
    }

    /// What verifies its notes.
    #[must_use]
    pub fn verifier(&self) -> CheckpointVerifier {
        self.verifier.clone()
    }

    pub(crate) fn from_seed(name: &str, seed: &KeyBytes) -> Result<Self, InvalidKeyName> {
        let name = format::key_name(name)?;
        let pair = certain(Ed25519KeyPair::from_seed_unchecked(seed.as_slice()));
        let mut public_key = [0; 32];
        public_key.copy_from_slice(pair.public_key().as_ref());
        Ok(Self { pair, verifier: CheckpointVerifier::new(name, public_key) })
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;

    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";

    /// The example of golang.org/x/mod/sumdb/note, from which the C2SP format comes. Ed25519 is deterministic.
    #[test]
    fn the_note_is_the_one_of_the_reference_implementation() {
        let private = BASE64.decode(b"AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
        let seed = KeyBytes::new(private[1..].try_into().unwrap());
        let key = CheckpointKey::from_seed("PeterNeumann", &seed).unwrap();
        let expected = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(key.verifier().to_string(), expected);
        let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert_eq!(key.sign_note(TEXT), format!("{TEXT}\n{line}"));
        assert_eq!(key.sign_note(TEXT.trim_end()), key.sign_note(TEXT));
        assert_eq!(format!("{key:?}"), "CheckpointKey");
    }

    #[test]
    fn names_that_no_note_can_carry_are_refused() {
        for name in ["", "two words", "a+b", "a\nb", "a\u{a0}b"] {
            assert_eq!(CheckpointKey::from_seed(name, &KeyBytes::default()).err(), Some(InvalidKeyName));
        }
    }
}
