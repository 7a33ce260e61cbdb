//! The order and the number of one patient's, or the directory's, matches: every candidate is compared, none disclosed.

use tacenda_contracts::vault::{Place, Query, Ranked, VaultError};
use tacenda_fhir::SortKey;
use tacenda_kernel::Kinds;

use super::search_records::{AT_A_TIME, MOST, MOST_OPENED, blind, candidates, count};
use crate::{
    session::Session,
    store::{rows::StoredRow, tokens::Chunk},
};

/// The first matches after a place, and how many there are in all.
pub(crate) async fn rank(
    session: &Session<'_>,
    query: Query,
    order: &[SortKey],
    after: Option<&Place>,
) -> Result<Ranked, VaultError> {
    let groups = blind(session.vault, session.opening.patient, &query.terms);
    let wanted = usize::try_from(query.limit.min(MOST)).unwrap_or(usize::MAX);
    let mut ranked = Ranked::default();
    let (mut last, mut looked_at) = (query.after, 0);
    loop {
        let Chunk { mut rows, cut, full } = candidates(session, &groups, &query, last, AT_A_TIME).await?;
        let fetched = count(rows.len());
        (last, looked_at) = (rows.last().map(|row| row.header.record), looked_at + fetched);
        if looked_at > MOST_OPENED {
            return Err(session.failed(VaultError::TooCostly, Vec::new()).await);
        }
        rows.retain(|row| row.header.patient == session.opening.patient);
        let places = places(session, rows, &query, order).await?;
        ranked.total += count(places.len());
        ranked.places.extend(places.into_iter().filter(|place| after.is_none_or(|after| place > after)));
        ranked.places.sort_unstable();
        ranked.places.truncate(wanted);
        if !cut && !full {
            break;
        }
    }
    session.compared(parameters(&query, order)).await?;
    Ok(ranked)
}

/// Where the matches among the rows come. When a record was written is known without opening it; of which type it is, which
/// a permit may ask, is not.
async fn places(
    session: &Session<'_>,
    rows: Vec<StoredRow>,
    query: &Query,
    order: &[SortKey],
) -> Result<Vec<Place>, VaultError> {
    let known = query.exactly.is_empty() && order.iter().all(SortKey::is_last_updated);
    if !known || session.permit.claims().kinds != Kinds::All {
        let mut places = Vec::new();
        // One after the other: what is compared is not kept.
        for row in rows {
            places.extend(session.open(vec![row], &[]).await?.places(&query.exactly, order));
        }
        return Ok(places);
    }
    let place = |row: StoredRow| Place {
        ranks: order.iter().map(|key| key.rank_of(row.header.recorded_at)).collect(),
        record: row.header.record,
    };
    Ok(rows.into_iter().map(place).collect())
}

/// By what was compared, for the ledger.
fn parameters(query: &Query, order: &[SortKey]) -> Vec<String> {
    let asked = query.exactly.iter().map(|criterion| criterion.parameter.name);
    let mut names: Vec<String> = Vec::new();
    for name in asked.chain(order.iter().map(SortKey::parameter)) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}
