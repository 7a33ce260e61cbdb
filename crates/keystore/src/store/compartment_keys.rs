//! Table `compartment_keys`: the wrapped keys that wrap patient keys.

use jiff::Timestamp;
use tacenda_postgres::Database;

use super::patient_keys::WrappedKey;
use crate::{error::StoreError, slot::KeySlot};

const KEEP: &str = "insert into compartment_keys (compartment, key_version, wrapped, created_at) \
     values ($1, $2, $3, $4) on conflict do nothing";

/// Keeps a new compartment key, unless another instance was faster.
pub(crate) async fn keep(database: &Database, key: &WrappedKey, now: Timestamp) -> Result<(), StoreError> {
    database.lanes().query(KEEP, &[&key.slot.as_str(), &key.version, &key.wrapped, &now]).await?;
    Ok(())
}

const ALL: &str = "select compartment, key_version, wrapped from compartment_keys order by key_version";

/// Every compartment key, oldest version first.
pub(crate) async fn all(database: &Database) -> Result<Vec<WrappedKey>, StoreError> {
    let rows = database.lanes().query(ALL, &[]).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: &str = row.try_get(0)?;
        let slot =
            KeySlot::ALL.into_iter().find(|slot| slot.as_str() == name).ok_or(StoreError::Malformed)?;
        keys.push(WrappedKey { slot, version: row.try_get(1)?, wrapped: row.try_get(2)? });
    }
    Ok(keys)
}
