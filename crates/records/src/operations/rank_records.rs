//! A search in an order, or with a total: every vault says where its matches come, and only those of the page are disclosed.

use tacenda_contracts::{
    permit::Permit,
    vault::{Disclosed, Place, Query},
};
use tacenda_kernel::{Compartment, RecordId};

use super::search_records::{SearchAnswer, SearchQuestion};
use crate::{Caller, Mark, Records, RecordsError, documents};

pub(super) async fn search(
    records: &Records,
    caller: &Caller,
    permit: &Permit,
    question: &SearchQuestion,
    query: Query,
    after: Option<RecordId>,
) -> Result<SearchAnswer, RecordsError> {
    let vaults = question.kind.placement().compartments().iter();
    let vaults: Vec<Compartment> = vaults.filter(|vault| permit.opening(*vault).is_some()).collect();
    let ranks = question.after.as_ref().map(|mark| mark.ranks.clone()).unwrap_or_default();
    let after = after.map(|record| Place { ranks, record });
    let (mut places, mut total) = (Vec::new(), 0);
    for vault in &vaults {
        // One more than the page says whether another follows.
        let asked = Query { limit: question.count.saturating_add(1), ..query.clone() };
        let ranked =
            records.vault(*vault)?.rank(caller.under(permit), asked, &question.order, after.as_ref()).await?;
        total += ranked.total;
        places.extend(ranked.places);
    }
    places.sort_unstable();
    let more = page(&mut places, question.count);
    let next = match places.last().filter(|_| more) {
        Some(last) => {
            Some(Mark { ranks: last.ranks.clone(), id: records.ids.public(permit, last.record)?.to_string() })
        }
        None => None,
    };
    let mut found = Vec::new();
    for vault in vaults {
        found.extend(disclosed(records, caller, permit, question, &query, vault, &places).await?);
    }
    found.sort_by_key(|one| places.iter().position(|place| place.record == one.record));
    let matches =
        found.iter().map(|one| documents::disclosed(records, permit, one)).collect::<Result<_, _>>()?;
    let total = question.total.then_some(total);
    Ok(SearchAnswer { matches, next, total, ..SearchAnswer::default() })
}

/// Cuts what comes after the page; whether something did.
pub(super) fn page<T>(places: &mut Vec<T>, count: u32) -> bool {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let more = places.len() > count;
    places.truncate(count);
    more
}

/// What one vault holds of the page. What was changed in between, and matches no more, is not in it.
async fn disclosed(
    records: &Records,
    caller: &Caller,
    permit: &Permit,
    question: &SearchQuestion,
    query: &Query,
    vault: Compartment,
    places: &[Place],
) -> Result<Vec<Disclosed>, RecordsError> {
    let here = places.iter().map(|place| place.record).filter(|record| record.compartment() == vault);
    let only: Vec<RecordId> = here.collect();
    if only.is_empty() {
        return Ok(Vec::new());
    }
    let asked = Query { limit: u32::try_from(only.len()).unwrap_or(u32::MAX), only, ..query.clone() };
    Ok(records.vault(vault)?.search(caller.under_for(permit, &question.excerpt), asked).await?.matches)
}
