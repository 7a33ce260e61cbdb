//! One transaction, ready to be sent.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use tacenda_crypto::sha256;

use super::failure::Problem;

/// One transaction, all or nothing.
pub(super) struct Submission {
    /// How it is called in messages: the file, and the line where it is NDJSON.
    pub(super) name: String,
    /// The idempotency key: made from what was in the files.
    pub(super) key: String,
    /// The bundle.
    pub(super) bytes: Bytes,
    /// Where each entry is from, where it is not the file's own.
    pub(super) origins: Vec<String>,
}

/// The idempotency key of a content.
pub(super) fn key(content: &[u8]) -> String {
    HEXLOWER.encode(&sha256(content))
}

/// Tells a problem in words of the file: `Bundle.entry[2].resource.code` becomes `Observation.ndjson:7, code`.
pub(super) fn in_terms_of(origins: &[String], problem: Problem) -> Problem {
    let told = problem.expression.as_deref().and_then(|expression| {
        let (index, rest) = expression.strip_prefix("Bundle.entry[")?.split_once(']')?;
        let origin = origins.get(index.parse::<usize>().ok()?)?;
        let element = rest.strip_prefix(".resource").unwrap_or(rest).trim_start_matches('.');
        Some(if element.is_empty() { origin.clone() } else { format!("{origin}, {element}") })
    });
    Problem { expression: told.or(problem.expression), ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_digest_in_hexadecimal() {
        // FIPS 180-4, the example "abc".
        assert_eq!(key(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn problems_are_told_in_the_files_own_words() {
        let origins = ["A.ndjson:4".to_owned(), "B.ndjson:1".to_owned()];
        for (said, told) in [
            ("Bundle.entry[1].resource.code[0].text", "B.ndjson:1, code[0].text"),
            ("Bundle.entry[0].resource", "A.ndjson:4"),
            ("Bundle.entry[7].resource", "Bundle.entry[7].resource"),
            ("Bundle.type", "Bundle.type"),
        ] {
            let problem = in_terms_of(&origins, Problem::new("x").at(said));
            assert_eq!(problem.expression.as_deref(), Some(told));
        }
    }
}
