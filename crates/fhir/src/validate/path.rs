//! Where in a resource something is.

use std::fmt::Write as _;

/// A step from a value to one within it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Step<'_> {
    /// The path as text, as far as it may be shown.
    ///
    /// SECURITY: a key is the caller's word and could be a datum: only what has the form of an element's name is told.
    pub(super) fn told(root: &str, steps: &[Step<'_>]) -> String {
        let mut text = root.to_owned();
        for step in steps.iter().filter(|_| !root.is_empty()) {
            let told = match step {
                Step::Key(key) if harmless(key.strip_prefix('_').unwrap_or(key)) => write!(text, ".{key}"),
                Step::Key(_) => return text,
                Step::Index(index) => write!(text, "[{index}]"),
            };
            // Text takes whatever is written to it.
            let _ = told;
        }
        text
    }
}

/// The path of a key that FHIR does not know, or its parent's alone where the key looks like more than a misspelt
/// element name.
pub(crate) fn echoed(parent: &str, key: &str) -> String {
    if harmless(key.strip_prefix('_').unwrap_or(key)) { format!("{parent}.{key}") } else { parent.to_owned() }
}

/// Whether the word has the form of an element's name: at most 64 letters, the first a small one. Two have digits.
fn harmless(word: &str) -> bool {
    let letters = word.strip_suffix("Base64Binary").unwrap_or(word);
    word == "lethalDose50"
        || (word.len() <= 64
            && letters.starts_with(|first: char| first.is_ascii_lowercase())
            && letters.bytes().all(|byte| byte.is_ascii_alphabetic()))
}
