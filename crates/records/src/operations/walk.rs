//! A page out of several vaults: one after the other, until it is full.

use tacenda_contracts::{
    permit::Permit,
    vault::{Disclosed, Query},
};
use tacenda_kernel::{Compartment, RecordId};

use super::named::bytes;
use crate::{Records, RecordsError, vault_client::UnderPermit};

/// Bytes of a page after which no other vault is asked.
const MOST_BYTES: usize = 1 << 20;

/// What was found, and whether there may be more.
pub(super) struct Walked {
    pub(super) found: Vec<Disclosed>,
    pub(super) rest: Rest,
}

/// What was not looked at.
pub(super) enum Rest {
    /// Everything was.
    Nothing,
    /// What comes after this record.
    After(RecordId),
    /// There was no room for any of it.
    All,
}

impl Walked {
    /// The public id that was looked at last, where there may be more.
    pub(super) fn next(&self, records: &Records, permit: &Permit) -> Result<Option<String>, RecordsError> {
        match self.rest {
            Rest::After(record) => Ok(Some(records.ids.public(permit, record)?.to_string())),
            Rest::Nothing | Rest::All => Ok(None),
        }
    }
}

/// Asks the vaults in their order, from after a record on, for at most so many.
pub(super) async fn walk(
    records: &Records,
    asking: UnderPermit<'_>,
    asked: Vec<(Compartment, Query)>,
    mut after: Option<RecordId>,
    count: u32,
) -> Result<Walked, RecordsError> {
    let mut walked = Walked { found: Vec::new(), rest: Rest::Nothing };
    for (compartment, query) in asked {
        if after.is_some_and(|record| record.compartment() > compartment) {
            continue;
        }
        let limit = count.saturating_sub(u32::try_from(walked.found.len()).unwrap_or(u32::MAX));
        if limit == 0 || bytes(&walked.found) >= MOST_BYTES {
            // The page is full, and this vault has not been asked.
            walked.rest = walked.found.last().map_or(Rest::All, |last| Rest::After(last.record));
            break;
        }
        let after = after.take_if(|record| record.compartment() == compartment);
        let found = records.vault(compartment)?.search(asking, Query { after, limit, ..query }).await?;
        walked.found.extend(found.matches);
        if let Some(next) = found.next {
            walked.rest = Rest::After(next);
            break;
        }
    }
    Ok(walked)
}
