//! What callers may want, one verb a file.

mod chains;
pub(crate) mod change_patient;
pub(crate) mod create_record;
pub(crate) mod erase_patient;
pub(crate) mod everything;
mod follow;
pub(crate) mod grant_access;
pub(crate) mod history;
pub(crate) mod interaction;
mod named;
pub(crate) mod one_at_a_time;
pub(crate) mod patch_record;
mod patient_history;
mod plan;
mod rank_patients;
mod rank_records;
pub(crate) mod read_patient;
pub(crate) mod read_record;
mod reindex_records;
pub(crate) mod restore_version;
mod search_patients;
pub(crate) mod search_records;
mod submission;
pub(crate) mod transact;
pub(crate) mod update_record;
mod vault_query;
mod walk;
