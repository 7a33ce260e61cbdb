//! Searching one patient's records, or the directory: tokens narrow, opened candidates are checked exactly.

use tacenda_contracts::vault::{Found, Query, Term, VaultError};
use tacenda_crypto::TokenScope;
use tacenda_kernel::RecordId;

use crate::{
    service::Vault,
    session::Session,
    store::{
        rows::StoredRow,
        tokens::{self, Groups, Page},
    },
};

/// More than any page a caller may ask for.
pub(super) const MOST: u32 = 1_000;
/// Candidates opened at a time, where some may not match.
pub(super) const AT_A_TIME: u32 = 200;
/// Candidates opened for one page. Whoever asks goes on from there.
pub(super) const MOST_OPENED: u32 = 5_000;

/// The records that match, in the vault's order.
pub(crate) async fn search(session: &Session<'_>, query: Query) -> Result<Found, VaultError> {
    let groups = blind(session.vault, session.opening.patient, &query.terms);
    let wanted = query.limit.min(MOST);
    let chunk = if query.exactly.is_empty() { wanted } else { wanted.max(AT_A_TIME) };
    let mut opened = session.open(Vec::new(), &[]).await?;
    let (mut after, mut looked_at) = (query.after, 0);
    let exhausted = loop {
        let mut rows = candidates(session, &groups, &query, after, chunk).await?;
        let (count, last) = (count(rows.len()), rows.last().map(|row| row.header.record));
        // Two tokens may be the same number by chance.
        rows.retain(|row| row.header.patient == session.opening.patient);
        opened.append(session.open(rows, &query.exactly).await?);
        (after, looked_at) = (last.or(after), looked_at + count);
        if count < chunk {
            break true;
        }
        if self::count(opened.count()) >= wanted || looked_at >= MOST_OPENED {
            break false;
        }
    };
    let more = self::count(opened.count()) > wanted;
    let last = opened.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    let next = if more { last } else { after.filter(|_| !exhausted) };
    Ok(Found { matches: session.disclose_opened(opened).await?, next })
}

pub(super) async fn candidates(
    session: &Session<'_>,
    groups: &Groups,
    query: &Query,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<StoredRow>, VaultError> {
    let (vault, patient) = (session.vault, session.opening.patient);
    let page = Page { after, only: &query.only, limit };
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
        vault.index_key.token(scope, term.parameter, term.value.expose())
    };
    terms.iter().map(token).collect()
}

pub(super) fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
