//! `/account`: what people see and change of themselves.

pub(crate) mod applications;
pub(crate) mod email;
pub(crate) mod factors;
pub(crate) mod history;
pub(crate) mod overview;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod recovery;
pub(crate) mod sessions;
pub(crate) mod totp;

use serde::Deserialize;

use crate::words::Words;

/// What was done just before, named in the query by one of these and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Done {
    Language,
    EmailAsked,
    Password,
    PasskeyAdded,
    TotpAdded,
    Removed,
    SessionEnded,
    OthersEnded,
    TooMany,
}

impl Done {
    pub(crate) const fn text(self, words: &Words) -> &'static str {
        let words = &words.account;
        match self {
            Self::Language => words.language_saved,
            Self::EmailAsked => words.email_asked,
            Self::Password => words.password_changed,
            Self::PasskeyAdded => words.passkey_added,
            Self::TotpAdded => words.totp_added,
            Self::Removed => words.removed,
            Self::SessionEnded => words.session_ended,
            Self::OthersEnded => words.others_ended,
            Self::TooMany => words.too_many,
        }
    }
}

/// `?done=…`
#[derive(Deserialize)]
pub(crate) struct After {
    pub(crate) done: Option<Done>,
}
