//! Reading one AuditEvent.

use jiff::Timestamp;
use tacenda_contracts::permit::Permit;
use tacenda_kernel::{Action, Phi, Version};

use super::{
    audit_event::audit_event,
    id::EntryId,
    log::{Log, Read},
};
use crate::{Caller, Records, RecordsError, Resource};

/// The event with that id. It has one version, for ever.
pub(crate) async fn read(
    records: &Records,
    caller: &Caller,
    id: &str,
    version: Option<Version>,
) -> Result<Resource, RecordsError> {
    let (log, read) = open(records, caller, id).await?;
    if version.is_some_and(|version| version != Version::FIRST) {
        return Err(RecordsError::NotFound);
    }
    resource(records, &log.permit, &read)
}

/// The entry that an id names, in its log.
pub(super) async fn open<'a>(
    records: &'a Records,
    caller: &Caller,
    id: &str,
) -> Result<(Log<'a>, Read), RecordsError> {
    let Some(id) = EntryId::parse(id) else {
        return Err(records.refused(caller, Action::Audit, RecordsError::NotFound).await);
    };
    let log = Log::open(records, caller, id.subject()).await?;
    let read = log.at(id.position).await?.ok_or(RecordsError::NotFound)?;
    Ok((log, read))
}

pub(super) fn resource(records: &Records, permit: &Permit, read: &Read) -> Result<Resource, RecordsError> {
    let event = audit_event(records, permit, read)?;
    Ok(Resource {
        id: read.id.to_string(),
        version: Version::FIRST,
        // What does not open says no time.
        last_updated: read.opened.as_ref().map_or(Timestamp::UNIX_EPOCH, |opened| opened.entry.at),
        body: Some(Phi::new(event.to_string().into_bytes())),
    })
}
