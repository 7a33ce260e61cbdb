//! Making every key that is made once, and opening the master secret of those that were.
//!
//! INVARIANT: keys are made in a database that holds nothing, all of them in one transaction, and never again: a key
//! that is missing is refused by its name, since what it sealed would be lost behind a new one.

use tacenda_crypto::MasterKey;
use tacenda_kernel::{Clock, Random};
use tacenda_postgres::Database;

use crate::{
    error::{OpenError, StoreError},
    inventory::{self, Inventory},
    ring,
    store::{compartment_keys, directory_keys, master_keys},
    unsealer::Unsealer,
};

/// Whether nothing was ever kept in this database, so that keys may be made.
///
/// # Errors
/// [`OpenError::Store`] where it does not answer.
pub async fn is_new(database: &Database) -> Result<bool, OpenError> {
    Ok(inventory::take(database).await?.is_empty())
}

/// Makes the master key, the compartment keys and the directory's key in a database that holds nothing. Where they were
/// made before it changes nothing.
///
/// # Errors
/// [`OpenError::MissingKeys`] where some are there and others are not.
pub async fn make_keys(
    database: &Database,
    unsealer: &dyn Unsealer,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<(), OpenError> {
    let there = inventory::take(database).await?;
    if !there.is_empty() {
        return complete(&there);
    }
    let master = MasterKey::make(random);
    let wrapped = unsealer.wrap(&master, random).await.map_err(OpenError::Unseal)?;
    let wrapped = master_keys::WrappedMaster { root_check: unsealer.check_value().to_vec(), wrapped };
    keep(database, &master, &wrapped, clock, random).await?;
    complete(&inventory::take(database).await?)
}

/// CRASH: before the commit there is no key, and making them begins again; after it all are there.
async fn keep(
    database: &Database,
    master: &MasterKey,
    wrapped: &master_keys::WrappedMaster,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<(), StoreError> {
    let mut client = database.client().await?;
    let transaction = client.transaction().await?;
    if !master_keys::keep(&transaction, wrapped, clock.now()).await? {
        return Ok(transaction.rollback().await?);
    }
    let made = ring::make(master, random)?;
    for key in &made.compartments {
        compartment_keys::keep(&transaction, key, clock.now()).await?;
    }
    directory_keys::keep(&transaction, &made.directory).await?;
    tacenda_kernel::crash::at("keys-commit");
    Ok(transaction.commit().await?)
}

/// Opens the master secret. It makes nothing.
///
/// # Errors
/// [`OpenError::NoKeys`] in a new database, [`OpenError::MissingKeys`] where keys are missing beside others or beside
/// patients, [`OpenError::WrongRootKey`] where it was wrapped by another root key.
pub async fn unseal(database: &Database, unsealer: &dyn Unsealer) -> Result<MasterKey, OpenError> {
    complete(&inventory::take(database).await?)?;
    let kept = master_keys::kept(database).await?.ok_or(OpenError::NoKeys)?;
    if kept.root_check != unsealer.check_value() {
        return Err(OpenError::WrongRootKey);
    }
    unsealer.unwrap(&kept.wrapped).await.map_err(OpenError::Unseal)
}

fn complete(there: &Inventory) -> Result<(), OpenError> {
    if there.is_empty() {
        return Err(OpenError::NoKeys);
    }
    let missing = there.missing();
    if missing.is_empty() { Ok(()) } else { Err(OpenError::MissingKeys(missing.join(", "))) }
}
