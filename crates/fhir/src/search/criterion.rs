//! One parameter of a query: what narrows the candidates, and what decides on an opened one.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    SearchError, SearchParameter, SearchValue, Term, kind::Kind, names, parameter, parameters::known_name,
    path::values, range::Range, token::TokenValue, value,
};
use crate::ResourceType;

/// What stands behind the colon (FHIR R4 §3.1.1.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Modifier {
    /// Nothing does.
    None,
    /// `:missing`
    Missing,
    /// `:exact`
    Exact,
    /// `:contains`
    Contains,
    /// `:not`
    Not,
    /// `:<type>`
    Type(ResourceType),
}

impl Modifier {
    fn parse(text: &str, parameter: &SearchParameter) -> Result<Self, SearchError> {
        let modifier = match (text, parameter.kind) {
            ("missing", kind) if kind != Kind::Id => Self::Missing,
            ("exact", Kind::Text) => Self::Exact,
            // Among everybody's records nothing narrows it.
            ("contains", Kind::Text) if !parameter.is_of_population() => Self::Contains,
            ("not", Kind::Token) => Self::Not,
            (name, Kind::Reference) => match name.parse() {
                Ok(kind) => Self::Type(kind),
                Err(_) => return Err(SearchError::Modifier(parameter.name)),
            },
            _ => return Err(SearchError::Modifier(parameter.name)),
        };
        Ok(modifier)
    }

    pub(super) const fn of_type(self) -> Option<ResourceType> {
        match self {
            Self::Type(kind) => Some(kind),
            _ => None,
        }
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::Missing => ":missing",
            Self::Exact => ":exact",
            Self::Contains => ":contains",
            Self::Not => ":not",
            Self::Type(kind) => return write!(f, ":{kind}"),
        })
    }
}

/// A parameter with its modifier and the alternatives of its value, one of which must match.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// The parameter.
    pub parameter: SearchParameter,
    /// Its modifier.
    pub modifier: Modifier,
    /// The alternatives.
    #[serde(with = "tacenda_kernel::kept::binary")]
    pub values: Vec<SearchValue>,
}

impl fmt::Debug for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Criterion({})", self.name())
    }
}

