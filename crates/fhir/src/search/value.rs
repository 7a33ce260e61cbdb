//! The value of a search parameter in a URL.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    SearchError, SearchParameter, criterion::Modifier, date::DateValue, kind::Kind, names,
    quantity::QuantityValue, reference::ReferenceValue, token::TokenValue,
};

const LONGEST: usize = 512;
const MOST: usize = 20;

/// One value to search by. A comma in the URL makes several, any of which may match.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum SearchValue {
    /// An id, or `Type/id`.
    Id(String),
    /// A code or an identifier.
    Token(TokenValue),
    /// Text, normalised; as it stands where it must be exactly so.
    Text(String),
    /// A date or a time.
    Date(DateValue),
    /// A reference.
    Reference(ReferenceValue),
    /// A number with or without a unit.
    Quantity(QuantityValue),
    /// A URI.
    Uri(String),
    /// Whether there must be none.
    Missing(bool),
}

impl fmt::Debug for SearchValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchValue")
    }
}

/// Reads the value of a parameter: alternatives separated by commas, `\,` `\|` `\$` `\\` escaped (FHIR R4 §3.1.1.4).
pub(super) fn parse(
    parameter: &SearchParameter,
    modifier: Modifier,
    text: &str,
    now: Timestamp,
) -> Result<Vec<SearchValue>, SearchError> {
    if text.len() > LONGEST {
        return Err(SearchError::TooLong(parameter.name));
    }
    let alternatives = split_unescaped(text, ',');
    if alternatives.len() > MOST {
        return Err(SearchError::TooMany(parameter.name));
    }
    alternatives.into_iter().map(|one| parse_one(parameter, modifier, one, now)).collect()
}

fn parse_one(
    parameter: &SearchParameter,
    modifier: Modifier,
    text: &str,
    now: Timestamp,
) -> Result<SearchValue, SearchError> {
    let name = parameter.name;
    let filled = |text: String| if text.is_empty() { Err(SearchError::Empty(name)) } else { Ok(text) };
    if modifier == Modifier::Missing {
        return text.parse().map(SearchValue::Missing).map_err(|_| SearchError::NotYesOrNo(name));
    }
    match parameter.kind {
        Kind::Id => {
            let text = filled(unescaped(text))?;
            let id = text.rsplit('/').next().unwrap_or_default();
            if crate::definitions::is_id(id) {
                Ok(SearchValue::Id(text))
            } else {
                Err(SearchError::NotAnId(name))
            }
        }
        Kind::Text if modifier == Modifier::Exact => Ok(SearchValue::Text(filled(unescaped(text))?)),
        Kind::Text => Ok(SearchValue::Text(filled(names::normalised(&unescaped(text)))?)),
        Kind::Token => token(parameter, text).map(SearchValue::Token),
        Kind::Date => {
            let date = DateValue::parse(&unescaped(text), now);
            date.map(SearchValue::Date).ok_or(SearchError::NotADate(name))
        }
        Kind::Quantity => quantity(text).map(SearchValue::Quantity).ok_or(SearchError::NotAQuantity(name)),
        Kind::Reference => {
            let reference = ReferenceValue::parse(&filled(unescaped(text))?, modifier.of_type());
            reference.map(SearchValue::Reference).ok_or(SearchError::NotAReference(name))
        }
        Kind::Uri => Ok(SearchValue::Uri(filled(unescaped(text))?)),
    }
}

fn token(parameter: &SearchParameter, text: &str) -> Result<TokenValue, SearchError> {
    let name = parameter.name;
    let parts = split_unescaped(text, '|');
    let (system, code) = match parts.as_slice() {
        [system, code] => (Some(unescaped(system)), unescaped(code)),
        // Values may hold bars, though FHIR wants them escaped.
        _ => (None, unescaped(text)),
    };
    match (system, code) {
        (Some(system), code) if code.is_empty() && !system.is_empty() => {
            // Among everybody's, a system alone is in nearly every record.
            if parameter.is_of_population() {
                Err(SearchError::SystemOnly(name))
            } else {
                Ok(TokenValue { system: Some(system), code: None })
            }
        }
        (_, code) if code.is_empty() => Err(SearchError::Empty(name)),
        (system, code) => Ok(TokenValue { system, code: Some(code) }),
    }
}

fn quantity(text: &str) -> Option<QuantityValue> {
    match split_unescaped(text, '|').as_slice() {
        [number] => QuantityValue::parse(&unescaped(number), None, None),
        [number, system, code] => {
            QuantityValue::parse(&unescaped(number), Some(unescaped(system)), Some(unescaped(code)))
        }
        _ => None,
    }
}

impl SearchValue {
    /// Whether one of the parameter's values in the resource is such.
    pub(super) fn fits(&self, element: &Value, modifier: Modifier, at_any_word: bool) -> bool {
        match (self, element) {
            (Self::Token(token), _) => token.fits(element),
            (Self::Date(date), _) => date.fits(element),
            (Self::Quantity(quantity), _) => quantity.fits(element),
            (Self::Reference(reference), _) => reference.fits(element),
            (Self::Uri(uri), Value::String(text)) => uri == text,
            (Self::Text(wanted), Value::String(text)) => match modifier {
                Modifier::Exact => wanted == text,
                Modifier::Contains => names::normalised(text).contains(wanted.as_str()),
                _ => begins(&names::normalised(text), wanted, at_any_word),
            },
            _ => false,
        }
    }
}

fn begins(text: &str, beginning: &str, at_any_word: bool) -> bool {
    let at_a_word = |(at, _): (usize, &str)| at == 0 || (at_any_word && text[..at].ends_with(' '));
    text.starts_with(beginning) || text.match_indices(beginning).any(at_a_word)
}

fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(move |letter: char| {
        let splits = letter == separator && !escaped;
        escaped = letter == '\\' && !escaped;
        splits
    })
    .collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let escapes = letter == '\\' && letters.peek().is_some_and(|next| "\\,|$".contains(*next));
        out.extend(if escapes { letters.next() } else { Some(letter) });
    }
    out
}
