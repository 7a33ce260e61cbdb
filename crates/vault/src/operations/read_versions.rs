//! A history in two steps: which versions there are, by name, and then those of them that are shown. So no version is
//! opened, and none recorded as disclosed, that the page does not have.

use tacenda_contracts::{
    timeline::{Moment, Of, Timeline},
    vault::{Disclosed, VaultError},
};
use tacenda_kernel::{RecordId, Version};

use super::search_records::tokens_of;
use crate::{session::Session, store::versions};

/// More than any page a caller may ask for.
const MOST: u32 = 1_000;

/// The names of versions, newest first. Opens nothing.
pub(crate) async fn timeline(session: &Session<'_>, asked: Timeline) -> Result<Vec<Moment>, VaultError> {
    let (database, patient) = (&session.vault.database, session.opening.patient);
    let limit = asked.limit.min(MOST);
    match asked.of {
        Of::Record(record, before) => {
            let found = versions::of_record(database, patient, record, asked.since, before, limit).await?;
            if found.is_empty() && asked.since.is_none() && before.is_none() {
                return Err(session.failed(VaultError::NotFound, Vec::new()).await);
            }
            Ok(found)
        }
        Of::Any(terms, before) => {
            let tokens = tokens_of(session.vault, patient, &terms);
            versions::of_any(database, patient, &tokens, asked.since, before, limit).await
        }
    }
}

/// Versions by their names, in the order asked. Those that the patient has not are left out.
pub(crate) async fn versions(
    session: &Session<'_>,
    asked: &[(RecordId, Version)],
) -> Result<Vec<Disclosed>, VaultError> {
    let vault = session.vault;
    let mut rows = versions::among(&vault.database, vault.compartment, asked).await?;
    rows.retain(|row| row.header.patient == session.opening.patient);
    let place = |name: &(RecordId, Version)| asked.iter().position(|one| one == name);
    rows.sort_by_key(|row| place(&(row.header.record, row.header.version)));
    session.disclose(rows).await
}
