//! Staging a saga's writes: durable, announced, invisible, and their records locked.

use tacenda_contracts::{
    keystore::SagaId,
    vault::{VaultError, Write, Written},
};

use super::write_records::{seal, written};
use crate::{session::Session, store::staged};

/// Stages, all or none.
pub(crate) async fn stage(
    session: &Session<'_>,
    saga: SagaId,
    writes: Vec<Write>,
) -> Result<Vec<Written>, VaultError> {
    let staged = async {
        let rows = seal(session, writes).await?;
        staged::stage(&session.vault.database, saga, &rows).await?;
        Ok(rows)
    };
    let rows = match staged.await {
        Ok(rows) => rows,
        Err(error) => return Err(session.failed(error, Vec::new()).await),
    };
    // CRASH: staged and not announced: nothing is visible, and recovery discards it.
    session.announce_writes(&rows).await?;
    Ok(rows.iter().map(written).collect())
}
