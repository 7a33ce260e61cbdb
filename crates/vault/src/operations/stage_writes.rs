//! Staging a saga's writes: durable, announced, invisible, and their records locked.

use tacenda_contracts::{
    keystore::SagaId,
    vault::{VaultError, Write, Written},
};

use super::write_records::{seal, written};
use crate::{service::Vault, session::Session, store::staged};

/// Stages, all or none.
pub(crate) async fn stage(
    session: &Session<'_>,
    saga: SagaId,
    writes: Vec<Write>,
) -> Result<Vec<Written>, VaultError> {
    let mut rows = match seal(session, writes).await {
        Ok(rows) => rows,
        Err(error) => return Err(session.failed(error, Vec::new()).await),
    };
    let announced = session.announce_writes(&mut rows).await?;
    // CRASH: announced and not staged: settling finds nothing and marks it abandoned.
    tacenda_kernel::crash::at("stage-announced");
    match staged::stage(&session.vault.database, saga, &rows).await {
        Ok(()) => Ok(written(&rows, &announced)),
        Err(VaultError::Unavailable) => Err(VaultError::Unavailable),
        Err(error) => Err(session.abandoned(error, &announced).await),
    }
}

/// Makes what a saga has staged visible, and tells the ledger that it is there.
pub(crate) async fn promote(vault: &Vault, saga: SagaId) -> Result<(), VaultError> {
    let promoted = staged::promote(&vault.database, saga).await?;
    let mut positions: Vec<u64> = promoted
        .into_iter()
        .filter_map(|(record, version, announced)| vault.link_key.announced_at(record, version, announced))
        .collect();
    positions.sort_unstable();
    positions.dedup();
    // CRASH: promoted, and the ledger not told: settling finds the rows and says so.
    tacenda_kernel::crash::at("saga-promoted");
    vault.ledger.arrived(&positions).await;
    Ok(())
}
