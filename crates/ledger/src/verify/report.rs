//! What a verification found.

use super::finding::Finding;
use crate::tree::Hash;

/// Findings listed one by one; the others are counted.
const MOST_FINDINGS: usize = 1000;

/// The outcome of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many entries were read.
    pub entries: u64,
    /// How many of them, from the first on, `root` is over.
    pub size: u64,
    /// The root computed from them.
    pub root: Hash,
    /// How many entries the largest checkpoint covers that is authentic and leads to the computed root.
    pub signed: u64,
    /// How many checkpoints were checked.
    pub checkpoints: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How many more findings there are.
    pub omitted: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.omitted += 1;
        }
    }
}
