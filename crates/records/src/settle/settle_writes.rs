//! Settling: announced writes that never arrived are marked abandoned, and the ledger notes how far that was done.
//!
//! The vaults' past is closed first, so that a write found absent stays absent.

use jiff::Timestamp;
use tacenda_contracts::{
    entry::{Entry, Event, Outcome, SealedEntry},
    vault::Held,
};
use tacenda_kernel::{Compartment, RecordId, TraceId, Version};

use super::announced::{Announced, Announcement};
use crate::{Records, RecordsError};

const PAGE: u32 = 2_000;
const READ_MARK: &str = "select upto from settlements where settlement = 1";
const WRITE_MARK: &str = "update settlements set upto = greatest(upto, $1) where settlement = 1";

/// Settles every write announced before position `size`, all of which were sealed at or before `until`.
pub(crate) async fn settle(records: &Records, size: u64, until: Timestamp) -> Result<(), RecordsError> {
    let mark = read_mark(records).await?;
    if mark >= size {
        return Ok(());
    }
    let announced = read(records, mark, size).await?;
    let mut closing = Vec::new();
    let mut waits = false;
    let mut any = false;
    for compartment in Compartment::ALL {
        let versions: Vec<_> =
            announced.versions().filter(|(record, _)| record.compartment() == compartment).collect();
        if versions.is_empty() {
            continue;
        }
        any = true;
        records.vault(compartment)?.fence(until).await?;
        for page in versions.chunks(PAGE as usize) {
            waits |= !close(records, &announced, compartment, page, &mut closing).await?;
        }
    }
    // A staged write is the saga's to decide; until it has, the mark stays.
    let settled = any && !waits;
    if settled {
        closing.push(general(records, Event::Settled { upto: size }, Outcome::Allowed));
    }
    if !closing.is_empty() {
        records.ledger.append(closing).await.map_err(|_| RecordsError::Unavailable)?;
    }
    if waits { Ok(()) } else { write_mark(records, size).await }
}

/// Looks at one page of announced versions; false where one of them is still staged.
async fn close(
    records: &Records,
    announced: &Announced,
    compartment: Compartment,
    page: &[(RecordId, Version)],
    closing: &mut Vec<SealedEntry>,
) -> Result<bool, RecordsError> {
    let held = records.vault(compartment)?.held(page).await?;
    let mut decided = true;
    for ((record, version), held) in page.iter().zip(held) {
        for one in announced.announcements(*record, *version) {
            match held {
                Held::Stored(digest) if digest == one.write.digest => {}
                Held::Staged => decided = false,
                // SECURITY: what the ledger once called settled is not abandoned, it is missing; `verify` names it.
                _ if one.position < announced.settled_upto() => {
                    tracing::error!(position = one.position, "a settled write is missing from its vault");
                }
                Held::Stored(digest) if !announced.names(*record, *version, digest) => {
                    tracing::error!(position = one.position, "a stored row is not the one announced");
                }
                Held::Stored(_) | Held::Absent => closing.push(abandoned(records, one)),
            }
        }
    }
    Ok(decided)
}

fn abandoned(records: &Records, one: &Announcement) -> SealedEntry {
    let entry = entry(records, Event::WriteAbandoned, Outcome::Failed).because("never-arrived");
    entry.seal(&records.general_audit, None, Some(one.write), records.random.as_ref())
}

fn general(records: &Records, event: Event, outcome: Outcome) -> SealedEntry {
    entry(records, event, outcome).seal(&records.general_audit, None, None, records.random.as_ref())
}

fn entry(records: &Records, event: Event, outcome: Outcome) -> Entry {
    Entry::new(records.clock.now(), event, outcome, TraceId::make(records.random.as_ref()))
}

/// Reads what the ledger announces between two positions.
pub(super) async fn read(records: &Records, from: u64, size: u64) -> Result<Announced, RecordsError> {
    let mut announced = Announced::default();
    let mut next = from;
    while next < size {
        let page = records.ledger.entries(next, PAGE).await.map_err(|_| RecordsError::Unavailable)?;
        let Some(last) = page.last() else { break };
        next = last.position + 1;
        for stored in page.iter().filter(|stored| stored.position < size) {
            announced.take(stored, &records.link_key, &records.general_audit);
        }
    }
    Ok(announced)
}

async fn read_mark(records: &Records) -> Result<u64, RecordsError> {
    let rows = records.database.lanes().query(READ_MARK, &[]).await?;
    let mark: Option<i64> = rows.first().and_then(|row| row.try_get(0).ok());
    mark.and_then(|mark| u64::try_from(mark).ok()).ok_or(RecordsError::Unavailable)
}

async fn write_mark(records: &Records, size: u64) -> Result<(), RecordsError> {
    let size = i64::try_from(size).map_err(|_| RecordsError::Unavailable)?;
    records.database.lanes().execute(WRITE_MARK, &[&size]).await?;
    Ok(())
}
