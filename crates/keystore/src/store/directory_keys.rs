//! Table `directory_keys`: the one key of the directory's rows.

use tacenda_crypto::KeyGeneration;
use tacenda_kernel::Compartment;
use tacenda_postgres::{Database, Transaction};

use super::patient_keys::WrappedKey;
use crate::{error::StoreError, slot::KeySlot};

const KEEP: &str = "insert into directory_keys (key_version, wrapped) values ($1, $2) returning singleton";

/// Keeps the directory's new key.
pub(crate) async fn keep(transaction: &Transaction<'_>, key: &WrappedKey) -> Result<(), StoreError> {
    let row = transaction.query_opt(KEEP, &[&key.version, &key.wrapped]).await?;
    row.map(drop).ok_or(StoreError::NotWritten)
}

const KEPT: &str = "select key_version, wrapped from directory_keys";

/// The directory's key, where it was made.
pub(crate) async fn kept(database: &Database) -> Result<Option<WrappedKey>, StoreError> {
    let Some(row) = database.lanes().query_opt(KEPT, &[]).await? else { return Ok(None) };
    let slot = KeySlot::Vault(Compartment::Directory);
    match (row.try_get(0), row.try_get(1)) {
        (Ok(version), Ok(wrapped)) => {
            Ok(Some(WrappedKey { slot, version, generation: KeyGeneration::FIRST, wrapped }))
        }
        _ => Err(StoreError::DamagedKeyOf("the directory's own key".to_owned())),
    }
}
