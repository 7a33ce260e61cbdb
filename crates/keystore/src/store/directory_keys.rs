//! Table `directory_keys`: the one key of the directory's rows.

use tacenda_kernel::Compartment;
use tacenda_postgres::Database;

use super::patient_keys::WrappedKey;
use crate::{error::StoreError, slot::KeySlot};

const KEEP: &str = "insert into directory_keys (key_version, wrapped) values ($1, $2) on conflict do nothing";
const KEPT: &str = "select key_version, wrapped from directory_keys";

/// The directory's key: `mine` in a new database.
pub(crate) async fn first(
    database: &Database,
    mine: impl FnOnce() -> Result<WrappedKey, StoreError>,
) -> Result<WrappedKey, StoreError> {
    if let Some(kept) = kept(database).await? {
        return Ok(kept);
    }
    let mine = mine()?;
    database.lanes().query(KEEP, &[&mine.version, &mine.wrapped]).await?;
    kept(database).await?.ok_or(StoreError::Malformed)
}

async fn kept(database: &Database) -> Result<Option<WrappedKey>, StoreError> {
    let rows = database.lanes().query(KEPT, &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let slot = KeySlot::Vault(Compartment::Directory);
    Ok(Some(WrappedKey { slot, version: row.try_get(0)?, wrapped: row.try_get(1)? }))
}
