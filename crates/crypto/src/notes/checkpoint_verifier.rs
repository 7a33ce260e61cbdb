//! Verifying notes, with nothing but a public key: what a witness has.

use std::{fmt, str::FromStr};

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::format::{self, ED25519_TYPE};

/// Verifies notes of one key. Its text form is `name+key id+key`, as signed-note tools exchange it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointVerifier {
    name: String,
    public_key: [u8; 32],
}

/// The text is no verifier key of a kind that is known here (Ed25519).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 verifier key of the form name+id+key")]
pub struct InvalidVerifierKey;

/// The note says nothing that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has not the form of a signed note.
    #[error("not a signed note")]
    Malformed,
    /// This key did not sign it.
    #[error("the note is not signed by the expected key")]
    Unsigned,
    /// It carries this key's name, and a signature that is not this key's.
    #[error("the note's signature does not fit its text")]
    Forged,
}

impl CheckpointVerifier {
    /// The name the key signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key signed, its final newline included. Signatures of other keys are ignored.
    ///
    /// # Errors
    /// [`NoteError`]
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, lines) = format::split(note).ok_or(NoteError::Malformed)?;
        let key = UnparsedPublicKey::new(&ED25519, &self.public_key);
        let own = lines.iter().filter(|line| line.name == self.name && line.key_id == self.key_id());
        let mut signed = false;
        for line in own {
            key.verify(text.as_bytes(), &line.signature).map_err(|_| NoteError::Forged)?;
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }

    pub(super) const fn new(name: String, public_key: [u8; 32]) -> Self {
        Self { name, public_key }
    }

    pub(super) fn key_id(&self) -> [u8; 4] {
        format::key_id(&self.name, &self.public_key)
    }
}

impl fmt::Display for CheckpointVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.key_id());
        let key = BASE64.encode(&[&[ED25519_TYPE], self.public_key.as_slice()].concat());
        write!(f, "{}+{id:08x}+{key}", self.name)
    }
}

impl FromStr for CheckpointVerifier {
    type Err = InvalidVerifierKey;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The key's base 64 may have plus signs of its own, the name and the id have none.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidVerifierKey);
        };
        let name = format::key_name(name).map_err(|_| InvalidVerifierKey)?;
        let id = HEXLOWER_PERMISSIVE.decode(id.as_bytes()).map_err(|_| InvalidVerifierKey)?;
        let key = BASE64.decode(key.as_bytes()).map_err(|_| InvalidVerifierKey)?;
        let [ED25519_TYPE, public_key @ ..] = key.as_slice() else { return Err(InvalidVerifierKey) };
        let verifier = Self::new(name, public_key.try_into().map_err(|_| InvalidVerifierKey)?);
        if id == verifier.key_id() { Ok(verifier) } else { Err(InvalidVerifierKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CheckpointKey, MasterKey, SystemRandom};

    fn key() -> CheckpointKey {
        MasterKey::make(&SystemRandom).checkpoint_key("example.org/ledger").unwrap()
    }

    #[test]
    fn a_note_opens_with_its_own_key_only() {
        let (key, other) = (key(), key());
        let note = key.sign_note("example.org/ledger\n3\nabc=\n\nan extension\n");
        assert_eq!(key.verifier().open(&note), Ok("example.org/ledger\n3\nabc=\n\nan extension\n"));
        assert_eq!(other.verifier().open(&note), Err(NoteError::Unsigned));
        let both = format!("{note}{}", other.sign_note("another text\n").split_once("\n\n").unwrap().1);
        assert!(key.verifier().open(&both).is_ok());
        assert_eq!(other.verifier().open(&both), Err(NoteError::Forged));
    }

    #[test]
    fn an_edited_note_is_refused() {
        let key = key();
        let note = key.sign_note("example.org/ledger\n3\nabc=\n");
        for wrong in [note.replacen('3', "4", 1), note.replacen("abc=", "abd=", 1)] {
            assert_eq!(key.verifier().open(&wrong), Err(NoteError::Forged));
        }
        let no_line = note.split_once("\n\n").unwrap().0;
        let no_end = note.trim_end();
        let tab = note.replacen('3', "3\t", 1);
        for wrong in ["", "\n\n", no_line, no_end, &tab, &format!("{note}x\n"), &format!("{note}\n")] {
            assert_eq!(key.verifier().open(wrong), Err(NoteError::Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn a_verifier_key_is_read_as_it_is_written() {
        let verifier = key().verifier();
        let text = verifier.to_string();
        assert_eq!(text.parse(), Ok(verifier));
        let other_id = text.replacen('+', "+0", 1);
        let renamed = text.replace("ledger", "lodger");
        for wrong in ["", "a", "a+b", "a+b+c", &other_id, &renamed, &text[..text.len() - 4]] {
            assert_eq!(wrong.parse::<CheckpointVerifier>(), Err(InvalidVerifierKey), "{wrong}");
        }
    }
}
