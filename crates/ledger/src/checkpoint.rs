//! C2SP `tlog-checkpoint`: origin, size and root as the text of a signed note.
//!
//! ```text
//! example.org/tacenda/ledger            the origin, which is the key's name
//! 20852163                              how many entries
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA=  the RFC 6962 root
//!
//! — example.org/tacenda/ledger Az3grlg… the signature
//! ```

use data_encoding::BASE64;
use tacenda_contracts::ledger::Checkpoint;
use tacenda_crypto::{CheckpointKey, CheckpointVerifier};

use crate::tree::Hash;

/// A note is not a checkpoint of this ledger.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// No signature of this ledger's key fits.
    #[error("the checkpoint is not signed by this ledger")]
    Unsigned,
    /// It is signed and no checkpoint, or another log's.
    #[error("the signed note is not a checkpoint of this ledger")]
    Malformed,
}

/// Signs the tree of `size` entries with that root.
#[must_use]
pub fn sign(key: &CheckpointKey, size: u64, root: &Hash) -> Checkpoint {
    let body = format!("{}\n{size}\n{}\n", key.name(), BASE64.encode(root));
    Checkpoint { size, root: *root, note: key.sign_note(&body) }
}

/// Checks a note's signature and reads it.
///
/// # Errors
/// [`CheckpointError`] where it is not this ledger's.
pub fn open(note: &str, verifier: &CheckpointVerifier) -> Result<Checkpoint, CheckpointError> {
    let body = verifier.open(note).map_err(|_| CheckpointError::Unsigned)?;
    let (size, root) = parse(body, verifier.name()).ok_or(CheckpointError::Malformed)?;
    Ok(Checkpoint { size, root, note: note.to_owned() })
}

/// Whether a stored checkpoint says what its note says, and the note is this ledger's.
pub(crate) fn is_authentic(stored: &Checkpoint, verifier: &CheckpointVerifier) -> bool {
    open(&stored.note, verifier).is_ok_and(|opened| opened == *stored)
}

/// Lines after the third are extensions, which say nothing to us.
fn parse(body: &str, origin: &str) -> Option<(u64, Hash)> {
    let mut lines = body.strip_suffix('\n')?.split('\n');
    if lines.next()? != origin {
        return None;
    }
    let (size, root) = (lines.next()?, lines.next()?);
    let number: u64 = size.parse().ok()?;
    let root = BASE64.decode(root.as_bytes()).ok()?.try_into().ok()?;
    // One number has one spelling: no sign, no leading zero.
    (number.to_string() == size).then_some((number, root))
}

#[cfg(test)]
mod tests {
    use tacenda_crypto::MasterKey;
    use tacenda_kernel::Secret;

    use super::*;

    #[test]
    fn a_signed_checkpoint_reads_back_and_no_changed_one_does() {
        let key = MasterKey::from_bytes(&Secret::new([1; 32])).checkpoint_key("example.org/log").unwrap();
        let signed = sign(&key, 42, &[7; 32]);
        assert_eq!(open(&signed.note, &key.verifier()), Ok(signed.clone()));
        assert!(is_authentic(&signed, &key.verifier()));
        assert!(!is_authentic(&Checkpoint { size: 43, ..signed.clone() }, &key.verifier()));
        assert!(!is_authentic(&Checkpoint { root: [8; 32], ..signed.clone() }, &key.verifier()));
        let changed = signed.note.replace("\n42\n", "\n43\n");
        assert_eq!(open(&changed, &key.verifier()), Err(CheckpointError::Unsigned));
        let other = MasterKey::from_bytes(&Secret::new([2; 32]))
            .checkpoint_key("example.org/log")
            .unwrap()
            .verifier();
        assert_eq!(open(&signed.note, &other), Err(CheckpointError::Unsigned));
        let note = key.sign_note("example.org/log\nno number\nno root\n");
        assert_eq!(open(&note, &key.verifier()), Err(CheckpointError::Malformed));
    }

    const BODY: &str = "example.org/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads() {
        let (size, root) = parse(BODY, "example.org/log").unwrap();
        assert_eq!(size, 20_852_163);
        assert_eq!(root[..3], [0x0a, 0xc5, 0x18]);
        assert!(parse(&format!("{BODY}extension\n"), "example.org/log").is_some());
    }

    #[test]
    fn nothing_but_a_checkpoint_reads() {
        for body in [
            BODY.replace("20852163", "+20852163"),
            BODY.replace("20852163", "020852163"),
            BODY.replace("20852163", "-1"),
            BODY.replace("20852163", "18446744073709551616"),
            BODY.replace("CsUY", "Cs"),
            BODY.replace("2I=\n", "2I=\r\n"),
            BODY.trim_end().to_owned(),
            String::new(),
        ] {
            assert_eq!(parse(&body, "example.org/log"), None, "{body:?}");
        }
        assert_eq!(parse(BODY, "example.org/other"), None);
    }
}
