//! Why a new password is not accepted, in words.

use tacenda_contracts::accounts::sign_in::PasswordFault;

use crate::words::Words;

/// What to do about it.
pub(crate) fn fault_text(fault: PasswordFault, words: &Words) -> String {
    let words = &words.sign_in;
    match fault {
        PasswordFault::TooShort { at_least } => words.too_short.replace("{length}", &at_least.to_string()),
        PasswordFault::TooLong { at_most } => words.too_long.replace("{length}", &at_most.to_string()),
        PasswordFault::Guessable => words.guessable.to_owned(),
        PasswordFault::UsedBefore => words.used_before.to_owned(),
    }
}
