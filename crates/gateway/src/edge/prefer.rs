//! `Prefer: return=…`: what the answer to a write shows (RFC 7240, FHIR R4 §3.1.0.1.7).

use http::{HeaderMap, HeaderValue};
use tacenda_fhir::{Issue, IssueCode};

use super::problem::Problem;

const PREFER: &str = "prefer";

/// What the answer to a write shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Return {
    /// Nothing was asked for: a write by itself shows what was sent as it was kept, an entry of a bundle nothing.
    #[default]
    Usual,
    /// Headers only.
    Minimal,
    /// The new version, read and recorded as any other reading.
    Representation,
    /// That all is well.
    Outcome,
}

impl Return {
    /// What the caller prefers. Other preferences than `return` are not for writes and are passed over.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        for header in headers.get_all(PREFER) {
            let text = header.to_str().map_err(|_| unknown())?;
            for preference in text.split(',') {
                let token = preference.split(';').next().unwrap_or_default();
                let Some((name, value)) = token.split_once('=') else { continue };
                if name.trim().eq_ignore_ascii_case("return") {
                    return Self::named(value.trim().trim_matches('"')).ok_or_else(unknown);
                }
            }
        }
        Ok(Self::Usual)
    }

    fn named(value: &str) -> Option<Self> {
        match value {
            "minimal" => Some(Self::Minimal),
            "representation" => Some(Self::Representation),
            "OperationOutcome" => Some(Self::Outcome),
            _ => None,
        }
    }

    /// What `Preference-Applied` says (RFC 7240 §3).
    pub(crate) const fn applied(self) -> Option<HeaderValue> {
        match self {
            Self::Usual => None,
            Self::Minimal => Some(HeaderValue::from_static("return=minimal")),
            Self::Representation => Some(HeaderValue::from_static("return=representation")),
            Self::Outcome => Some(HeaderValue::from_static("return=OperationOutcome")),
        }
    }
}

fn unknown() -> Problem {
    let reason = "Prefer: return is minimal, representation or OperationOutcome";
    Problem::invalid(vec![Issue::new(IssueCode::Value, reason)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&'static str]) -> Option<Return> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, HeaderValue::from_static(value));
        }
        Return::of(&headers).ok()
    }

    #[test]
    fn the_first_return_counts_and_other_preferences_do_not() {
        assert_eq!(of(&[]), Some(Return::Usual));
        assert_eq!(of(&["handling=lenient, respond-async"]), Some(Return::Usual));
        assert_eq!(of(&["handling=strict", "return=minimal; x=y"]), Some(Return::Minimal));
        assert_eq!(of(&["Return = \"representation\", return=minimal"]), Some(Return::Representation));
        assert_eq!(of(&["return=OperationOutcome"]), Some(Return::Outcome));
        for wrong in ["return=", "return=all", "return=Minimal"] {
            assert_eq!(of(&[wrong]), None, "{wrong}");
        }
    }
}
