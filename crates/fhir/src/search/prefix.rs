//! The two letters before a date or a number that say how it is compared (FHIR R4 §3.1.1.4.6).

use serde::{Deserialize, Serialize};

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Prefix {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    StartsAfter,
    EndsBefore,
    Approximately,
}

impl Prefix {
    /// The prefix, `eq` where there is none, and what follows it.
    pub(super) fn split(text: &str) -> (Self, &str) {
        let prefix = match text.get(..2) {
            Some("eq") => Self::Equal,
            Some("ne") => Self::NotEqual,
            Some("gt") => Self::Greater,
            Some("lt") => Self::Less,
            Some("ge") => Self::GreaterOrEqual,
            Some("le") => Self::LessOrEqual,
            Some("sa") => Self::StartsAfter,
            Some("eb") => Self::EndsBefore,
            Some("ap") => Self::Approximately,
            _ => return (Self::Equal, text),
        };
        (prefix, text.get(2..).unwrap_or_default())
    }
}
