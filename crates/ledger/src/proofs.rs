//! Proofs from stored hashes: at most a few hundred of them, whatever the tree's size.

use tacenda_contracts::ledger::LedgerError;
use tacenda_postgres::{Database, DatabaseError};

use crate::{
    error::unavailable,
    store::tiles,
    tree::{Hash, Plan, Subtree, empty_root},
};

/// The root of the first `size` entries; none where some are missing.
pub(crate) async fn root(database: &Database, size: u64) -> Result<Option<Hash>, DatabaseError> {
    if size == 0 {
        return Ok(Some(empty_root()));
    }
    let proof = fold(database, &Plan::root(size)).await?;
    Ok(proof.and_then(|hashes| hashes.first().copied()))
}

/// RFC 6962 §2.1.1.
pub(crate) async fn inclusion(
    database: &Database,
    position: u64,
    size: u64,
) -> Result<Vec<Hash>, LedgerError> {
    let plan = Plan::inclusion(position, size).ok_or(LedgerError::Unavailable)?;
    fold(database, &plan).await.map_err(unavailable)?.ok_or(LedgerError::Unavailable)
}

/// RFC 6962 §2.1.2.
pub(crate) async fn consistency(database: &Database, from: u64, to: u64) -> Result<Vec<Hash>, LedgerError> {
    let plan = Plan::consistency(from, to).ok_or(LedgerError::Unavailable)?;
    fold(database, &plan).await.map_err(unavailable)?.ok_or(LedgerError::Unavailable)
}

async fn fold(database: &Database, plan: &Plan) -> Result<Option<Vec<Hash>>, DatabaseError> {
    let subtrees: Vec<Subtree> = plan.subtrees().collect();
    let roots = tiles::roots(database, &subtrees).await?;
    Ok(roots.and_then(|roots| plan.fold(&roots)))
}
