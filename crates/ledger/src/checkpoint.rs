//! C2SP `tlog-checkpoint`: origin, size and root as the text of a signed note, with two extension lines.
//!
//! ```text
//! example.org/tacenda/ledger            the origin, which is the key's name
//! 20852163                              how many entries
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA=  the RFC 6962 root
//! signed 2026-03-01T12:00:00.5Z         when it was signed
//! after 20852160 q83vEjRWeJASNFZ4kJA=   the checkpoint before it: its size, and the SHA-256 of its note
//!
//! — example.org/tacenda/ledger Az3grlg… the signature
//! ```
//!
//! So each checkpoint says which one was there before it, and none can be taken away from between.

use data_encoding::BASE64;
use jiff::Timestamp;
use tacenda_contracts::ledger::Checkpoint;
use tacenda_crypto::{CheckpointKey, CheckpointVerifier};

use crate::tree::{Hash, sha_256};

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

/// A checkpoint, and what its note says beside the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The tree, and the note.
    pub checkpoint: Checkpoint,
    /// When it was signed, to the microsecond.
    pub at: Timestamp,
    /// The checkpoint before it; none before the first.
    pub after: Option<Previous>,
}

/// The checkpoint before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous {
    /// How many entries it covers.
    pub size: u64,
    /// The SHA-256 of its note.
    pub note: Hash,
}

impl Previous {
    /// What the next checkpoint says of this one.
    #[must_use]
    pub fn of(checkpoint: &Checkpoint) -> Self {
        Self { size: checkpoint.size, note: sha_256(checkpoint.note.as_bytes()) }
    }
}

/// Signs the tree of `size` entries with that root, now, after the checkpoint before.
#[must_use]
pub fn sign(
    key: &CheckpointKey,
    size: u64,
    root: &Hash,
    now: Timestamp,
    before: Option<&Checkpoint>,
) -> Signed {
    // What a database keeps of a time.
    let at = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    let after = before.map(Previous::of);
    let mut body = format!("{}\n{size}\n{}\nsigned {at}\n", key.name(), BASE64.encode(root));
    if let Some(Previous { size, note }) = &after {
        body.push_str(&format!("after {size} {}\n", BASE64.encode(note)));
    }
    Signed { checkpoint: Checkpoint { size, root: *root, note: key.sign_note(&body) }, at, after }
}

/// Checks a note's signature and reads it.
///
/// # Errors
/// [`CheckpointError`] where it is not this ledger's.
pub fn open(note: &str, verifier: &CheckpointVerifier) -> Result<Signed, CheckpointError> {
    let body = verifier.open(note).map_err(|_| CheckpointError::Unsigned)?;
    let ((size, root), extensions) = parse(body, verifier.name()).ok_or(CheckpointError::Malformed)?;
    let (at, after) = parse_extensions(extensions).ok_or(CheckpointError::Malformed)?;
    Ok(Signed { checkpoint: Checkpoint { size, root, note: note.to_owned() }, at, after })
}

/// The tree, and the lines after it.
fn parse<'a>(body: &'a str, origin: &str) -> Option<((u64, Hash), Vec<&'a str>)> {
    let mut lines = body.strip_suffix('\n')?.split('\n');
    if lines.next()? != origin {
        return None;
    }
    let (size, root) = (number(lines.next()?)?, hash(lines.next()?)?);
    Some(((size, root), lines.collect()))
}

/// Lines after these are extensions, too, which say nothing to us.
fn parse_extensions(lines: Vec<&str>) -> Option<(Timestamp, Option<Previous>)> {
    let mut lines = lines.into_iter();
    let signed = lines.next()?.strip_prefix("signed ")?;
    let at: Timestamp = signed.parse().ok()?;
    let after = lines.next().and_then(|line| line.strip_prefix("after "));
    let previous = after.map(|after| {
        let (size, note) = after.split_once(' ')?;
        Some(Previous { size: number(size)?, note: hash(note)? })
    });
    let previous = match previous {
        Some(previous) => Some(previous?),
        None => None,
    };
    (at.to_string() == signed).then_some((at, previous))
}

/// One number has one spelling: no sign, no leading zero.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

fn hash(text: &str) -> Option<Hash> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use tacenda_crypto::MasterKey;
    use tacenda_kernel::Secret;

    use super::*;

    fn key(seed: u8) -> CheckpointKey {
        MasterKey::from_bytes(&Secret::new([seed; 32])).checkpoint_key("example.org/log").unwrap()
    }

    fn noon() -> Timestamp {
        "2026-03-01T12:00:00.123456789Z".parse().unwrap()
    }

    #[test]
    fn a_signed_checkpoint_reads_back_and_no_changed_one_does() {
        let key = key(1);
        let first = sign(&key, 40, &[6; 32], noon(), None);
        let signed = sign(&key, 42, &[7; 32], noon(), Some(&first.checkpoint));
        assert_eq!(open(&first.checkpoint.note, &key.verifier()), Ok(first.clone()));
        assert_eq!(open(&signed.checkpoint.note, &key.verifier()), Ok(signed.clone()));
        assert_eq!(signed.after, Some(Previous::of(&first.checkpoint)));
        for (is, was) in [("\n42\n", "\n43\n"), (".123456Z", ".123457Z"), ("after 40", "after 41")] {
            let changed = signed.checkpoint.note.replace(is, was);
            assert_ne!(changed, signed.checkpoint.note);
            assert_eq!(open(&changed, &key.verifier()), Err(CheckpointError::Unsigned));
        }
        let other = self::key(2).verifier();
        assert_eq!(open(&signed.checkpoint.note, &other), Err(CheckpointError::Unsigned));
    }

    #[test]
    fn what_is_signed_and_no_checkpoint_is_refused() {
        let key = key(1);
        let root = BASE64.encode(&[7; 32]);
        let time = "signed 2026-03-01T12:00:00Z";
        for body in [
            "no number\nno root\n".to_owned(),
            format!("42\n{root}\n"),
            format!("42\n{root}\n{time}+00:00\n"),
            format!("42\n{root}\n{time}\nafter 040 {root}\n"),
            format!("42\n{root}\n{time}\nafter 40\n"),
            format!("42\n{root}\n{time}\nafter 40 {}\n", &root[..8]),
        ] {
            let note = key.sign_note(&format!("example.org/log\n{body}"));
            assert_eq!(open(&note, &key.verifier()), Err(CheckpointError::Malformed), "{body}");
        }
        let note = key.sign_note(&format!("example.org/log\n42\n{root}\n{time}\nof somebody else\n"));
        assert!(open(&note, &key.verifier()).is_ok());
    }

    const BODY: &str = "example.org/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads() {
        let ((size, root), extensions) = parse(BODY, "example.org/log").unwrap();
        assert_eq!(size, 20_852_163);
        assert_eq!(root[..3], [0x0a, 0xc5, 0x18]);
        assert!(extensions.is_empty());
        let extended = format!("{BODY}extension\n");
        assert_eq!(parse(&extended, "example.org/log").unwrap().1, ["extension"]);
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
