//! Table `patient_keys`: one wrapped key for each patient and slot.

use tacenda_crypto::KeyGeneration;
use tacenda_kernel::{Pseudonym, realms};
use tacenda_postgres::Database;
use tokio_postgres::Row;

use crate::{error::StoreError, slot::KeySlot};

/// A key under its compartment key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrappedKey {
    /// What it is for.
    pub(crate) slot: KeySlot,
    /// The version of the compartment key.
    pub(crate) version: i32,
    /// Which of the patient's keys it is.
    pub(crate) generation: KeyGeneration,
    /// The key, sealed.
    pub(crate) wrapped: Vec<u8>,
}

impl WrappedKey {
    /// Reads `compartment, key_version, key_generation, wrapped` from column `at` on; none where there is no row, or
    /// one that has no meaning.
    pub(crate) fn read(row: &Row, at: usize) -> Option<Self> {
        let slot = KeySlot::named(row.try_get::<_, Option<&str>>(at).ok()??)?;
        let version = row.try_get(at + 1).ok()?;
        let generation = KeyGeneration::new(row.try_get(at + 2).ok()?)?;
        Some(Self { slot, version, generation, wrapped: row.try_get(at + 3).ok()? })
    }
}

const DESTROY: &str = "delete from patient_keys where patient = $1";

/// Destroys the keys of a patient whose row says already that they were destroyed, and looks whether any is left.
pub(crate) async fn destroy(database: &Database, patient: Pseudonym<realms::Root>) -> Result<(), StoreError> {
    database.lanes().execute(DESTROY, &[&patient.to_bytes().as_slice()]).await?;
    if left(database, patient).await? == 0 { Ok(()) } else { Err(StoreError::NotWritten) }
}

const LEFT: &str = "select count(*) from patient_keys where patient = $1";

/// How many keys of a patient there are.
pub(crate) async fn left(database: &Database, patient: Pseudonym<realms::Root>) -> Result<i64, StoreError> {
    let row = database.lanes().query_opt(LEFT, &[&patient.to_bytes().as_slice()]).await?;
    Ok(row.ok_or(StoreError::Malformed)?.try_get(0)?)
}
