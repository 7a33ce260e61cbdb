//! Fetching records by name for somebody who follows references: what they may not see is not there.

use std::{collections::BTreeSet, sync::Arc};

use tacenda_contracts::{
    keystore::Subject,
    permit::Permit,
    vault::{Disclosed, Query},
};
use tacenda_fhir::{ResourceType, Term};
use tacenda_kernel::{Action, Compartment, CompartmentSet, Kinds, RecordId};

use crate::{Caller, Records, RecordsError, documents};

/// As many as a vault finds at a time.
const AT_A_TIME: usize = 1_000;

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
    permit: &'a Permit,
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
    permit: &Permit,
    names: &BTreeSet<RecordId>,
    kinds: &[ResourceType],
) -> Result<Vec<Disclosed>, RecordsError> {
    let mut found = Vec::new();
    let Some(compartment) = names.first().map(|record| record.compartment()) else { return Ok(found) };
    let query = of_types(covered(permit, compartment, kinds));
    if query.terms.iter().any(Vec::is_empty) {
        return Ok(found);
    }
    let names: Vec<RecordId> = names.iter().copied().collect();
    for names in names.chunks(AT_A_TIME) {
        let limit = u32::try_from(names.len()).unwrap_or(u32::MAX);
        let asked = Query { only: names.to_vec(), limit, ..query.clone() };
        found.extend(records.vault(compartment)?.search(caller.under(permit), asked).await?.matches);
    }
    Ok(found)
}

/// Whether the scopes of the caller's token leave anything of these types to search for.
pub(super) fn in_scope(caller: &Caller, kinds: &[ResourceType]) -> bool {
    let left = caller.actor.narrowing.as_ref().map(|narrowing| narrowing.kinds(Action::Search, true));
    let left = left.unwrap_or(Kinds::All);
    kinds.iter().any(|kind| left.cover(kind.as_str()))
}
