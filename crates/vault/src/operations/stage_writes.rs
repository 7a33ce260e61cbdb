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

/// Which entries announced what a saga has staged.
pub(crate) async fn staged_at(vault: &Vault, saga: SagaId) -> Result<Vec<u64>, VaultError> {
    let staged = staged::of_saga(&vault.database, saga).await?;
    let mut positions: Vec<u64> = staged
        .into_iter()
        .filter_map(|(record, version, announced)| vault.link_key.announced_at(record, version, announced))
        .collect();
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}

/// Makes what a saga has staged visible.
pub(crate) async fn promote(vault: &Vault, saga: SagaId) -> Result<(), VaultError> {
    staged::promote(&vault.database, saga).await?;
    // CRASH: promoted, and the log still has the saga: the next one finds nothing staged, and ends it.
    tacenda_kernel::crash::at("saga-promoted");
    Ok(())
}
