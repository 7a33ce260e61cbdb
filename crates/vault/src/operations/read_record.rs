//! Reading one record: fetch the sealed row, open it, record that in the ledger, disclose.

use std::sync::Arc;

use tacenda_contracts::{
    permit::Opening,
    vault::{Disclosed, VaultError},
};
use tacenda_kernel::{Compartment, RecordId, Version};
use tacenda_postgres::{Batcher, BatcherOptions, Database};

use crate::{
    error::from_batch,
    service::Vault,
    session::Session,
    store::{records, rows::StoredRow, versions},
};

/// A row, where there is one; of a damaged one only who asked for it hears.
pub(crate) type Looked = Result<Option<StoredRow>, VaultError>;

/// Concurrent reads share a round trip. One is under way at a time: the fewer, the fuller, and the cheaper each read.
pub(crate) fn batcher(
    database: &Arc<Database>,
    compartment: Compartment,
) -> Batcher<RecordId, Looked, VaultError> {
    let database = Arc::clone(database);
    let options = BatcherOptions { workers: 1, max_batch: 64, queue: 4096 };
    Batcher::start(options, move |asked: Vec<RecordId>| {
        let database = Arc::clone(&database);
        async move {
            let found = records::current_of_each(&database, compartment, &asked).await?;
            // Two callers may have asked for the same record.
            Ok(asked.iter().map(|record| found.get(record).cloned().transpose()).collect())
        }
    })
}

/// Reads the current version or the one asked for.
pub(crate) async fn read(
    session: &Session<'_>,
    record: RecordId,
    version: Option<Version>,
) -> Result<Disclosed, VaultError> {
    let vault = session.vault;
    let row = match version {
        None => vault.reads.submit(record).await.map_err(from_batch)??,
        Some(version) => {
            versions::among(&vault.database, vault.compartment, &[(record, version)]).await?.pop()
        }
    };
    let Some(row) = row.filter(|row| row.header.patient == session.opening.patient) else {
        return Err(session.failed(VaultError::NotFound, Vec::new()).await);
    };
    let opened = session.open_named(vec![row]).await?;
    let disclosed = session.disclose_opened(opened).await?.pop().ok_or(VaultError::Unavailable)?;
    if disclosed.document.is_none() {
        return Err(VaultError::Gone(disclosed.version));
    }
    Ok(disclosed)
}

/// Which records the patient has. Opens nothing.
pub(crate) async fn exist(
    vault: &Vault,
    opening: &Opening,
    asked: &[RecordId],
) -> Result<Vec<bool>, VaultError> {
    let found = records::existing(&vault.database, opening.patient, asked).await?;
    Ok(asked.iter().map(|record| found.contains(record)).collect())
}
