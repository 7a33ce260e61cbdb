//! What an installation decides about accounts.

use jiff::SignedDuration;

/// Rules that an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountRules {
    /// People who did not use their account for so long are suspended.
    pub dormant_after: SignedDuration,
    /// Passwords of privileged roles (security officers, administrators) that are older must be changed.
    pub password_age: SignedDuration,
}

impl Default for AccountRules {
    /// 90 days for both.
    fn default() -> Self {
        let days = SignedDuration::from_hours(90 * 24);
        Self { dormant_after: days, password_age: days }
    }
}
