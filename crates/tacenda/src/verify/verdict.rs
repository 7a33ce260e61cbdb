//! What came of a verification, in words: what was compared, what was not, and what does not hold.

use std::path::PathBuf;

use tacenda_ledger::verify::Report;
use tacenda_records::CrossReport;

use super::accounts::AccountsVerified;
use crate::{
    keystore::KeystoreVerified,
    standing::{Looked, UNTOLD},
};

/// What was checked, and what does not hold.
pub struct Verification {
    pub(super) storage: Report,
    /// What the ledger says of itself where an end of it was lost.
    pub(super) adopted: Vec<String>,
    /// How many entries the witness saw.
    pub(super) witnessed: Option<u64>,
    pub(super) witness: PathBuf,
    pub(super) strangers: Looked,
    pub(super) vaults: Result<CrossReport, String>,
    pub(super) keystore: KeystoreVerified,
    pub(super) accounts: AccountsVerified,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was compared, and holds.
    Holds,
    /// Something does not.
    DoesNotHold,
    /// What was compared holds, and not all could be.
    NotCompared,
}

impl Verdict {
    /// The exit code of a command that says it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Holds => 0,
            Self::DoesNotHold => 1,
            Self::NotCompared => 2,
        }
    }
}

impl Verification {
    /// Whether everything was compared, and holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdict() == Verdict::Holds
    }

    /// What follows from all that was found.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let wrong = self.vaults.as_ref().is_ok_and(|report| !report.findings.is_empty());
        if !self.storage.holds()
            || !self.strangers.strange.is_empty()
            || wrong
            || self.keystore.is_wrong()
            || self.accounts.is_wrong()
        {
            return Verdict::DoesNotHold;
        }
        let compared = self.vaults.is_ok() && self.strangers.silent.is_empty() && self.has_witness();
        if compared && self.keystore.holds() && self.accounts.holds() {
            Verdict::Holds
        } else {
            Verdict::NotCompared
        }
    }

    /// Where nothing was recorded, there is nothing that could have been witnessed.
    fn has_witness(&self) -> bool {
        self.witnessed.is_some() || self.storage.entries == 0
    }

    /// The findings, then what was compared and what was not, then what follows.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.storage.findings.iter().map(|one| format!("ledger: {one}")).collect();
        if self.storage.omitted > 0 {
            lines.push(format!("ledger: and {} more findings", self.storage.omitted));
        }
        let strange = self.strangers.strange.iter();
        lines.extend(strange.map(|(service, what)| format!("catalogue of {service}: {what}")));
        if let Ok(report) = &self.vaults {
            lines.extend(report.findings.iter().map(|one| format!("vaults: {one}")));
        }
        lines.extend(self.keystore.findings());
        lines.extend(self.accounts.findings());
        lines.extend(self.compared());
        lines.push(
            match self.verdict() {
                Verdict::Holds => "all holds",
                Verdict::DoesNotHold => "it does not hold",
                Verdict::NotCompared => "what was compared holds; not everything could be compared",
            }
            .to_owned(),
        );
        lines
    }

    fn compared(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "checked {} ledger entries and {} checkpoints",
            self.storage.entries, self.storage.checkpoints
        )];
        lines.extend(self.adopted.iter().cloned());
        lines.push(match self.witnessed {
            Some(size) => format!("compared the ledger with its witness, which saw {size} entries"),
            None => format!(
                "no witness to compare with: {} has no checkpoint, so an older copy of the ledger would not be noticed",
                self.witness.display()
            ),
        });
        let silent = self.strangers.silent.iter();
        lines.extend(silent.map(|service| format!("catalogue of {service}: not compared, because {UNTOLD}")));
        match &self.vaults {
            Ok(report) => {
                lines.push(format!("compared {} stored versions with their entries", report.versions));
                if report.undecided > 0 {
                    lines.push(format!(
                        "{} announced writes are not there and not decided: the server decides them within a minute",
                        report.undecided
                    ));
                }
            }
            Err(why) => lines.push(format!("vaults: not compared, because {why}")),
        }
        lines.push(self.keystore.compared());
        lines.push(self.accounts.compared());
        lines
    }
}