impl Criterion {
    /// The parameter with its modifier, as in the URL.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}", self.parameter.name, self.modifier)
    }

    /// Reads `name[:modifier]` and its value. `now` is what `ap` is near to.
    ///
    /// # Errors
    /// [`SearchError`]
    pub fn parse(kind: ResourceType, name: &str, text: &str, now: Timestamp) -> Result<Self, SearchError> {
        let (plain, modifier) =
            name.split_once(':').map_or((name, None), |(name, after)| (name, Some(after)));
        let Some(parameter) = parameter(kind, plain) else {
            return Err(SearchError::Unsupported(known_name(plain).unwrap_or("that was asked for")));
        };
        let modifier = modifier.map_or(Ok(Modifier::None), |text| Modifier::parse(text, &parameter))?;
        let values = value::parse(&parameter, modifier, text, now)?;
        Ok(Self { parameter, modifier, values })
    }

    /// Whether a resource matches. Ids are decided by which records are looked at, so they always do.
    ///
    /// The resource is as its vault renders it: what it refers to on this server is named by the vault's own ids.
    #[must_use]
    pub fn matches(&self, resource: &Value) -> bool {
        if self.parameter.kind == Kind::Id {
            return true;
        }
        let elements = values(resource, self.parameter.paths);
        let any_word = self.parameter.at_any_word();
        let one = |value: &SearchValue| match value {
            SearchValue::Missing(missing) => elements.is_empty() == *missing,
            value => elements.iter().any(|element| value.fits(element, self.modifier, any_word)),
        };
        self.values.iter().any(one) != (self.modifier == Modifier::Not)
    }

    /// From when until when every match is, where it asks for times.
    #[must_use]
    pub fn period(&self) -> Option<(Timestamp, Timestamp)> {
        let bounds = |value: &SearchValue| match value {
            SearchValue::Date(date) => Some(date.bounds()),
            _ => None,
        };
        let all: Vec<Range> = self.values.iter().map(bounds).collect::<Option<_>>()?;
        let from = all.iter().map(|range| range.from).min()?;
        let until = all.iter().map(|range| range.until).max()?;
        let from = Timestamp::from_microsecond(from).unwrap_or(Timestamp::MIN);
        Some((from, Timestamp::from_microsecond(until).unwrap_or(Timestamp::MAX)))
    }

    /// Groups of terms: every match has at least one of each group. No group where nothing narrows.
    #[must_use]
    pub fn terms(&self) -> Vec<Vec<Term>> {
        let narrows = self.parameter.is_indexed()
            && !matches!(self.modifier, Modifier::Missing | Modifier::Not | Modifier::Contains);
        if !narrows {
            return Vec::new();
        }
        let alternatives: Option<Vec<Vec<Vec<Term>>>> =
            self.values.iter().map(|value| self.terms_of(value)).collect();
        match alternatives {
            None => Vec::new(),
            Some(mut alternatives) if alternatives.len() == 1 => alternatives.remove(0),
            // Each alternative by its first group: what else it needs is decided on the opened record.
            Some(alternatives) => {
                let firsts: Option<Vec<Vec<Term>>> =
                    alternatives.into_iter().map(|groups| groups.into_iter().next()).collect();
                firsts.map_or_else(Vec::new, |firsts| vec![firsts.into_iter().flatten().collect()])
            }
        }
    }

    fn terms_of(&self, value: &SearchValue) -> Option<Vec<Vec<Term>>> {
        let term = |value: &str| self.parameter.term(value);
        match value {
            SearchValue::Token(TokenValue { system, code: Some(code) }) => {
                let value = match system {
                    Some(system) if self.parameter.is_of_population() => in_system(Some(system), code),
                    _ => code.clone(),
                };
                Some(vec![vec![term(&value)]])
            }
            SearchValue::Text(text) => {
                let normalised = names::normalised(text);
                let groups: Vec<Vec<Term>> = word_terms(&normalised).map(|word| vec![term(word)]).collect();
                (!groups.is_empty()).then_some(groups)
            }
            SearchValue::Date(date) => {
                Some(vec![date.bounds().kept_under()?.iter().map(|day| term(day)).collect()])
            }
            _ => None,
        }
    }

    /// The groups of all criteria together. Several on one date, such as `ge` and `lt`, say a range.
    #[must_use]
    pub fn terms_of_all(criteria: &[Self]) -> Vec<Vec<Term>> {
        let ranges = criteria.iter().enumerate().filter_map(|(place, criterion)| {
            let same = |other: &&Self| other.parameter == criterion.parameter;
            let is_first = !criteria.iter().take(place).any(|other| same(&other));
            let several: Vec<&Self> = criteria.iter().filter(same).collect();
            if is_first && several.len() > 1 { criterion.terms_of_range(&several) } else { None }
        });
        criteria.iter().flat_map(Self::terms).chain(ranges).collect()
    }

    /// What these, all on this parameter, say of time together.
    fn terms_of_range(&self, several: &[&Self]) -> Option<Vec<Term>> {
        let bounds = |criterion: &&Self| match criterion.values.as_slice() {
            [SearchValue::Date(date)] => Some(date.bounds()),
            _ => None,
        };
        let range = several.iter().filter_map(bounds).fold(Range::ALWAYS, Range::and);
        let days =
            (self.parameter.is_indexed() && range.from < range.until).then(|| range.kept_under())??;
        Some(days.iter().map(|day| self.parameter.term(day)).collect())
    }
}

/// The term of a value in one system, or in none.
pub(super) fn in_system(system: Option<&str>, value: &str) -> String {
    format!("{}|{value}", system.unwrap_or_default())
}

/// The last word may be a beginning; where it is too short to have a token and is not the only one, the others narrow
/// enough. A single word of fewer than three letters finds words that are just it.
fn word_terms(beginning: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = beginning.split(' ').filter(|word| !word.is_empty()).collect();
    let last = words.len().saturating_sub(1);
    let usable = move |index: usize, word: &str| {
        index < last || last == 0 || word.chars().count() >= *names::PREFIX.start()
    };
    words
        .into_iter()
        .enumerate()
        .filter(move |(index, word)| usable(*index, word))
        .map(|(_, word)| names::token_of(word))
}
