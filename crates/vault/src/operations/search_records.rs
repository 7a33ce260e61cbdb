//! Searching one patient's records, or the directory: tokens narrow, opened candidates are checked exactly.

use tacenda_contracts::vault::{Found, Query, Term, VaultError};
use tacenda_crypto::TokenScope;
use tacenda_kernel::RecordId;

use crate::{
    disclosure::Opened,
    service::Vault,
    session::Session,
    store::{
        rows::StoredRow,
        tokens::{self, Chunk, Groups},
    },
};

/// More than any page a caller may ask for.
pub(super) const MOST: u32 = 1_000;
/// Candidates opened at a time, where some may not match.
pub(super) const AT_A_TIME: u32 = 200;
/// Candidates opened for one page. Whoever asks goes on from there.
pub(super) const MOST_OPENED: u32 = 5_000;
/// Bytes of one page, opened; the last record may go beyond. What packs well is much larger when it is open.
pub(super) const MOST_BYTES: usize = 2 << 20;

/// The records that match, in the vault's order; those that are named, in the order of their names.
pub(crate) async fn search(session: &Session<'_>, query: Query) -> Result<Found, VaultError> {
    let groups = blind(session.vault, session.opening.patient, &query.terms);
    let wanted = query.limit.min(MOST);
    let chunk = if query.exactly.is_empty() { wanted } else { wanted.max(AT_A_TIME) };
    let mut page = Page { opened: Opened::default(), bytes: 0, looked_at: 0, last: query.after };
    let exhausted = loop {
        let Chunk { rows, cut, full } = candidates(session, &groups, &query, page.last, chunk).await?;
        let whole = page.take(session, rows, &query, wanted).await?;
        if !whole {
            break false;
        }
        if !cut && !full {
            break true;
        }
        let enough = count(page.opened.count()) >= wanted || page.bytes >= MOST_BYTES;
        // Whoever named records, in an order of their own, asks for the rest of them.
        if enough || page.looked_at >= MOST_OPENED || !query.only.is_empty() {
            break false;
        }
    };
    let Page { mut opened, last, .. } = page;
    let more = count(opened.count()) > wanted;
    let last_kept = opened.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    let next = if more { last_kept } else { last.filter(|_| !exhausted) };
    Ok(Found { matches: session.disclose_opened(opened).await?, next })
}

/// What was opened for a page, and how far it was looked.
struct Page {
    opened: Opened,
    bytes: usize,
    looked_at: u32,
    last: Option<RecordId>,
}

impl Page {
    /// Opens rows one after the other, and no more of them than have room; whether that was all of them.
    async fn take(
        &mut self,
        session: &Session<'_>,
        rows: Vec<StoredRow>,
        query: &Query,
        wanted: u32,
    ) -> Result<bool, VaultError> {
        let mut rows = rows.into_iter();
        while let Some(row) = rows.next() {
            self.last = Some(row.header.record);
            self.looked_at += 1;
            // Two tokens may be the same number by chance.
            if row.header.patient == session.opening.patient {
                let mut opened = session.open(vec![row], &query.exactly).await?;
                if let Some(kind) = session.asked.kind {
                    opened.retain_type(kind.as_str());
                }
                self.bytes = self.bytes.saturating_add(opened.bytes());
                self.opened.append(opened);
            }
            // One more than the page says that another follows.
            let enough = count(self.opened.count()) > wanted || self.bytes >= MOST_BYTES;
            if enough && rows.len() > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

pub(super) async fn candidates(
    session: &Session<'_>,
    groups: &Groups,
    query: &Query,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Chunk, VaultError> {
    let (vault, patient) = (session.vault, session.opening.patient);
    let page = tokens::Page { after, only: &query.only, limit };
    tokens::of_patient(&vault.database, vault.compartment, patient, groups, &page).await
}

/// The tokens of terms. Those of one patient say nothing about another's.
pub(crate) fn blind(vault: &Vault, patient: [u8; 16], groups: &[Vec<Term>]) -> Groups {
    Groups::new(groups.iter().map(|group| tokens_of(vault, patient, group)).collect())
}

/// The tokens under which a record is kept.
pub(crate) fn tokens_of(vault: &Vault, patient: [u8; 16], terms: &[Term]) -> Vec<i64> {
    let token = |term: &Term| {
        let scope = if term.population { TokenScope::Population } else { TokenScope::Patient(patient) };
        // EXPOSE: the value becomes a keyed hash and goes no further.
        vault.index_key.token(scope, &term.parameter, term.value.expose())
    };
    terms.iter().map(token).collect()
}

pub(super) fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
