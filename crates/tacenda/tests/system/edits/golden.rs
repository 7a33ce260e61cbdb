//! Results, and the reviewed file of them.
//!
//! The six vaults are the same tables under the same code: a file has the lines of the clinical one, and of another one those
//! that differ. A line that says what is usual is left out as well.

use std::{collections::BTreeMap, path::PathBuf};

use super::makes_all;

const VAULT: &str = "vault_";
const CLINICAL: &str = "vault_clinical";

/// The lines, in their order, and what should not be among them.
pub(super) struct Golden {
    file: &'static str,
    usual: &'static str,
    lines: BTreeMap<String, String>,
    unnoticed: Vec<String>,
    kept: BTreeMap<String, String>,
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/system/edits/golden").join(file)
}

impl Golden {
    pub(super) fn new(file: &'static str, usual: &'static str) -> Self {
        let text = std::fs::read_to_string(path(file)).unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.split_once(": "));
        let kept = lines.map(|(name, line)| (name.to_owned(), line.to_owned())).collect();
        Self { file, usual, lines: BTreeMap::new(), unnoticed: Vec::new(), kept }
    }

    /// Whether the file says so.
    pub(super) fn is_reviewed(&self, name: &str, line: &str) -> bool {
        line == self.expected(&self.kept, name)
    }

    pub(super) fn add(&mut self, name: &str, line: String, is_unnoticed: bool) {
        if is_unnoticed {
            self.unnoticed.push(format!("{name}: {line}"));
        }
        self.lines.insert(name.to_owned(), line);
    }

    /// Nothing that was made is unnoticed.
    pub(super) fn check(&self) {
        assert!(self.unnoticed.is_empty(), "{:#?}", self.unnoticed);
    }

    /// Compares what was made with the file, or writes it.
    pub(super) fn compare(self) {
        self.check();
        let mut kept = self.kept.clone();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            kept.retain(|name, _| !makes_all() && !self.lines.contains_key(name));
            // The clinical vault's before the others', which are compared with them.
            let (first, others): (Vec<_>, Vec<_>) =
                self.lines.iter().partition(|(name, _)| !is_another(name));
            for (name, line) in first.into_iter().chain(others) {
                if *line != self.expected(&kept, name) {
                    kept.insert(name.clone(), line.clone());
                }
            }
            let lines: String = kept.iter().map(|(name, line)| format!("{name}: {line}\n")).collect();
            std::fs::write(path(self.file), lines).unwrap();
        }
        let others = self.lines.iter().filter(|(name, line)| **line != self.expected(&kept, name));
        let others: Vec<_> = others.map(|(name, line)| (name, line, self.expected(&kept, name))).collect();
        assert!(others.is_empty(), "made and expected, see CONTRIBUTING.md on golden files: {others:#?}");
        let unmade: Vec<_> =
            kept.keys().filter(|name| makes_all() && !self.lines.contains_key(*name)).collect();
        assert!(unmade.is_empty(), "the golden file has what nobody makes: {unmade:?}");
    }

    fn expected(&self, kept: &BTreeMap<String, String>, name: &str) -> String {
        let of_clinical = || {
            let (_, rest) = name.split_once('.').filter(|_| is_another(name))?;
            kept.get(&format!("{CLINICAL}.{rest}"))
        };
        kept.get(name).or_else(of_clinical).cloned().unwrap_or_else(|| self.usual.to_owned())
    }
}

/// Whether it is of a vault other than the clinical one.
fn is_another(name: &str) -> bool {
    name.starts_with(VAULT) && !name.starts_with(CLINICAL)
}
