//! Reading one derived Provenance.

use tacenda_contracts::origin::{OriginFilter, OriginQuery};
use tacenda_kernel::{Action, Version};

use super::{
    id::VersionId,
    resource::{Derived, tells_actors},
};
use crate::{
    Caller, Records, RecordsError, Resource,
    ids::half_of_patient,
    operations::read_patient::{HALVES, permit},
};

/// The Provenance of a version. The permit that it takes is that to read the history.
pub(crate) async fn read(
    records: &Records,
    caller: &Caller,
    id: VersionId<'_>,
    version: Option<Version>,
) -> Result<Resource, RecordsError> {
    let (permit, record) = if id.of_patient {
        let permit = permit(records, caller, Action::History, id.id).await?;
        let half = HALVES.into_iter().find_map(|half| half_of_patient(&permit, half));
        (permit, half.ok_or(RecordsError::NotFound)?)
    } else {
        let (named, permit) = records.permit_for(caller, Action::History, id.id).await?;
        (permit, named.record)
    };
    // Its one version is the first.
    if version.is_some_and(|version| version != Version::FIRST) {
        return Err(records.refused(caller, Action::History, RecordsError::NotFound).await);
    }
    let shown = OriginFilter { tells_actors: tells_actors(&permit), ..OriginFilter::default() };
    let query = OriginQuery { record: Some(record), version: Some(id.version), after: None, limit: 1, shown };
    let origins = records.vault(record.compartment())?.origins(caller.under(&permit), query).await?;
    let derived =
        origins.found.first().map(|origin| Derived::of(records, &permit, origin)).transpose()?.flatten();
    derived.map(Derived::resource).ok_or(RecordsError::NotFound)
}
