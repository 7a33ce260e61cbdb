//! The lines where it matters whether the process dies there.

/// A line, and at which times of passing it a server under load dies.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) first: u64,
    pub(super) most: u64,
}

const fn line(name: &'static str, first: u64, most: u64) -> Line {
    Line { name, first, most }
}

/// What a thief takes beside a server that runs is taken at no line.
pub(super) const BESIDE: Line = line("beside the server", 1, 1);

/// Those that a server passes whose records are written.
pub(super) const LINES: &[Line] = &[
    line("write-announced", 1, 40),
    line("write-committed", 2, 40),
    line("vault-commits", 1, 20),
    line("stage-announced", 3, 60),
    line("stage-inserts", 3, 40),
    line("stage-commits", 1, 10),
    line("saga-commits", 1, 20),
    line("saga-committed", 1, 20),
    line("saga-promoted", 2, 60),
    line("patient-reserved", 2, 6),
    line("patient-announced", 2, 6),
    line("patients-confirm", 2, 6),
    line("erasure-announced", 1, 2),
    line("ledger-commits", 20, 200),
    line("ledger-committed", 20, 200),
    line("ledger-signed", 1, 2),
    line("witness-renames", 1, 2),
];

/// Those that a command passes, or the first start.
pub(super) const OF_COMMANDS: &[&str] = &["cluster-made", "passwords-made", "keys-commit", "reindex-commits"];

/// Those at which no test kills, and why that is enough.
const NOT_HERE: &[(&str, &str)] = &[
    ("journal-renames", "either file says at least what waits; the journal's own tests read both"),
    (
        "saga-lost",
        "it takes an instance that was believed dead; what follows is recovery, as after any other line",
    ),
    ("ledger-adopts", "the command is refused or begun again; adopting has tests of its own"),
    ("grant-begun", "no row of a vault; the keystore's own tests leave a grant there"),
    ("grant-announced", "no row of a vault; the keystore's own tests leave a grant there"),
    ("code-commits", "the ledger tells of a code that nobody got: nothing was acknowledged"),
    ("tokens-commit", "the ledger tells of tokens that nobody got: nothing was acknowledged"),
    ("account-commits", "the ledger tells of a change that nobody was answered"),
    ("session-commits", "the ledger tells of a session that nobody got"),
    ("own-account-commits", "the ledger tells of a change that nobody was answered"),
    ("notice-sent", "the notice is sent once more, under the same Message-ID"),
];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::{LINES, NOT_HERE, OF_COMMANDS};

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_line_where_a_crash_matters_has_a_name_and_is_killed_at_or_says_why_not() {
        let mut texts = Vec::new();
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap() {
            let source = entry.unwrap().path().join("src");
            if source.is_dir() {
                sources(&source, &mut texts);
            }
        }
        let mut named = BTreeSet::new();
        for text in &texts {
            let names: Vec<&str> =
                text.split("crash::at(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let marked = text.matches("// CRASH: ").count() + text.matches("/// CRASH: ").count() / 2;
            assert!(names.len() >= marked.min(1), "a line is marked and has no name: {text}");
            for name in names {
                assert!(named.insert(name), "{name} is two lines");
            }
        }
        let lines = LINES.iter().map(|line| line.name).chain(OF_COMMANDS.iter().copied());
        let known: BTreeSet<&str> = lines.chain(NOT_HERE.iter().map(|(name, _)| *name)).collect();
        assert_eq!(named, known);
    }
}
