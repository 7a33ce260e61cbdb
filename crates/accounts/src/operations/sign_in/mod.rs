//! Signing in to pages.

pub(crate) mod begin_session;
pub(crate) mod end_session;
pub(crate) mod issue_for_session;
pub(crate) mod keep_session;
pub(crate) mod prove_code;
pub(crate) mod prove_passkey;
pub(crate) mod prove_password;
pub(crate) mod read_session;
pub(crate) mod tries;
