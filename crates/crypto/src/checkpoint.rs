//! Signed notes (C2SP signed-note) with Ed25519: how a checkpoint is signed and checked.
//!
//! ```text
//! <text, ending in a newline>
//!
//! — <key name> base64(key id ‖ signature)
//! ```

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use data_encoding::{BASE64, HEXLOWER};

/// The signature type of plain Ed25519 notes.
const ALGORITHM: u8 = 1;

/// Signs notes under a key name.
pub struct CheckpointKey {
    pair: Ed25519KeyPair,
    verifier: CheckpointVerifier,
}

/// Checks notes of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointVerifier {
    name: String,
    public: [u8; 32],
}

/// A note is not one of this key's.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoteError {
    /// It is not a signed note.
    #[error("not a signed note")]
    Malformed,
    /// No signature line is by this key.
    #[error("the note is not signed by this key")]
    Unsigned,
    /// The verifier key is not `name+id+key`.
    #[error("a verifier key is name+hex id+base64 key")]
    VerifierKey,
}

impl CheckpointKey {
    pub(crate) fn new(name: &str, seed: &[u8; 32]) -> Self {
        // A seed of 32 bytes always makes a key.
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap_or_else(|_| std::process::abort());
        let public = crate::link::cut(pair.public_key().as_ref());
        Self { pair, verifier: CheckpointVerifier { name: name.to_owned(), public } }
    }

    /// Signs a text that ends in a newline.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mut line = self.verifier.id().to_vec();
        line.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {} {}\n", self.verifier.name, BASE64.encode(&line))
    }

    /// What checks this key's notes.
    #[must_use]
    pub fn verifier(&self) -> CheckpointVerifier {
        self.verifier.clone()
    }
}

impl CheckpointVerifier {
    /// Reads a verifier key: `name+hex(key id)+base64(1 ‖ public key)`.
    ///
    /// # Errors
    /// [`NoteError::VerifierKey`]
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = BASE64.decode(key.as_bytes()).map_err(|_| NoteError::VerifierKey)?;
        let public = key.strip_prefix(&[ALGORITHM]).and_then(|key| key.try_into().ok());
        let verifier = Self { name: name.to_owned(), public: public.ok_or(NoteError::VerifierKey)? };
        if HEXLOWER.encode(&verifier.id()) == id { Ok(verifier) } else { Err(NoteError::VerifierKey) }
    }

    /// The verifier key as text.
    #[must_use]
    pub fn vkey(&self) -> String {
        format!("{}+{}+{}", self.name, HEXLOWER.encode(&self.id()), BASE64.encode(&self.typed_key()))
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks a note and gives its text.
    ///
    /// # Errors
    /// [`NoteError`]
    pub fn verify<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let at = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, signatures) = (&note[..=at], &note[at + 2..]);
        for line in signatures.lines() {
            let line = line.strip_prefix("\u{2014} ").ok_or(NoteError::Malformed)?;
            let Some((name, signature)) = line.rsplit_once(' ') else { return Err(NoteError::Malformed) };
            let bytes = BASE64.decode(signature.as_bytes()).map_err(|_| NoteError::Malformed)?;
            let Some(signature) = bytes.strip_prefix(&self.id()).filter(|_| name == self.name) else { continue };
            let known = UnparsedPublicKey::new(&ED25519, self.public).verify(text.as_bytes(), signature);
            return known.map(|()| text).map_err(|_| NoteError::Unsigned);
        }
        Err(NoteError::Unsigned)
    }

    fn typed_key(&self) -> Vec<u8> {
        [&[ALGORITHM], self.public.as_slice()].concat()
    }

    fn id(&self) -> [u8; 4] {
        let input = [self.name.as_bytes(), b"\n", &self.typed_key()].concat();
        crate::link::cut(digest(&SHA256, &input).as_ref())
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckpointKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the C2SP signed-note specification.
    #[test]
    fn the_specifications_example_verifies() {
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let verifier = CheckpointVerifier::parse(key).unwrap();
        assert_eq!(verifier.vkey(), key);
        let note = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        assert!(verifier.verify(note).unwrap().ends_with("problem is.\n"));
        assert_eq!(verifier.verify(&note.replace("answer", "question")), Err(NoteError::Unsigned));
    }

    #[test]
    fn a_signed_text_reads_back() {
        let key = CheckpointKey::new("tacenda.example/log", &[3; 32]);
        let note = key.sign("tacenda.example/log\n1\nAAAA\n");
        let parsed = CheckpointVerifier::parse(&key.verifier().vkey()).unwrap();
        assert_eq!(parsed.verify(&note).unwrap(), "tacenda.example/log\n1\nAAAA\n");
        let other = CheckpointKey::new("tacenda.example/log", &[4; 32]).verifier();
        assert_eq!(other.verify(&note), Err(NoteError::Unsigned));
        assert_eq!(parsed.verify("no note"), Err(NoteError::Malformed));
    }
}
