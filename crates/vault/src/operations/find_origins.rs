//! Where versions come from: the ledger entries that announced them, opened for whoever may read the records' history.
//!
//! A record's versions say themselves, sealed, which entries these are; for all records of a patient the ledger is asked for
//! the entries about the patient.

use tacenda_contracts::{
    entry::{Entry, Event, Touched},
    ledger::{About, DamagedEntry, StoredEntry},
    origin::{Origin, OriginPlace, OriginQuery, Origins},
    vault::{Held, VaultError},
};
use tacenda_kernel::{Action, RecordId};

use crate::{disclosure::subject_of, error::from_ledger, session::Session, store::versions};

/// Entries looked at, at a time.
const AT_A_TIME: u32 = 200;
/// Entries looked at for one page. Whoever asks goes on from there.
const MOST_LOOKED_AT: u32 = 5_000;

/// The origins, newest first.
pub(crate) async fn find(session: &Session<'_>, query: OriginQuery) -> Result<Origins, VaultError> {
    let record = query.record;
    let mut page = Page { query, found: Vec::new() };
    let next = match record {
        Some(record) => of_record(session, record, &mut page).await?,
        None => of_patient(session, &mut page).await?,
    };
    let found = page.found;
    let touched = found.iter().flat_map(|origin| origin.entry.records.clone()).collect();
    let kinds = found.iter().map(|origin| origin.entry.kind_of(0).unwrap_or_default().to_owned());
    session.tell(touched, kinds.collect()).await?;
    Ok(Origins { found, next })
}

/// A page while it is filled.
struct Page {
    query: OriginQuery,
    found: Vec<Origin>,
}

impl Page {
    fn left(&self) -> usize {
        usize::try_from(self.query.limit).unwrap_or(usize::MAX).saturating_sub(self.found.len())
    }

    /// Takes in those of an entry's rows that are asked for and wanted; where it is full, the place of the last.
    async fn take(
        &mut self,
        session: &Session<'_>,
        stored: &StoredEntry,
    ) -> Result<Option<OriginPlace>, VaultError> {
        let announced = announced(session, stored, &self.query);
        let wanted: Vec<Origin> =
            announced.into_iter().filter(|origin| self.query.shown.shows(origin)).collect();
        for origin in there(session, stored, wanted).await? {
            if self.left() == 0 {
                return Ok(self.found.last().map(|last| last.place));
            }
            self.found.push(origin);
        }
        Ok((self.left() == 0).then(|| self.found.last().map(|last| last.place)).flatten())
    }
}

async fn of_record(
    session: &Session<'_>,
    record: RecordId,
    page: &mut Page,
) -> Result<Option<OriginPlace>, VaultError> {
    let vault = session.vault;
    let versions = versions::announced(&vault.database, session.opening.patient, record).await?;
    let mut positions: Vec<u64> = versions
        .into_iter()
        .filter(|(version, _)| page.query.version.is_none_or(|asked| asked == *version))
        .filter_map(|(version, announced)| vault.link_key.announced_at(record, version, announced))
        .filter(|position| page.query.after.is_none_or(|after| *position <= after.position))
        .collect();
    positions.sort_unstable_by_key(|position| std::cmp::Reverse(*position));
    positions.dedup();
    for some in positions.chunks(AT_A_TIME as usize) {
        for stored in vault.ledger.entries_at(some).await.map_err(from_ledger)?.iter().flatten() {
            if let Some(last) = page.take(session, stored).await? {
                return Ok(Some(last));
            }
        }
    }
    Ok(None)
}

async fn of_patient(session: &Session<'_>, page: &mut Page) -> Result<Option<OriginPlace>, VaultError> {
    let claims = session.permit.claims();
    let about = claims.patient.map_or(About::Nobody, About::Patient);
    // The rows of the entry at the place itself may not all have been shown.
    let mut before = page.query.after.map(|after| after.position.saturating_add(1));
    let mut looked_at = 0;
    loop {
        let ledger = &session.vault.ledger;
        let found = ledger.entries_about(about, before, AT_A_TIME).await.map_err(from_ledger)?;
        // What is damaged is found, and named, by verification.
        for stored in found.iter().flatten() {
            if let Some(last) = page.take(session, stored).await? {
                return Ok(Some(last));
            }
        }
        let last = found.last().map(position);
        looked_at += AT_A_TIME;
        if found.len() < AT_A_TIME as usize {
            return Ok(None);
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok(last.map(|position| OriginPlace { position, row: u32::MAX }));
        }
        before = last;
    }
}

fn position(found: &Result<StoredEntry, DamagedEntry>) -> u64 {
    found.as_ref().map_or_else(|damaged| damaged.position, |stored| stored.position)
}

/// What an entry announced of records of the permit's patient in this vault, of types that the permit covers.
fn announced(session: &Session<'_>, stored: &StoredEntry, query: &OriginQuery) -> Vec<Origin> {
    let subject = subject_of(session.permit, session.opening.compartment);
    if stored.entry.subject != subject || stored.entry.writes.is_empty() {
        return Vec::new();
    }
    // What does not open here is found, and named, by verification.
    let Ok(entry) = stored.entry.open(&session.keys.audit) else { return Vec::new() };
    // Making tokens anew announces them, and is no origin of a version.
    let reindexed = entry.event == Event::Access(Action::Reindex);
    if reindexed || entry.compartment != Some(session.opening.compartment) {
        return Vec::new();
    }
    let rows = entry.records.iter().enumerate().map(|(row, touched)| {
        let kind = entry.kind_of(row).unwrap_or_default().to_owned();
        let place = OriginPlace { position: stored.position, row: u32::try_from(row).unwrap_or(u32::MAX) };
        (place, Entry { records: vec![*touched], kinds: vec![kind], ..entry.clone() })
    });
    rows.filter(|(place, entry)| {
        let asked = |touched: &Touched| {
            query.record.is_none_or(|record| record == touched.record)
                && query.version.is_none_or(|version| version == touched.version)
        };
        query.after.is_none_or(|after| place.is_after(after))
            && entry.records.first().is_some_and(asked)
            && session.permit.claims().kinds.cover(entry.kind_of(0).unwrap_or_default())
    })
    .map(|(place, entry)| Origin { place, entry })
    .collect()
}

/// Those whose version is there, as it was announced: what was abandoned, or is still to be decided, comes from nowhere.
async fn there(
    session: &Session<'_>,
    stored: &StoredEntry,
    origins: Vec<Origin>,
) -> Result<Vec<Origin>, VaultError> {
    let write = |origin: &Origin| {
        let touched = origin.entry.records.first()?;
        stored.entry.write_of(session.vault.link_key.link(touched.record), touched.version).copied()
    };
    let (origins, writes): (Vec<_>, Vec<_>) =
        origins.into_iter().filter_map(|origin| write(&origin).map(|write| (origin, write))).unzip();
    let held = super::compare_versions::held(session.vault, &writes).await?;
    let there = origins.into_iter().zip(writes).zip(held);
    Ok(there
        .filter(|((_, write), held)| matches!(held, Held::Stored(found) if found.is(write)))
        .map(|((origin, _), _)| origin)
        .collect())
}
