//! Table `master_keys`: the one wrapped secret from which every derived key follows.

use jiff::Timestamp;
use tacenda_postgres::{Database, Transaction};

use crate::error::StoreError;

/// The master secret as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrappedMaster {
    /// By what its root key is recognised.
    pub(crate) root_check: Vec<u8>,
    /// The secret, sealed.
    pub(crate) wrapped: Vec<u8>,
}

const KEPT: &str = "select root_check, wrapped from master_keys";

/// The master secret, where it was made.
pub(crate) async fn kept(database: &Database) -> Result<Option<WrappedMaster>, StoreError> {
    let Some(row) = database.lanes().query_opt(KEPT, &[]).await? else { return Ok(None) };
    match (row.try_get(0), row.try_get(1)) {
        (Ok(root_check), Ok(wrapped)) => Ok(Some(WrappedMaster { root_check, wrapped })),
        _ => Err(StoreError::DamagedKeyOf("the master key".to_owned())),
    }
}

const KEEP: &str = "insert into master_keys (root_check, wrapped, created_at) values ($1, $2, $3) \
     on conflict do nothing returning singleton";

/// Keeps a new one, with whatever else the transaction makes; false where another instance was faster.
pub(crate) async fn keep(
    transaction: &Transaction<'_>,
    master: &WrappedMaster,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = transaction.query_opt(KEEP, &[&master.root_check, &master.wrapped, &now]).await?;
    Ok(row.is_some())
}
