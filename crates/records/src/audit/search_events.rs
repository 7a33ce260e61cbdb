//! Searching the ledger: whose log, and before which time, narrows; the rest is compared on opened entries.

use jiff::Timestamp;
use tacenda_contracts::{entry::Entry, keystore::Subject};
use tacenda_fhir::{
    Criterion, Issue, IssueCode, ReferenceTarget, ReferenceValue, ResourceType, SearchValue, Target,
};
use tacenda_kernel::{Action, Role};

use super::{
    audit_event::audit_event,
    id::EntryId,
    log::{Log, Read},
    read_event::resource,
};
use crate::{Caller, Mark, Records, RecordsError, SearchAnswer, SearchQuestion, ids::Ids};

/// Entries opened at a time.
const AT_A_TIME: u32 = 200;
/// Entries opened for one page. Whoever asks goes on from there.
const MOST_OPENED: usize = 5_000;

/// The events that match, newest first: the ledger's order is that in which they became durable.
pub(crate) async fn search(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<SearchAnswer, RecordsError> {
    let subject = records.heard(caller, Action::Audit, subject_of(records, caller, question)).await?;
    let criteria: Vec<Criterion> =
        question.criteria.iter().map(|criterion| comparable(records, criterion)).collect();
    let log = Log::open(records, caller, subject).await?;
    if let Some(named) = named(&criteria) {
        return among(records, &log, &criteria, named, question).await;
    }
    let (from, until) = period(&criteria);
    let mut before = match &question.after {
        Some(last) => Some(EntryId::parse(&last.id).ok_or(RecordsError::NotFound)?.position),
        None => log.end_of(until).await?,
    };
    let (mut answer, mut opened) = (SearchAnswer::default(), 0);
    loop {
        let page = log.before(before, AT_A_TIME).await?;
        let whole = page.len() == AT_A_TIME as usize;
        for read in &page {
            if Log::is_past(read, from) {
                return Ok(answer);
            }
            (before, opened) = (Some(read.id.position), opened + 1);
            if matches(records, &log, &criteria, read)? {
                answer.matches.push(resource(records, &log.permit, read)?);
            }
            if answer.matches.len() >= question.count as usize || opened >= MOST_OPENED {
                answer.next = Some(Mark::unranked(read.id.to_string()));
                return Ok(answer);
            }
        }
        if !whole {
            return Ok(answer);
        }
    }
}

/// A page of those of the named entries that match.
async fn among(
    records: &Records,
    log: &Log<'_>,
    criteria: &[Criterion],
    named: Vec<EntryId>,
    question: &SearchQuestion,
) -> Result<SearchAnswer, RecordsError> {
    let mut answer = SearchAnswer::default();
    let before = match &question.after {
        Some(last) => EntryId::parse(&last.id).ok_or(RecordsError::NotFound)?.position,
        None => u64::MAX,
    };
    let mut last = None;
    for id in named.into_iter().filter(|id| id.position < before) {
        if answer.matches.len() >= question.count as usize {
            answer.next = last.map(|last: EntryId| Mark::unranked(last.to_string()));
            break;
        }
        last = Some(id);
        if let Some(read) = log.at(id.position).await?
            && read.id == id
            && matches(records, log, criteria, &read)?
        {
            answer.matches.push(resource(records, &log.permit, &read)?);
        }
    }
    Ok(answer)
}

fn matches(
    records: &Records,
    log: &Log<'_>,
    criteria: &[Criterion],
    read: &Read,
) -> Result<bool, RecordsError> {
    // Of what does not open nothing is known, so that it may be what is looked for.
    let Some(opened) = &read.opened else { return Ok(true) };
    let event = audit_event(records, &log.permit, read)?;
    let fits =
        |criterion| Criterion::matches(criterion, &event) || names(records, log, criterion, &opened.entry);
    Ok(criteria.iter().all(fits))
}

/// Whether `entity` asks for a record that the entry names. The event names it by its type, where that is known: an entry
/// about a failure, and one that was sealed before entries had types, has none.
fn names(records: &Records, log: &Log<'_>, criterion: &Criterion, entry: &Entry) -> bool {
    let named = |value: &SearchValue| match value {
        SearchValue::Reference(ReferenceValue { kind, target: ReferenceTarget::Id(id) }) => {
            let asked = records.ids.record(log.permit.claims().realm, id).ok().map(|named| named.record);
            let is_of = |known: &str| kind.is_none_or(|kind| kind.as_str() == known);
            entry.records.iter().enumerate().any(|(place, touched)| {
                Some(touched.record) == asked && entry.kind_of(place).is_none_or(is_of)
            })
        }
        _ => false,
    };
    criterion.parameter.name == "entity" && criterion.values.iter().any(named)
}

/// Whose log is searched: a patient's own need not be named, and without any name it is the log about nobody.
fn subject_of(
    records: &Records,
    caller: &Caller,
    question: &SearchQuestion,
) -> Result<Subject, RecordsError> {
    let mut subjects = Vec::new();
    for criterion in &question.criteria {
        for value in &criterion.values {
            match (criterion.parameter.name, value) {
                ("_id", SearchValue::Id(id)) => {
                    subjects.push(EntryId::parse(id).ok_or(RecordsError::NotFound)?.subject());
                }
                (_, SearchValue::Id(text)) => subjects.push(records.patient_named(text)?),
                ("entity", SearchValue::Reference(reference)) => {
                    let named = subject_named(records, caller, reference)?;
                    subjects.extend(named.filter(|subject| *subject != Subject::Nobody));
                }
                _ => {}
            }
        }
    }
    match subjects.first().copied() {
        None if caller.actor.role == Role::Patient => Ok(Subject::Own),
        None => Ok(Subject::Nobody),
        Some(first) if subjects.iter().all(|other| *other == first) => Ok(first),
        Some(_) => Err(one_log()),
    }
}

/// Whose a patient or a record is that a reference names.
fn subject_named(
    records: &Records,
    caller: &Caller,
    reference: &ReferenceValue,
) -> Result<Option<Subject>, RecordsError> {
    let (kind, id) = match &reference.target {
        ReferenceTarget::Id(id) => (reference.kind, id.as_str()),
        ReferenceTarget::Url(url) => match Target::parse(url, &records.base_url) {
            Target::Local { resource_type, id, .. } => (Some(resource_type), id),
            _ => return Ok(None),
        },
    };
    if kind == Some(ResourceType::Patient) {
        return Ids::patient(id).map(Some);
    }
    let of_record = records.ids.record(caller.actor.role.realm(), id).map(|named| named.subject);
    Ok(of_record.or_else(|_| Ids::patient(id)).ok())
}

/// The criterion with this server's own URLs as what is derived from the ledger writes them.
pub(crate) fn comparable(records: &Records, criterion: &Criterion) -> Criterion {
    let mut criterion = criterion.clone();
    for value in &mut criterion.values {
        if let SearchValue::Reference(ReferenceValue { target, kind }) = value
            && let ReferenceTarget::Url(url) = &*target
            && let Target::Local { resource_type, id, .. } = Target::parse(url, &records.base_url)
        {
            *kind = Some(resource_type);
            *target = ReferenceTarget::Id(id.to_owned());
        }
    }
    criterion
}

/// The entries that `_id` names: those that every such criterion does. None where there is no such criterion.
fn named(criteria: &[Criterion]) -> Option<Vec<EntryId>> {
    let mut of_each = criteria.iter().filter(|criterion| criterion.parameter.name == "_id").map(ids);
    let mut first = of_each.next()?;
    for others in of_each {
        first.retain(|id| others.contains(id));
    }
    first.sort_unstable_by_key(|id| std::cmp::Reverse(id.position));
    first.dedup();
    Some(first)
}

fn ids(criterion: &Criterion) -> Vec<EntryId> {
    let id = |value: &SearchValue| match value {
        SearchValue::Id(id) => EntryId::parse(id),
        _ => None,
    };
    criterion.values.iter().filter_map(id).collect()
}

/// From when until when every match is.
fn period(criteria: &[Criterion]) -> (Timestamp, Timestamp) {
    let both = |(from, until): (Timestamp, Timestamp), (other_from, other_until): (Timestamp, Timestamp)| {
        (from.max(other_from), until.min(other_until))
    };
    criteria.iter().filter_map(Criterion::period).fold((Timestamp::MIN, Timestamp::MAX), both)
}

fn one_log() -> RecordsError {
    let reason = "patient: a search of the audit log is about one patient, or about nobody; search for each";
    RecordsError::Invalid(vec![Issue::new(IssueCode::NotSupported, reason)])
}
