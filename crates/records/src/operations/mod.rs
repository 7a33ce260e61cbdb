//! What callers may want, one verb a file.

mod chains;
pub(crate) mod change_patient;
pub(crate) mod create_record;
pub(crate) mod erase_patient;
pub(crate) mod everything;
mod follow;
pub(crate) mod grant_access;
pub(crate) mod history;
mod named;
pub(crate) mod patch_record;
mod patient_history;
mod rank_patients;
mod rank_records;
pub(crate) mod read_patient;
pub(crate) mod read_record;
mod reindex_records;
pub(crate) mod restore_version;
mod search_patients;
pub(crate) mod search_question;
pub(crate) mod search_records;
pub(crate) mod update_record;
mod vault_query;
mod walk;
