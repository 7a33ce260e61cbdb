//! Checking every version of every vault against every entry of the ledger.

use std::{collections::HashSet, fmt};

use tacenda_kernel::{Compartment, RecordId, Version};

use super::{announced::Announced, settle_writes::read};
use crate::{Records, RecordsError};

const PAGE: u32 = 2_000;

/// What does not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrossFinding {
    /// A row is not the one that was written.
    Altered(RecordId, Version),
    /// A row that no entry announces.
    Unannounced(RecordId, Version),
    /// A row of a version that is there twice.
    Doubled(RecordId, Version),
    /// A row that the ledger knows of and the vault does not have.
    Missing(RecordId, Version, u64),
    /// An entry that links to no record this system could have.
    Unreadable(u64),
}

impl fmt::Display for CrossFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(record, version) => {
                write!(f, "{}: the row was edited, moved or exchanged since it was written", row(*record, *version))
            }
            Self::Unannounced(record, version) => {
                write!(f, "{}: the row has no ledger entry", row(*record, *version))
            }
            Self::Doubled(record, version) => {
                write!(f, "{}: an old version was put back over a newer one", row(*record, *version))
            }
            Self::Missing(record, version, position) => write!(
                f,
                "{}: the row that ledger entry {position} announced was deleted, moved or rolled back",
                row(*record, *version)
            ),
            Self::Unreadable(position) => write!(f, "ledger entry {position}: it links to no record"),
        }
    }
}

fn row(record: RecordId, version: Version) -> String {
    let hex: String = record.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} record {hex} version {version}", record.compartment())
}

/// The result of the comparison.
#[derive(Clone, Debug, Default)]
pub struct CrossReport {
    /// How many versions the vaults hold.
    pub versions: u64,
    /// What does not fit.
    pub findings: Vec<CrossFinding>,
}

/// Compares everything up to ledger size `size`. Call it after settling.
pub(crate) async fn cross_check(records: &Records, size: u64) -> Result<CrossReport, RecordsError> {
    let announced = read(records, 0, size).await?;
    let mut report = CrossReport::default();
    report.findings.extend(announced.unreadable().iter().map(|position| CrossFinding::Unreadable(*position)));
    let mut seen = HashSet::new();
    for compartment in Compartment::ALL {
        scan(records, compartment, &announced, &mut seen, &mut report).await?;
    }
    for (record, version) in announced.versions().filter(|version| !seen.contains(version)) {
        let position = announced.announcements(record, version).first().map_or(0, |one| one.position);
        report.findings.push(CrossFinding::Missing(record, version, position));
    }
    report.findings.sort_by_key(ToString::to_string);
    Ok(report)
}

async fn scan(
    records: &Records,
    compartment: Compartment,
    announced: &Announced,
    seen: &mut HashSet<(RecordId, Version)>,
    report: &mut CrossReport,
) -> Result<(), RecordsError> {
    let mut after = None;
    loop {
        let page = records.vault(compartment)?.scan(after, PAGE).await?;
        let Some((record, version, _)) = page.last() else { return Ok(()) };
        after = Some((*record, *version));
        for (record, version, digest) in page {
            report.versions += 1;
            let twice = !seen.insert((record, version));
            let known = announced.announcements(record, version);
            if twice {
                report.findings.push(CrossFinding::Doubled(record, version));
            } else if known.is_empty() {
                report.findings.push(CrossFinding::Unannounced(record, version));
            } else if !announced.names(record, version, digest) {
                report.findings.push(CrossFinding::Altered(record, version));
            }
        }
    }
}
