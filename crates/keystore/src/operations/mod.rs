//! One file for each thing the keystore does.

pub(crate) mod abandon_enrolment;
pub(crate) mod confirm_enrolment;
pub(crate) mod enrol_patient;
pub(crate) mod erase_patient;
pub(crate) mod find_account;
pub(crate) mod give_audit_key;
pub(crate) mod give_grant;
pub(crate) mod issue_permit;
pub(crate) mod issue_permits;
pub(crate) mod list_patients;
pub(crate) mod look_after;
pub(crate) mod make_keys;
pub(crate) mod release_keys;
