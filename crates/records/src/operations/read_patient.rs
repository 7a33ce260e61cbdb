//! Reading a Patient: two records in two vaults, put together for those who may see both.

use std::sync::Arc;

use futures::future::join_all;
use tacenda_contracts::{permit::Permit, vault::Disclosed};
use tacenda_fhir::Excerpt;
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId, Version};

use crate::{
    Caller, Records, RecordsError, Resource, documents,
    ids::{Ids, half_of_patient},
    vault_client::UnderPermit,
};

/// The vaults that hold a patient's halves.
pub(crate) const HALVES: [Compartment; 2] = [Compartment::Contact, Compartment::Identity];

pub(super) async fn read(
    records: &Records,
    caller: &Caller,
    id: &str,
    version: Option<Version>,
    excerpt: &Excerpt,
) -> Result<Resource, RecordsError> {
    let permit = permit(records, caller, Action::Read, id).await?;
    let asked = caller.under_for(&permit, excerpt);
    let found = each(records, asked, halves(&permit), version).await?;
    documents::patient(records, &permit, &of_one_version(records, asked, found).await?)
}

/// The halves as they are, or as they were before a change that became visible in one vault and not yet in the other:
/// nobody writes one without the other. Of a half that was read too new nothing is shown, and the ledger is told that.
pub(super) async fn of_one_version(
    records: &Records,
    asked: UnderPermit<'_>,
    found: Vec<Disclosed>,
) -> Result<Vec<Disclosed>, RecordsError> {
    let versions = found.iter().map(|half| half.version);
    match (versions.clone().min(), versions.max()) {
        (Some(older), Some(newer)) if older != newer => {
            let (newer, mut whole): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|half| half.version != older);
            let again = newer.iter().map(|half| half.record).collect();
            records.leave_out(asked, &newer).await;
            whole.extend(each(records, asked, again, Some(older)).await?);
            whole.sort_by_key(|half| half.record.compartment());
            Ok(whole)
        }
        _ => Ok(found),
    }
}

async fn each(
    records: &Records,
    asked: UnderPermit<'_>,
    halves: Vec<RecordId>,
    version: Option<Version>,
) -> Result<Vec<Disclosed>, RecordsError> {
    let each = halves.into_iter().map(|half| async move {
        records.vault(half.compartment())?.read(asked, half, version).await.map_err(RecordsError::from)
    });
    // Where one refuses, the other is waited for: what it disclosed is to be known.
    join_all(each).await.into_iter().collect()
}

/// A permit for the patient with that id, in whichever of the two vaults the caller may do this.
pub(crate) async fn permit(
    records: &Records,
    caller: &Caller,
    action: Action,
    id: &str,
) -> Result<Arc<Permit>, RecordsError> {
    let subject = match Ids::patient(id) {
        Ok(subject) => subject,
        Err(error) => return Err(records.refused(caller, action, error).await),
    };
    records.permits.get(caller, action, subject, HALVES.into_iter().collect::<CompartmentSet>()).await
}

/// The records of the halves that the permit opens.
pub(super) fn halves(permit: &Permit) -> Vec<RecordId> {
    HALVES.into_iter().filter_map(|compartment| half_of_patient(permit, compartment)).collect()
}
