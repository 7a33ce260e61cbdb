//! Where somebody does what they owe before anything else opens.

use tacenda_contracts::accounts::sign_in::Duty;

/// The page of a duty.
pub(crate) const fn where_to_pay(duty: Duty) -> &'static str {
    match duty {
        Duty::ProveSecondFactor => "/sign-in/factor",
        Duty::ChangePassword => "/account/password",
        Duty::EnrolSecondFactor => "/account/enrol",
    }
}
