//! Where versions come from: the ledger entries that announced them, opened for whoever may read the records' history.

use tacenda_contracts::{
    entry::{Outcome, Touched},
    ledger::{About, DamagedEntry, StoredEntry},
    origin::{Origin, OriginQuery, Origins, Wanted},
    vault::{Held, VaultError},
};
use tacenda_kernel::{RecordId, Version};

use super::compare_versions;
use crate::{error::from_ledger, session::Session};

/// Entries looked at, at a time.
const AT_A_TIME: u32 = 200;
/// Entries looked at for one page. Whoever asks goes on from there.
const MOST_LOOKED_AT: u32 = 5_000;

/// The origins, newest first.
pub(crate) async fn find(
    session: &Session<'_>,
    query: OriginQuery,
    wanted: Wanted<'_>,
) -> Result<Origins, VaultError> {
    let about = about(session, &query);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let (mut found, mut before, mut looked_at) = (Vec::new(), query.before, 0);
    let next = loop {
        let ledger = &session.vault.ledger;
        let page = ledger.entries_about(about, before, AT_A_TIME).await.map_err(from_ledger)?;
        let whole = page.len() == AT_A_TIME as usize;
        // What is damaged is found, and named, by verification.
        let announced = page.iter().flatten().filter_map(|stored| announced(session, stored));
        let mut announced: Vec<Announced> = announced.filter(|one| wanted(&one.origin)).collect();
        while !announced.is_empty() && found.len() < limit {
            let rest = announced.split_off(announced.len().min(limit - found.len()));
            found.extend(stored(session, announced).await?);
            announced = rest;
        }
        if found.len() >= limit {
            break found.last().map(|last| last.position);
        }
        before = page.last().map(position).or(before);
        looked_at += AT_A_TIME;
        if !whole {
            break None;
        }
        if looked_at >= MOST_LOOKED_AT {
            break before;
        }
    };
    let touched = found.iter().flat_map(|origin| origin.entry.records.clone()).collect();
    let kinds = found.iter().map(|origin| origin.entry.kind_of(0).unwrap_or_default().to_owned());
    session.tell(touched, kinds.collect()).await?;
    Ok(Origins { found, next })
}

fn position(found: &Result<StoredEntry, DamagedEntry>) -> u64 {
    found.as_ref().map_or_else(|damaged| damaged.position, |stored| stored.position)
}

fn about(session: &Session<'_>, query: &OriginQuery) -> About {
    let link = query.record.map(|record| session.vault.link_key.link(record));
    match (link, &session.permit.claims().subject) {
        (Some(link), _) => query.version.map_or(About::Record(link), |version| About::Version(link, version)),
        (None, Some(subject)) => About::Patient(subject.ledger),
        (None, None) => About::Nobody,
    }
}

/// A write that an entry announced, of a record of the permit's patient in this vault, of a type that the permit covers.
struct Announced {
    origin: Origin,
    version: (RecordId, Version),
    digest: [u8; 16],
}

fn announced(session: &Session<'_>, stored: &StoredEntry) -> Option<Announced> {
    let claims = session.permit.claims();
    let write = stored.entry.write.filter(|_| stored.entry.outcome == Outcome::Allowed)?;
    let record = session.vault.link_key.record(write.link)?;
    let subject = claims.subject.as_ref().map(|subject| subject.ledger);
    if record.compartment() != session.vault.compartment || stored.entry.subject != subject {
        return None;
    }
    // What does not open here is found, and named, by verification.
    let entry = stored.entry.open(&session.keys.audit).ok()?;
    let touched = Touched { record, version: write.version };
    let covered = claims.kinds.cover(entry.kind_of(0).unwrap_or_default());
    let origin = Origin { position: stored.position, entry };
    (covered && origin.entry.records == [touched]).then_some(Announced {
        origin,
        version: (record, write.version),
        digest: write.digest,
    })
}

/// Those whose version is there, as it was announced: what was abandoned, or is still to be decided, comes from nowhere.
async fn stored(session: &Session<'_>, announced: Vec<Announced>) -> Result<Vec<Origin>, VaultError> {
    let versions: Vec<(RecordId, Version)> = announced.iter().map(|one| one.version).collect();
    let held = compare_versions::held(session.vault, &versions).await?;
    let there = announced.into_iter().zip(held).filter(|(one, held)| *held == Held::Stored(one.digest));
    Ok(there.map(|(one, _)| one.origin).collect())
}
