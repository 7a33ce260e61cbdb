//! Which of the keys that are made once are there, by their names.

use tacenda_postgres::Database;

use crate::{error::StoreError, slot::KeySlot};

/// What the database holds of the keys, and whether it holds anything else.
#[derive(Clone, Debug)]
pub(crate) struct Inventory {
    master: bool,
    directory: bool,
    compartments: Vec<String>,
    patients: bool,
}

const TAKE: &str = "select exists (select from master_keys), exists (select from directory_keys), \
       array(select distinct compartment from compartment_keys where compartment is not null), \
       exists (select from patients) or exists (select from patient_keys) or exists (select from grants)";

/// Looks. Nothing is changed.
pub(crate) async fn take(database: &Database) -> Result<Inventory, StoreError> {
    let row = database.lanes().query_opt(TAKE, &[]).await?.ok_or(StoreError::Malformed)?;
    Ok(Inventory {
        master: row.try_get(0)?,
        directory: row.try_get(1)?,
        compartments: row.try_get(2)?,
        patients: row.try_get(3)?,
    })
}

impl Inventory {
    /// Whether there is nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        !self.master && !self.directory && self.compartments.is_empty() && !self.patients
    }

    /// The names of the keys that are not there.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if !self.master {
            missing.push("the master key".to_owned());
        }
        let slots =
            KeySlot::ALL.iter().filter(|slot| !self.compartments.iter().any(|one| one == slot.as_str()));
        missing.extend(slots.map(|slot| format!("the compartment key of {}", slot.as_str())));
        if !self.directory {
            missing.push("the directory's own key".to_owned());
        }
        missing
    }
}
