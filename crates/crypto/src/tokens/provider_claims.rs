//! What a verified token of a provider says.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::key_bytes::opaque;

/// Longer than any identifier that a provider gives (OpenID Connect Core 1.0 §2).
const LONGEST_SUBJECT: usize = 255;

/// The claims of a token whose signature, issuer, audience and time were right.
pub struct ProviderClaims(pub(super) Map<String, Value>);

opaque!(ProviderClaims);

impl ProviderClaims {
    /// Who it is about, in the provider's words: 1 to 255 characters.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub").filter(|sub| (1..=LONGEST_SUBJECT).contains(&sub.len()))
    }

    /// A claim that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is true; everything else is not.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The texts at a path: those of a list, or the only one.
    #[must_use]
    pub fn texts(&self, path: &[&str]) -> Vec<&str> {
        match self.at(path) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The words of a list of texts, or of one text with spaces: no word without the claim, and none at all where it is
    /// there and is anything else.
    #[must_use]
    pub fn words(&self, name: &str) -> Option<Vec<&str>> {
        let texts = match self.0.get(name) {
            None => Vec::new(),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().map(Value::as_str).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        Some(texts.into_iter().flat_map(str::split_ascii_whitespace).collect())
    }

    /// A claim that is a time, to the second.
    #[must_use]
    pub fn moment(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_second(self.second(name)?).ok()
    }

    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.at(path).is_some()
    }

    /// RFC 7519 §2: a NumericDate may have a fraction.
    pub(super) fn second(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        value
            .as_i64()
            .or_else(|| value.as_f64().filter(|second| second.is_finite()).map(|second| second as i64))
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(*first)?, |value, name| value.get(name))
    }
}
