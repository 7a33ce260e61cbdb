//! In which order matches come: `_sort` (FHIR R4 §3.1.1.5.1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{SearchError, SearchParameter, kind::Kind, parameter, parameters, path::values, range::Range};
use crate::ResourceType;

const PARAMETER: &str = "_sort";
const LAST_UPDATED: &str = "_lastUpdated";
const MOST_KEYS: usize = 3;

/// A date parameter, or when a record was last written, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    parameter: SearchParameter,
    descending: bool,
}

impl SortKey {
    /// Reads `[-]parameter[,[-]parameter]…`.
    ///
    /// # Errors
    /// [`SearchError::NotAnOrder`]
    pub fn parse(kind: ResourceType, text: &str) -> Result<Vec<Self>, SearchError> {
        let mut keys: Vec<Self> = Vec::new();
        for name in text.split(',') {
            let (name, descending) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
            let parameter = parameter(kind, name).filter(|parameter| parameter.kind == Kind::Date);
            let parameter = parameter.ok_or(SearchError::NotAnOrder(PARAMETER))?;
            if keys.len() == MOST_KEYS || keys.iter().any(|key| key.parameter == parameter) {
                return Err(SearchError::NotAnOrder(PARAMETER));
            }
            keys.push(Self { parameter, descending });
        }
        Ok(keys)
    }

    /// What the type can be sorted by.
    pub fn names(kind: ResourceType) -> impl Iterator<Item = &'static str> {
        parameters(kind)
            .into_iter()
            .filter(|parameter| parameter.kind == Kind::Date)
            .map(|parameter| parameter.name)
    }

    /// The key as in the URL.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.parameter.name)
    }

    /// The parameter's name.
    #[must_use]
    pub const fn parameter(&self) -> &'static str {
        self.parameter.name
    }

    /// Whether it is when a record was last written, which is known without opening it.
    #[must_use]
    pub fn is_last_updated(&self) -> bool {
        self.parameter.name == LAST_UPDATED
    }

    /// Where a resource comes by this key. A time counts by its beginning, a period without one as the oldest; of
    /// several times the one that comes first counts.
    #[must_use]
    pub fn rank(&self, resource: &Value) -> Rank {
        let times = values(resource, self.parameter.paths).into_iter().filter_map(Range::of);
        times.map(|range| self.at(range.from)).min().unwrap_or(Rank(Inner::Missing))
    }

    /// Where a record comes that was written then.
    #[must_use]
    pub fn rank_of(&self, written: Timestamp) -> Rank {
        self.at(written.as_microsecond())
    }

    /// Of what two halves say, the newer.
    #[must_use]
    pub fn newer(&self, one: Rank, other: Rank) -> Rank {
        match (one.0, other.0) {
            (Inner::At(_), Inner::At(_)) if !self.descending => one.max(other),
            _ => one.min(other),
        }
    }

    const fn at(&self, micros: i64) -> Rank {
        // The complement turns the order around and, other than the negative, is there for every number.
        Rank(Inner::At(if self.descending { !micros } else { micros }))
    }
}

/// Where something comes by one key: what is less comes earlier, whichever the direction; what has no such element
/// comes last.
///
/// SECURITY: it says when something was. It is compared and sealed into cursors, and has no other reading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank(Inner);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Inner {
    At(i64),
    Missing,
}

impl Rank {
    /// As a cursor holds it.
    #[must_use]
    pub fn to_text(self) -> String {
        match self.0 {
            Inner::At(number) => number.to_string(),
            Inner::Missing => "none".to_owned(),
        }
    }

    /// Reads what [`Rank::to_text`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self(Inner::Missing)),
            number => number.parse().ok().map(|number| Self(Inner::At(number))),
        }
    }
}

impl std::fmt::Debug for Rank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rank")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(text: &str) -> SortKey {
        SortKey::parse(ResourceType::Encounter, text).unwrap()[0]
    }

    #[test]
    fn what_has_no_time_comes_last_in_both_directions() {
        let of = |start: &str| json!({"period": {"start": start}});
        let (early, late, none) = (of("2020"), of("2021-05"), json!({}));
        let open = json!({"period": {"end": "2019"}});
        for (key, order) in
            [(key("date"), [&open, &early, &late, &none]), (key("-date"), [&late, &early, &open, &none])]
        {
            let ranks: Vec<Rank> = order.iter().map(|resource| key.rank(resource)).collect();
            assert!(ranks.is_sorted(), "{}", key.name());
            for rank in ranks {
                assert_eq!(Rank::parse(&rank.to_text()), Some(rank));
            }
        }
    }

    #[test]
    fn of_two_halves_the_newer_counts() {
        let (old, new): (Timestamp, Timestamp) =
            ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-01-02T00:00:00Z".parse().unwrap());
        for key in [key("_lastUpdated"), key("-_lastUpdated")] {
            let (old, new, none) = (key.rank_of(old), key.rank_of(new), Rank(Inner::Missing));
            assert!(key.newer(old, new) == new && key.newer(new, old) == new && key.newer(none, old) == old);
        }
    }

    #[test]
    fn only_dates_are_sorted_by_and_each_once() {
        let parse = |text| SortKey::parse(ResourceType::Observation, text);
        let names: Vec<String> = parse("-date,_lastUpdated").unwrap().iter().map(SortKey::name).collect();
        assert_eq!(names, ["-date", "_lastUpdated"]);
        for text in ["", "-", "code", "date,", "--date", "date,-date", "birthdate", "_id", "Date"] {
            assert_eq!(parse(text), Err(SearchError::NotAnOrder(PARAMETER)), "{text}");
        }
    }
}
