//! The members of an object as JSON text, so that a bundle need not be built to be read.

use crate::{Issue, IssueCode, scan, validate::echoed};

/// The members of an object, each as its JSON text.
pub(super) struct Parts<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> Parts<'a> {
    /// Finds the members. The text is known to be well-formed JSON.
    pub(super) fn of(text: &'a [u8], path: &str, known: &[&str]) -> Result<Self, Issue> {
        let (Some(b'{'), Some(b'}')) = (text.first(), text.last()) else {
            return Err(Issue::new(IssueCode::Structure, "expected an object").at(path));
        };
        let mut parts: Vec<(&str, &[u8])> = Vec::new();
        for member in scan::members(text, 1..text.len() - 1) {
            let key = std::str::from_utf8(member.key).unwrap_or_default();
            let known = known.contains(&key);
            if !known || parts.iter().any(|(seen, _)| *seen == key) {
                let reason = if known { "the key appears more than once" } else { "unknown element" };
                return Err(Issue::new(IssueCode::Structure, reason).at(echoed(path, key)));
            }
            parts.push((key, text.get(member.value).unwrap_or_default()));
        }
        Ok(Self(parts))
    }

    /// Refuses elements of bundles that were not sent to be processed (FHIR R4, bdl-1, bdl-2 and bdl-4).
    pub(super) fn without(&self, names: &[&str], path: &str) -> Result<(), Issue> {
        match names.iter().find(|name| self.get(name).is_some()) {
            Some(name) => {
                let reason = "a transaction or batch does not have this: it is of answers";
                Err(Issue::new(IssueCode::Invalid, reason).at(format!("{path}.{name}")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, text)| *text)
    }

    pub(super) fn string(&self, name: &str, path: &str) -> Result<Option<String>, Issue> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let text = std::str::from_utf8(text).unwrap_or_default();
        match serde_json::from_str::<String>(text) {
            Ok(text) if !text.is_empty() => Ok(Some(text)),
            _ => Err(Issue::new(IssueCode::Structure, "expected a string").at(format!("{path}.{name}"))),
        }
    }
}
