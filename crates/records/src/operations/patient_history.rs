//! The history of a Patient: the versions of both halves, which have the same numbers, put together.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use tacenda_contracts::{
    permit::Permit,
    timeline::{Of, Timeline},
    vault::Disclosed,
};
use tacenda_kernel::{RecordId, Version};

use super::{
    history::{HistoryAnswer, HistoryQuestion, before_version, cut},
    read_patient::halves,
};
use crate::{Caller, Mark, Records, RecordsError, documents};

pub(super) async fn read(
    records: &Records,
    caller: &Caller,
    permit: &Arc<Permit>,
    question: &HistoryQuestion,
) -> Result<HistoryAnswer, RecordsError> {
    let before = before_version(question)?;
    let (mut chosen, stopped) = names(records, caller, permit, question, before).await?;
    let more = cut(&mut chosen, question.count) || stopped;
    let mut versions: BTreeMap<Version, Vec<Disclosed>> = BTreeMap::new();
    let mut end = None;
    for half in halves(permit) {
        let names: Vec<(RecordId, Version)> = chosen.iter().map(|version| (half, *version)).collect();
        let vault = records.vault(half.compartment())?;
        let disclosed = vault.versions(caller.under(permit), &names).await?;
        if disclosed.len() < names.len()
            && let Some(last) = disclosed.last()
        {
            // The last were too much for one page.
            end = end.max(Some(last.version));
        }
        for disclosed in disclosed {
            versions.entry(disclosed.version).or_default().push(disclosed);
        }
    }
    let more = more || end.is_some();
    chosen.retain(|version| Some(*version) >= end);
    if let Some(end) = end {
        let shown = versions.split_off(&end);
        for left_out in std::mem::replace(&mut versions, shown).into_values() {
            records.leave_out(caller.under(permit), &left_out).await;
        }
    }
    let versions = versions.values().rev().map(|halves| documents::patient(records, permit, halves));
    let next = chosen.last().filter(|_| more).map(|last| Mark::unranked(last.to_string()));
    Ok(HistoryAnswer { versions: versions.collect::<Result<_, _>>()?, next })
}

/// The versions of a page and one more, and whether a vault stopped before. A version was written when the later of its
/// halves was; one of which a half is not there yet is none.
async fn names(
    records: &Records,
    caller: &Caller,
    permit: &Arc<Permit>,
    question: &HistoryQuestion,
    before: Option<Version>,
) -> Result<(Vec<Version>, bool), RecordsError> {
    let mut written: BTreeMap<Version, Timestamp> = BTreeMap::new();
    let (mut end, mut newest) = (None, None);
    for half in halves(permit) {
        let limit = question.count.saturating_add(1);
        let timeline = Timeline { of: Of::Record(half, before), since: None, limit };
        let vault = records.vault(half.compartment())?;
        let page = vault.timeline(caller.under(permit), timeline).await?;
        end = end.max(page.next.map(|last| last.version));
        let first = page.found.iter().map(|moment| moment.version).max();
        newest = Some(newest.map_or(first, |whole: Option<Version>| whole.min(first)));
        for moment in page.found {
            let at = written.entry(moment.version).or_insert(moment.recorded_at);
            *at = moment.recorded_at.max(*at);
        }
    }
    let since = |at: &Timestamp| question.since.is_none_or(|since| *at >= since);
    let whole = |version: &Version| newest.flatten().is_some_and(|newest| *version <= newest);
    let chosen =
        written.iter().rev().filter(|(version, at)| Some(**version) >= end && whole(version) && since(at));
    Ok((chosen.map(|(version, _)| *version).collect(), end.is_some()))
}
