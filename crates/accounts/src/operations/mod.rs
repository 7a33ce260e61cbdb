//! What the service does, one file for each.

pub(crate) mod applications;
pub(crate) mod change_account;
pub(crate) mod change_roles;
pub(crate) mod create_account;
pub(crate) mod federation;
pub(crate) mod forget_old;
pub(crate) mod identify_caller;
pub(crate) mod issue_for_operator;
pub(crate) mod issue_for_person;
pub(crate) mod issue_token;
pub(crate) mod links;
pub(crate) mod oauth;
pub(crate) mod own_account;
pub(crate) mod people;
pub(crate) mod prove_client;
pub(crate) mod read_account;
pub(crate) mod register_client;
pub(crate) mod set_password;
pub(crate) mod sign_in;
pub(crate) mod suspend_account;
