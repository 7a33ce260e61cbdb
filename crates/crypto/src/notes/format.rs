//! The parts that signing and verifying share.

use data_encoding::BASE64;

use crate::sha256;

/// Ed25519, as signed notes number algorithms.
pub(super) const ED25519_TYPE: u8 = 1;

/// More signatures than any note of ours or its witnesses has.
const MOST_SIGNATURES: usize = 100;

/// No signed note can carry the name: it is empty, or has white space or a plus sign in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key name must not be empty and must have neither white space nor a plus sign in it")]
pub struct InvalidKeyName;

/// The name, if a signed note can carry it.
pub(super) fn key_name(name: &str) -> Result<String, InvalidKeyName> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if name.is_empty() || name.contains(bad) { Err(InvalidKeyName) } else { Ok(name.to_owned()) }
}

/// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key).
pub(super) fn key_id(name: &str, public_key: &[u8]) -> [u8; 4] {
    let message = [name.as_bytes(), b"\n", &[ED25519_TYPE], public_key].concat();
    let [a, b, c, d, ..] = sha256(&message);
    [a, b, c, d]
}

/// One line at the end of a note.
pub(super) struct SignatureLine<'a> {
    pub(super) name: &'a str,
    pub(super) key_id: [u8; 4],
    pub(super) signature: Vec<u8>,
}

impl<'a> SignatureLine<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
        let name = key_name(name).is_ok().then_some(name)?;
        let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
        let (key_id, signature) = bytes.split_first_chunk::<4>()?;
        (!signature.is_empty()).then(|| Self { name, key_id: *key_id, signature: signature.to_vec() })
    }
}

pub(super) fn write_line(name: &str, key_id: [u8; 4], signature: &[u8]) -> String {
    format!("— {name} {}\n", BASE64.encode(&[key_id.as_slice(), signature].concat()))
}

/// A note's text, its final newline included, and its signature lines; nothing if it is no signed note.
pub(super) fn split(note: &str) -> Option<(&str, Vec<SignatureLine<'_>>)> {
    if note.chars().any(|c| c < ' ' && c != '\n') {
        return None;
    }
    let text_end = note.rfind("\n\n")? + 1;
    let (text, rest) = note.split_at(text_end);
    let lines = rest.strip_prefix('\n')?.strip_suffix('\n')?;
    let lines: Vec<_> = lines.split('\n').take(MOST_SIGNATURES + 1).map(SignatureLine::read).collect();
    let lines: Vec<_> = lines.into_iter().collect::<Option<_>>()?;
    (lines.len() <= MOST_SIGNATURES).then_some((text, lines))
}
