//! Reading one derived Provenance.

use tacenda_contracts::origin::OriginQuery;
use tacenda_kernel::{Action, Version};

use super::{id::VersionId, resource::Derived};
use crate::{
    Caller, Records, RecordsError, Resource,
    ids::half_of_patient,
    operations::read_patient::{HALVES, permit},
};

/// More versions than a record has, mostly.
const AT_A_TIME: u32 = 200;

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
    let vault = records.vault(record.compartment())?;
    let mut query = OriginQuery { record: Some(record), before: None, limit: AT_A_TIME };
    loop {
        let origins = vault.origins(caller.under(&permit), query).await?;
        let wanted = |touched: &tacenda_contracts::entry::Touched| touched.version == id.version;
        let found = origins.found.iter().find(|origin| origin.entry.records.first().is_some_and(wanted));
        let derived = found.map(|origin| Derived::of(records, &permit, origin)).transpose()?.flatten();
        match (derived, origins.next) {
            (Some(derived), _) if version.is_none_or(|version| version == Version::FIRST) => {
                return Ok(derived.resource());
            }
            (None, Some(next)) => query.before = Some(next),
            _ => return Err(RecordsError::NotFound),
        }
    }
}
