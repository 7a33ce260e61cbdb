//! Checking every version of every vault against every entry of the ledger.

use std::{collections::HashSet, fmt};

use tacenda_contracts::vault::Held;
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
                write!(
                    f,
                    "{}: the row was edited, moved or exchanged since it was written",
                    row(*record, *version)
                )
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

/// Compares every stored version with the ledger, and every write announced before position `size` with the vaults.
///
/// The vaults are read before the ledger: an entry is durable before its row, so a row seen here has its entry there,
/// whatever is being written meanwhile.
pub(crate) async fn cross_check(records: &Records, size: u64) -> Result<CrossReport, RecordsError> {
    let mut stored = Vec::new();
    for compartment in Compartment::ALL {
        scan(records, compartment, &mut stored).await?;
    }
    let now = records.ledger.checkpoint().await.map_err(|_| RecordsError::Unavailable)?.size;
    let announced = read(records, 0, now.max(size)).await?;
    let mut findings: Vec<CrossFinding> =
        announced.unreadable().iter().map(|position| CrossFinding::Unreadable(*position)).collect();
    let mut seen = HashSet::with_capacity(stored.len());
    for (record, version, digest) in &stored {
        let twice = !seen.insert((*record, *version));
        findings.extend(judge(&announced, *record, *version, *digest, twice));
    }
    let unseen: Vec<_> = announced.versions().filter(|version| !seen.contains(version)).collect();
    findings.extend(missing(records, &announced, &unseen, size).await?);
    findings.sort_by_key(ToString::to_string);
    Ok(CrossReport { versions: stored.len() as u64, findings })
}

fn judge(
    announced: &Announced,
    record: RecordId,
    version: Version,
    digest: [u8; 16],
    twice: bool,
) -> Option<CrossFinding> {
    if twice {
        Some(CrossFinding::Doubled(record, version))
    } else if announced.announcements(record, version).is_empty() {
        Some(CrossFinding::Unannounced(record, version))
    } else if !announced.names(record, version, digest) {
        Some(CrossFinding::Altered(record, version))
    } else {
        None
    }
}

/// What the scan did not see may have been moved to its history meanwhile, or be a saga's to decide.
async fn missing(
    records: &Records,
    announced: &Announced,
    unseen: &[(RecordId, Version)],
    size: u64,
) -> Result<Vec<CrossFinding>, RecordsError> {
    let mut findings = Vec::new();
    for compartment in Compartment::ALL {
        let here: Vec<_> =
            unseen.iter().filter(|(record, _)| record.compartment() == compartment).copied().collect();
        for page in here.chunks(PAGE as usize) {
            let held = records.vault(compartment)?.held(page).await?;
            for ((record, version), held) in page.iter().zip(held) {
                let first = announced.announcements(*record, *version).first();
                let position = first.map_or(u64::MAX, |one| one.position);
                // SECURITY: what the ledger once called settled was in its vault: staging it hides it.
                let hidden = held == Held::Staged && position < announced.settled_upto();
                if hidden || (held == Held::Absent && position < size) {
                    findings.push(CrossFinding::Missing(*record, *version, position));
                }
            }
        }
    }
    Ok(findings)
}

async fn scan(
    records: &Records,
    compartment: Compartment,
    stored: &mut Vec<(RecordId, Version, [u8; 16])>,
) -> Result<(), RecordsError> {
    let mut after = None;
    loop {
        let page = records.vault(compartment)?.scan(after, PAGE).await?;
        let Some((record, version, _)) = page.last() else { return Ok(()) };
        after = Some((*record, *version));
        stored.extend(page);
    }
}
