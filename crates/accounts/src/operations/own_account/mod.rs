//! What signed-in people see and change of their own account.

pub(crate) mod authorise;
pub(crate) mod change_own;
pub(crate) mod change_password;
pub(crate) mod choose_password;
pub(crate) mod enrol_passkey;
pub(crate) mod enrol_totp;
pub(crate) mod list_factors;
pub(crate) mod own_sessions;
pub(crate) mod read_history;
pub(crate) mod read_profile;
pub(crate) mod recovery_codes;
pub(crate) mod remove_factor;
pub(crate) mod set_language;
