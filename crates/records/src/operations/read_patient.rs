//! Reading a Patient: two records in two vaults, put together for those who may see both.

use std::sync::Arc;

use futures::future::try_join_all;
use tacenda_contracts::permit::Permit;
use tacenda_fhir::Excerpt;
use tacenda_kernel::{Action, Compartment, CompartmentSet, RecordId, Version};

use crate::{
    Caller, Records, RecordsError, Resource, documents,
    ids::{Ids, half_of_patient},
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
    let halves = try_join_all(halves(&permit).into_iter().map(|half| {
        let permit = &permit;
        async move {
            records
                .vault(half.compartment())?
                .read(caller.under_for(permit, excerpt), half, version)
                .await
                .map_err(RecordsError::from)
        }
    }))
    .await?;
    documents::patient(records, &permit, &halves)
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
