//! A search in an order, or with a total: every vault says where its matches come, and only those of the page are disclosed.

use std::sync::Arc;

use tacenda_contracts::{
    permit::Permit,
    vault::{Disclosed, Place, Query},
};
use tacenda_kernel::{Compartment, RecordId};

use super::{
    named::{MOST_BYTES, bytes, too_large},
    search_question::SearchQuestion,
    search_records::SearchAnswer,
};
use crate::{Caller, Mark, Records, RecordsError, documents};

pub(super) async fn search(
    records: &Records,
    caller: &Caller,
    permit: &Arc<Permit>,
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
    let mut more = page(&mut places, question.count);
    let mut found = Vec::new();
    for vault in vaults {
        let asked = Page { records, caller, permit, question, query: &query, vault };
        let is_first = found.is_empty();
        let (part, cut) = asked.disclosed(&places, !is_first).await?;
        found.extend(part);
        if let Some(cut) = cut {
            // The page ends where the first vault had no room for more.
            places.truncate(cut);
            more = true;
        }
    }
    let next = match places.last().filter(|_| more) {
        Some(last) => {
            Some(Mark { ranks: last.ranks.clone(), id: records.ids.public(permit, last.record)?.to_string() })
        }
        None => None,
    };
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

/// What one vault is asked for a page.
struct Page<'a> {
    records: &'a Records,
    caller: &'a Caller,
    permit: &'a Arc<Permit>,
    question: &'a SearchQuestion,
    query: &'a Query,
    vault: Compartment,
}

impl Page<'_> {
    /// What the vault holds of the page, in its order, and the place from which on it had no room. What was changed in
    /// between, and matches no more, is not in it. Of the second vault all is wanted: what the first disclosed is shown.
    async fn disclosed(
        &self,
        places: &[Place],
        all: bool,
    ) -> Result<(Vec<Disclosed>, Option<usize>), RecordsError> {
        let here =
            places.iter().map(|place| place.record).filter(|record| record.compartment() == self.vault);
        let mut only: Vec<RecordId> = here.collect();
        let mut found = Vec::new();
        while !only.is_empty() {
            let limit = u32::try_from(only.len()).unwrap_or(u32::MAX);
            let asked = Query { limit, only: only.clone(), after: None, ..self.query.clone() };
            let asking = self.caller.under_for(self.permit, &self.question.excerpt);
            let part = self.records.vault(self.vault)?.search(asking, asked).await?;
            found.extend(part.matches);
            self.records.rooms.take(&self.caller.room, bytes(&found)).await?;
            let Some(last) = part.next else { break };
            let looked_at = only.iter().position(|one| *one == last).map_or(only.len(), |place| place + 1);
            only.drain(..looked_at);
            let Some(next) = only.first().filter(|_| !all) else {
                if bytes(&found) > MOST_BYTES {
                    return Err(too_large());
                }
                continue;
            };
            return Ok((found, places.iter().position(|place| place.record == *next)));
        }
        Ok((found, None))
    }
}
