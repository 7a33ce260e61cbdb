//! Settling: what vaults could not tell the ledger, since a process died, is decided. Announced writes that never arrived
//! are given up, and the ledger notes how far everything is decided.
//!
//! The vaults' past is closed first, so that a write found absent stays absent. How far it is says the ledger itself, by
//! the newest entry of its kind; no table is believed.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tacenda_contracts::{
    entry::{Entry, EntrySubject, Event, Outcome, SealedEntry, WriteLink},
    ledger::About,
    vault::Held,
};
use tacenda_kernel::{Compartment, Service, TraceId};

use super::announced::Announced;
use crate::{Records, RecordsError};

const PAGE: u32 = 2_000;

/// Entries about nobody that are looked at, at a time, for the newest one that settles.
const LOOKED_AT: u32 = 200;

/// How long settling may wait for one write before somebody should look.
const STILL: SignedDuration = SignedDuration::from_mins(1);

/// How far this instance knows that everything is decided, and since when it has waited there.
#[derive(Default)]
pub(crate) struct Mark(Mutex<Option<(u64, Timestamp)>>);

impl Mark {
    fn get(&self) -> Option<(u64, Timestamp)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, upto: u64, since: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((upto, since));
    }
}

/// Settles every write announced before position `size`, all of which were sealed at or before `until`.
pub(crate) async fn settle(records: &Records, size: u64, until: Timestamp) -> Result<(), RecordsError> {
    let (mark, since) = mark(records).await?;
    if mark >= size {
        return Ok(());
    }
    // What arrived is said by later entries than what was announced.
    let now = records.ledger.checkpoint().await.map_err(|_| RecordsError::Unavailable)?.size;
    let announced = read(records, mark, size, now).await?;
    let undecided = announced.undecided();
    if !undecided.is_empty() {
        for compartment in Compartment::ALL {
            records.vault(compartment)?.fence(until).await?;
        }
    }
    let mut closing = Vec::new();
    let mut upto = size;
    for (position, writes) in &undecided {
        match fate(records, &announced, *position, writes).await? {
            Fate::Arrived => {}
            Fate::Never => closing.push(given_up(records, *position)),
            // A staged write is the saga's to decide; until it has, the mark stays.
            Fate::Waits => upto = upto.min(*position),
        }
    }
    if upto > mark && !announced.is_empty() {
        closing.push(about_nobody(records, Event::Settled { upto }, Outcome::Allowed, |entry| entry));
    }
    if !closing.is_empty() {
        records.ledger.append(closing).await.map_err(|_| RecordsError::Unavailable)?;
    }
    let moved = upto > mark;
    records.settled.set(upto, if moved { until } else { since });
    if !moved && until.duration_since(since) > STILL {
        tracing::error!(position = upto, "settling stands still: a staged write is not decided");
    }
    Ok(())
}

/// What became of the writes of one entry, which one commit made all or none of.
enum Fate {
    Arrived,
    Never,
    Waits,
}

async fn fate(
    records: &Records,
    announced: &Announced,
    position: u64,
    writes: &[WriteLink],
) -> Result<Fate, RecordsError> {
    let mut fate = Fate::Never;
    for (write, held) in writes.iter().zip(held(records, writes).await?) {
        match held {
            Held::Staged { .. } => return Ok(Fate::Waits),
            Held::Absent(_) | Held::Foreign => {}
            Held::Stored(row) => {
                let others = || announced.announcements((write.link, write.version));
                if row.is(write) && row.has_tokens_of(write) {
                    fate = Fate::Arrived;
                } else if !others().any(|other| row.is(&other.write) && row.has_tokens_of(&other.write)) {
                    // Another row than any announced: `verify` names it. Giving this one up would excuse that.
                    tracing::error!(position, "a stored row is not the one announced");
                    fate = Fate::Arrived;
                }
            }
        }
    }
    Ok(fate)
}

/// What the vaults have of each: the one whose link it is answers.
pub(super) async fn held(records: &Records, writes: &[WriteLink]) -> Result<Vec<Held>, RecordsError> {
    let mut found = vec![Held::Foreign; writes.len()];
    for compartment in Compartment::ALL {
        let held = records.vault(compartment)?.held(writes).await?;
        for (found, held) in found.iter_mut().zip(held) {
            if held != Held::Foreign {
                *found = held;
            }
        }
    }
    Ok(found)
}

fn given_up(records: &Records, position: u64) -> SealedEntry {
    let entry = entry(records, Event::WriteAbandoned, Outcome::Failed).because("never-arrived");
    entry.seal_giving_up(position, &records.general_audit, NOBODY, records.random.as_ref())
}

/// An entry of the application about nobody, with what is to be said beside the event.
pub(crate) fn about_nobody(
    records: &Records,
    event: Event,
    outcome: Outcome,
    more: impl FnOnce(Entry) -> Entry,
) -> SealedEntry {
    more(entry(records, event, outcome)).seal(&records.general_audit, NOBODY, records.random.as_ref())
}

const NOBODY: EntrySubject = EntrySubject::Nobody(Service::Records);

fn entry(records: &Records, event: Event, outcome: Outcome) -> Entry {
    Entry::new(records.clock.now(), event, outcome, TraceId::make(records.random.as_ref()))
}

/// Reads what the ledger announces from `from` to `size`, and what it says of that up to `end`.
pub(super) async fn read(
    records: &Records,
    from: u64,
    size: u64,
    end: u64,
) -> Result<Announced, RecordsError> {
    let mut announced = Announced::default();
    let mut page = records.ledger.entries(from, PAGE).await.map_err(|_| RecordsError::Unavailable)?;
    while let Some(last) = page.last()
        && page.first().is_some_and(|first| first.position < end)
    {
        let next = last.position + 1;
        let take = async {
            for mut stored in page.into_iter().filter(|stored| stored.position < end) {
                if stored.position >= size {
                    stored.entry.writes.clear();
                }
                announced.take(&stored, &records.general_audit);
            }
        };
        // The next page is on its way while this one is looked at.
        let (coming, ()) = futures::join!(records.ledger.entries(next, PAGE), take);
        page = coming.map_err(|_| RecordsError::Unavailable)?;
    }
    Ok(announced)
}

/// Up to where everything is decided, and since when that is so: as the ledger says, or as this instance made it say.
async fn mark(records: &Records) -> Result<(u64, Timestamp), RecordsError> {
    if let Some(known) = records.settled.get() {
        return Ok(known);
    }
    let mut before = None;
    loop {
        let about = About::Service(Service::Records);
        let page = records.ledger.entries_about(about, before, LOOKED_AT).await;
        let page = page.map_err(|_| RecordsError::Unavailable)?;
        for stored in page.iter().flatten() {
            if let Ok(entry) = stored.entry.open(&records.general_audit)
                && let Event::Settled { upto } = entry.event
            {
                return Ok((upto, records.clock.now()));
            }
        }
        let last = page
            .last()
            .map(|found| found.as_ref().map_or_else(|damaged| damaged.position, |stored| stored.position));
        match last {
            Some(position) if page.len() == LOOKED_AT as usize => before = Some(position),
            _ => return Ok((0, records.clock.now())),
        }
    }
}
