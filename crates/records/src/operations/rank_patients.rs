//! Patients in an order, or counted: both halves of each are compared, and only those of the page are disclosed.

use std::sync::Arc;

use futures::future::try_join_all;
use tacenda_contracts::{permit::Permit, vault::Query};
use tacenda_fhir::{Rank, SortKey};

use super::{
    rank_records::page,
    search_patients::{half, open_all, parts, room},
    search_question::SearchQuestion,
    search_records::{SearchAnswer, too_many},
};
use crate::{Caller, Mark, Records, RecordsError, Resource, documents, vault_client::UnderPermit};

/// More are not put in order.
const MOST_PATIENTS: usize = 1_000;

pub(super) async fn search(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
    permits: &[Arc<Permit>],
) -> Result<SearchAnswer, RecordsError> {
    if permits.len() > MOST_PATIENTS {
        return Err(too_many());
    }
    let ranks = permits.iter().map(|permit| rank(records, caller.under(permit), question));
    let ranks = try_join_all(ranks).await?;
    let mut places: Vec<(Mark, &Arc<Permit>)> = Vec::new();
    for (ranks, permit) in ranks.into_iter().zip(permits) {
        if let Some(ranks) = ranks {
            places.push((Mark { ranks, id: documents::patient_id(permit)? }, permit));
        }
    }
    let total = question.total.then(|| u32::try_from(places.len()).unwrap_or(u32::MAX));
    places.retain(|(mark, _)| question.after.as_ref().is_none_or(|after| mark > after));
    places.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let mut more = page(&mut places, question.count);
    let permits: Vec<&Arc<Permit>> = places.iter().map(|(_, permit)| *permit).collect();
    let (mut matches, mut opened) = (Vec::new(), 0);
    while opened < permits.len() {
        let now = room(&matches).min(permits.len() - opened);
        if now == 0 {
            more = true;
            break;
        }
        matches.extend(open_all(records, caller, question, &permits[opened..opened + now]).await?);
        opened += now;
        records.rooms.take(&caller.room, matches.iter().map(Resource::size).sum()).await?;
    }
    places.truncate(opened);
    let next = places.last().filter(|_| more).map(|(mark, _)| mark.clone());
    Ok(SearchAnswer { matches, next, total, ..SearchAnswer::default() })
}

/// Where one patient comes; none where one of the criteria does not match.
async fn rank(
    records: &Records,
    asked: UnderPermit<'_>,
    question: &SearchQuestion,
) -> Result<Option<Vec<Rank>>, RecordsError> {
    let Some(parts) = parts(asked.permit, &question.criteria) else { return Ok(None) };
    let mut whole: Option<Vec<Rank>> = None;
    for part in parts {
        let query: Query = half(records, asked.permit, part.record, part.criteria);
        let vault = records.vault(part.record.compartment())?;
        let ranked = vault.rank(asked, query, &question.order, None).await?;
        let Some(place) = ranked.places.into_iter().next() else { return Ok(None) };
        whole = Some(match whole {
            None => place.ranks,
            Some(before) => joined(&question.order, &before, &place.ranks),
        });
    }
    Ok(whole)
}

/// Each half has its own elements, and when it was written.
fn joined(order: &[SortKey], one: &[Rank], other: &[Rank]) -> Vec<Rank> {
    order.iter().zip(one.iter().zip(other)).map(|(key, (one, other))| key.newer(*one, *other)).collect()
}
