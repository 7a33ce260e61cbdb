//! Fetching records by name for somebody who follows references: what they may not see is not there.

use std::{collections::BTreeSet, sync::Arc};

use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Disclosed, Query},
};
use tacenda_fhir::{Issue, IssueCode, ResourceType, Term};
use tacenda_kernel::{Action, Compartment, CompartmentSet, Kinds, RecordId};

use crate::{Caller, Records, RecordsError, documents};

/// As many as a vault finds at a time.
const AT_A_TIME: usize = 1_000;

/// Bytes of what is referred to from one page.
pub(super) const MOST_BYTES: usize = 6 << 20;

/// How large what was disclosed is.
pub(super) fn bytes(found: &[Disclosed]) -> usize {
    // EXPOSE: only the length is looked at.
    found.iter().filter_map(|one| one.document.as_ref()).map(|document| document.expose().len()).sum()
}

/// What belongs to a page is more than one answer can have.
pub(super) fn too_large() -> RecordsError {
    let reason = "what the resources of a page refer to, or what refers to them, is larger than 6 MB: ask for fewer on a \
                  page by _count";
    RecordsError::Invalid(vec![Issue::new(IssueCode::TooCostly, reason)])
}

/// A permit to follow references there; none where the caller may not, which is in the ledger.
pub(super) async fn permit(
    records: &Records,
    caller: &Caller,
    subject: Subject,
    compartments: CompartmentSet,
) -> Result<Option<Arc<Permit>>, RecordsError> {
    match records.permits.get(caller, Action::Search, subject, compartments).await {
        Ok(permit) => Ok(Some(permit)),
        Err(RecordsError::Forbidden | RecordsError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Those of the types that the permit covers and that a vault can hold. A Patient is none of them: it is two records.
pub(super) fn covered<'a>(
    permit: &'a Arc<Permit>,
    compartment: Compartment,
    kinds: &'a [ResourceType],
) -> impl Iterator<Item = ResourceType> + 'a {
    let opens = permit.opening(compartment).is_some();
    kinds.iter().copied().filter(move |kind| {
        opens
            && *kind != ResourceType::Patient
            && kind.placement().compartments().contains(compartment)
            && permit.claims().kinds.cover(kind.as_str())
    })
}

/// What finds records of any of these types in one vault.
pub(super) fn of_types(kinds: impl Iterator<Item = ResourceType>) -> Query {
    let any = kinds.map(|kind| documents::blindable(Term::of_type(kind))).collect();
    Query { terms: vec![any], ..Query::default() }
}

/// Those of the records of one vault that are there, of these types, and that the permit opens.
pub(super) async fn fetch(
    records: &Records,
    caller: &Caller,
    permit: &Arc<Permit>,
    names: &BTreeSet<RecordId>,
    kinds: &[ResourceType],
) -> Result<Vec<Disclosed>, RecordsError> {
    let mut found = Vec::new();
    let Some(compartment) = names.first().map(|record| record.compartment()) else { return Ok(found) };
    let query = of_types(covered(permit, compartment, kinds));
    if query.terms.iter().any(Vec::is_empty) {
        return Ok(found);
    }
    let asking = match kinds {
        [kind] => caller.under(permit).of_type(*kind),
        _ => caller.under(permit),
    };
    let names: Vec<RecordId> = names.iter().copied().collect();
    for names in names.chunks(AT_A_TIME) {
        let limit = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let mut asked = Query { only: names.to_vec(), limit, ..query.clone() };
        loop {
            let part = records.vault(compartment)?.search(asking, asked.clone()).await?;
            found.extend(part.matches);
            records.rooms.take(&caller.room, bytes(&found)).await?;
            if bytes(&found) > MOST_BYTES {
                return Err(too_large());
            }
            asked.after = part.next;
            if asked.after.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

/// Whether the scopes of the caller's token leave anything of these types to search for.
pub(super) fn in_scope(caller: &Caller, kinds: &[ResourceType]) -> bool {
    let left = caller.actor.narrowing.as_ref().map(|narrowing| narrowing.kinds(Action::Search, true));
    let left = left.unwrap_or(Kinds::All);
    kinds.iter().any(|kind| left.cover(kind.as_str()))
}
