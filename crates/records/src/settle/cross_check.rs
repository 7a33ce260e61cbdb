//! Checking every version of every vault against every entry of the ledger. Nothing is written for it.

use std::collections::HashSet;

use jiff::SignedDuration;
use tacenda_contracts::{
    keystore::SagaId,
    vault::{Held, StoredVersion},
};
use tacenda_kernel::Compartment;

use super::{
    announced::{Announced, Announcement, LinkedVersion},
    finding::CrossFinding,
    settle_writes::{held, read},
};
use crate::{Records, RecordsError};

const PAGE: u32 = 2_000;

/// How far the clocks of two machines may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// The result of the comparison.
#[derive(Clone, Debug, Default)]
pub struct CrossReport {
    /// How many versions the vaults hold.
    pub versions: u64,
    /// How many announced writes are absent of which nobody has decided yet whether they ever were: a process that died
    /// leaves some, and the next one that runs decides.
    pub undecided: u64,
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
    let announced = read(records, 0, now.max(size), now.max(size)).await?;
    let mut seen: HashSet<LinkedVersion> = HashSet::with_capacity(stored.len());
    let mut report = CrossReport { versions: stored.len() as u64, ..CrossReport::default() };
    for row in &stored {
        let twice = !seen.insert((row.write.link, row.write.version));
        report.findings.extend(judge(&announced, row, twice));
    }
    missing(records, &announced, &seen, size, &mut report).await?;
    report.findings.extend(submissions(records, &announced).await?);
    report.findings.extend(inspect(records).await?);
    report.findings.sort_by_key(ToString::to_string);
    Ok(report)
}

fn judge(announced: &Announced, row: &StoredVersion, twice: bool) -> Option<CrossFinding> {
    let (record, version) = (row.record, row.write.version);
    if twice {
        return Some(CrossFinding::Doubled(record, version));
    }
    let known: Vec<&Announcement> = announced.announcements((row.write.link, version)).collect();
    if known.is_empty() {
        return Some(CrossFinding::Unannounced(record, version));
    }
    let own: Vec<&Announcement> = known.into_iter().filter(|one| row.is(&one.write)).collect();
    let named = |one: &&Announcement| row.announced_at == Some(one.position);
    if !own.iter().any(named) {
        return Some(CrossFinding::Altered(record, version));
    }
    // Making tokens anew announces a version again: what came before the last of these that arrived is over.
    let last = own.iter().rposition(|one| announced.is_settled(one.position)).unwrap_or(0);
    if !own.iter().skip(last).any(|one| row.has_tokens_of(&one.write)) {
        return Some(CrossFinding::TokensAltered(record, version));
    }
    (!row.found).then_some(CrossFinding::NotFound(record, version))
}

/// What the scan did not see may have been moved to its history meanwhile, or be a saga's to decide.
async fn missing(
    records: &Records,
    announced: &Announced,
    seen: &HashSet<LinkedVersion>,
    size: u64,
    report: &mut CrossReport,
) -> Result<(), RecordsError> {
    let unseen: Vec<Announcement> = announced
        .versions()
        .filter(|version| !seen.contains(*version))
        .filter_map(|version| first(announced, version))
        .collect();
    for page in unseen.chunks(PAGE as usize) {
        let writes: Vec<_> = page.iter().map(|one| one.write).collect();
        for (one, held) in page.iter().zip(held(records, &writes).await?) {
            let (position, version) = (one.position, one.write.version);
            let settled = announced.is_settled(position);
            match held {
                Held::Stored(_) => {}
                Held::Foreign => report.findings.push(CrossFinding::Unreadable(position)),
                // SECURITY: what the ledger once called settled was in its vault: staging it hides it, unless it is of a
                // saga that was committed and has yet to be promoted, and can be.
                Held::Staged { record, saga, is_whole } if settled && position < size => {
                    if !is_whole || !committed(records, saga).await? {
                        report.findings.push(CrossFinding::Missing(record, version, position));
                    }
                }
                Held::Absent(record) if settled && position < size => {
                    report.findings.push(CrossFinding::Missing(record, version, position));
                }
                Held::Absent(_) => report.undecided += 1,
                Held::Staged { .. } => {}
            }
        }
    }
    Ok(())
}

/// The announcement that says most: one that arrived, where there is one.
fn first(announced: &Announced, version: &LinkedVersion) -> Option<Announcement> {
    let settled = announced.announcements(*version).find(|one| announced.is_settled(one.position));
    settled.or_else(|| announced.announcements(*version).next()).copied()
}

/// A key that was used must be known as used, and was used once.
async fn submissions(records: &Records, announced: &Announced) -> Result<Vec<CrossFinding>, RecordsError> {
    let used: Vec<[u8; 32]> = announced.used().keys().copied().collect();
    let mut forgotten = 0;
    for page in used.chunks(PAGE as usize) {
        forgotten += records.log().forgotten(page).await?;
    }
    let twice = announced.used().values().filter(|sagas| sagas.len() > 1).count();
    let findings = [
        (forgotten, CrossFinding::SubmissionsForgotten(forgotten)),
        (twice, CrossFinding::SubmissionsTwice(twice)),
    ];
    Ok(findings.into_iter().filter(|(count, _)| *count > 0).map(|(_, finding)| finding).collect())
}

/// Whether the log says that the saga was committed. Few are under way at any time.
async fn committed(records: &Records, saga: SagaId) -> Result<bool, RecordsError> {
    let contents = records.log().contents().await?;
    Ok(contents.sagas.iter().any(|logged| logged.saga == saga && logged.is_committed()))
}

/// What is under way in the vaults must be known to the log of sagas. The vaults are read first: what a saga staged is
/// gone before its line in the log is.
async fn inspect(records: &Records) -> Result<Vec<CrossFinding>, RecordsError> {
    let soon = records.clock.now().saturating_add(CLOCKS).unwrap_or(records.clock.now());
    let mut findings = Vec::new();
    let mut staged = Vec::new();
    for compartment in Compartment::ALL {
        let found = records.vault(compartment)?.inspect().await?;
        if found.fenced_until.is_some_and(|until| until > soon) {
            findings.push(CrossFinding::Fenced(compartment));
        }
        staged.push((compartment, found.staged_by));
    }
    let contents = records.log().contents().await?;
    let known: HashSet<SagaId> = contents.sagas.iter().map(|logged| logged.saga).collect();
    findings.extend(contents.altered.iter().map(|altered| CrossFinding::SagaAltered(altered.0)));
    for (compartment, staged_by) in staged {
        let unknown: Vec<_> = staged_by.into_iter().filter(|saga| !known.contains(saga)).collect();
        if unknown.is_empty() {
            continue;
        }
        let still = records.vault(compartment)?.inspect().await?.staged_by;
        let stray = unknown.into_iter().filter(|saga| still.contains(saga));
        findings.extend(stray.map(|saga| CrossFinding::Stray(compartment, saga)));
    }
    Ok(findings)
}

/// The findings of [`inspect`], for the log.
pub(crate) async fn watch(records: &Records) -> Result<(), RecordsError> {
    for finding in inspect(records).await? {
        tracing::error!(%finding, "a vault's tables hold what no service put there");
    }
    Ok(())
}

async fn scan(
    records: &Records,
    compartment: Compartment,
    stored: &mut Vec<StoredVersion>,
) -> Result<(), RecordsError> {
    let mut after = None;
    loop {
        let page = records.vault(compartment)?.scan(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.record, last.write.version));
        stored.extend(page);
    }
}
