//! Table `patient_keys`: one wrapped key for each patient and slot.

use tacenda_kernel::{Pseudonym, realms};
use tacenda_postgres::Database;

use crate::{error::StoreError, slot::KeySlot};

/// A key under its compartment key.
#[derive(Clone, Debug)]
pub(crate) struct WrappedKey {
    /// What it is for.
    pub(crate) slot: KeySlot,
    /// The version of the compartment key.
    pub(crate) version: i32,
    /// The key, sealed.
    pub(crate) wrapped: Vec<u8>,
}

const HELD: &str =
    "select compartment, key_version, wrapped from patient_keys where patient = $1 and compartment = any($2)";

/// Those of a patient's keys that exist, in the order asked; nothing if one of them was destroyed.
pub(crate) async fn held(
    database: &Database,
    patient: Pseudonym<realms::Root>,
    slots: &[KeySlot],
) -> Result<Option<Vec<WrappedKey>>, StoreError> {
    let names: Vec<&str> = slots.iter().map(|slot| slot.as_str()).collect();
    let rows = database.lanes().query(HELD, &[&patient.to_bytes().as_slice(), &names]).await?;
    let mut keys = Vec::with_capacity(slots.len());
    for slot in slots {
        for row in &rows {
            if row.try_get::<_, &str>(0)? == slot.as_str() {
                keys.push(WrappedKey { slot: *slot, version: row.try_get(1)?, wrapped: row.try_get(2)? });
            }
        }
    }
    Ok((keys.len() == slots.len()).then_some(keys))
}
