//! Table `compartment_keys`: the wrapped keys that wrap patient keys.

use jiff::Timestamp;
use tacenda_crypto::KeyGeneration;
use tacenda_postgres::{Database, Transaction};
use tokio_postgres::Row;

use super::patient_keys::WrappedKey;
use crate::{error::StoreError, slot::KeySlot};

const KEEP: &str = "insert into compartment_keys (compartment, key_version, wrapped, created_at) \
     values ($1, $2, $3, $4) returning compartment";

/// Keeps a new compartment key.
pub(crate) async fn keep(
    transaction: &Transaction<'_>,
    key: &WrappedKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = transaction.query_opt(KEEP, &[&key.slot.as_str(), &key.version, &key.wrapped, &now]).await?;
    row.map(drop).ok_or(StoreError::NotWritten)
}

const ALL: &str = "select compartment, key_version, wrapped from compartment_keys order by key_version";

/// Every compartment key, oldest version first.
pub(crate) async fn all(database: &Database) -> Result<Vec<WrappedKey>, StoreError> {
    let rows = database.lanes().query(ALL, &[]).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        keys.push(read(row).ok_or_else(|| StoreError::DamagedKeyOf("a compartment key".to_owned()))?);
    }
    Ok(keys)
}

fn read(row: &Row) -> Option<WrappedKey> {
    let slot = KeySlot::named(row.try_get(0).ok()?)?;
    let (version, wrapped) = (row.try_get(1).ok()?, row.try_get(2).ok()?);
    Some(WrappedKey { slot, version, generation: KeyGeneration::FIRST, wrapped })
}
