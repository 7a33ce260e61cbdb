//! Dates compared (FHIR R4 §3.1.1.4.7).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{prefix::Prefix, range::Range};

/// What a date parameter asks for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateValue {
    prefix: Prefix,
    range: Range,
}

impl DateValue {
    /// Reads `[prefix]YYYY[-MM[-DD[Thh:mm[:ss[.fff]][zone]]]]`.
    pub(super) fn parse(text: &str, now: Timestamp) -> Option<Self> {
        let (prefix, text) = Prefix::split(text);
        let range = Range::parse(text)?;
        let range = if prefix == Prefix::Approximately { range.widened(now) } else { range };
        Some(Self { prefix, range })
    }

    /// Whether the element is such.
    pub(super) fn fits(&self, element: &Value) -> bool {
        let Some(Range { from, until }) = Range::of(element) else { return false };
        let asked = self.range;
        let within = asked.from <= from && until <= asked.until;
        match self.prefix {
            Prefix::Equal => within,
            Prefix::NotEqual => !within,
            Prefix::Greater => until > asked.until,
            Prefix::Less => from < asked.from,
            Prefix::GreaterOrEqual => until > asked.until || within,
            Prefix::LessOrEqual => from < asked.from || within,
            Prefix::StartsAfter => from >= asked.until,
            Prefix::EndsBefore => until <= asked.from,
            Prefix::Approximately => from < asked.until && asked.from < until,
        }
    }

    /// What of time every match has a part in.
    pub(super) fn bounds(&self) -> Range {
        let Range { from, until } = self.range;
        match self.prefix {
            Prefix::Equal | Prefix::Approximately => self.range,
            Prefix::NotEqual => Range::ALWAYS,
            Prefix::Greater | Prefix::StartsAfter => Range { from: until, ..Range::ALWAYS },
            Prefix::GreaterOrEqual => Range { from, ..Range::ALWAYS },
            Prefix::Less | Prefix::EndsBefore => Range { until: from, ..Range::ALWAYS },
            Prefix::LessOrEqual => Range { until, ..Range::ALWAYS },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(asked: &str, element: &Value) -> bool {
        DateValue::parse(asked, "2026-06-01T00:00:00Z".parse().unwrap()).unwrap().fits(element)
    }

    #[test]
    fn what_is_asked_for_has_the_precision_in_which_it_is_asked() {
        let day = json!("2013-03-14");
        for (asked, expected) in [
            ("2013", true),
            ("2013-03", true),
            ("eq2013-03-14", true),
            ("2013-03-14T10:00", false),
            ("ne2013-03-15", true),
            ("ne2013", false),
            ("gt2013-03-13", true),
            ("gt2013-03-14", false),
            ("ge2013-03-14", true),
            ("ge2013-03-15", false),
            ("lt2013-03-15", true),
            ("lt2013-03-14", false),
            ("le2013-03-14", true),
            ("sa2013-03-13", true),
            ("sa2013-03-14", false),
            ("eb2013-03-15", true),
            ("eb2013-03-14", false),
            ("ap2013-03-01", true),
            ("ap2026", false),
        ] {
            assert_eq!(fits(asked, &day), expected, "{asked}");
        }
    }

    #[test]
    fn periods_may_be_open() {
        let open = json!({"start": "2020-01-01"});
        assert!(
            fits("gt2024", &open) && fits("ge2020", &open) && !fits("2020", &open) && !fits("lt2019", &open)
        );
        assert!(!fits("2020", &json!({})) && !fits("ne2020", &json!({})));
    }

    #[test]
    fn zones_are_minded() {
        let evening = json!("2020-02-29T23:30:00-02:00");
        assert!(fits("2020-03-01", &evening) && !fits("2020-02-29", &evening));
        assert!(fits("2020-02-29T23:30:00-02:00", &evening) && fits("2020-03-01T01:30Z", &evening));
        assert!(fits("ge2020-03-01T01:30:00.000 00:00", &evening), "a plus that nobody escaped");
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in [
            "",
            "20",
            "2020-13",
            "2020-02-30",
            "2020-01-01T",
            "2020-01-01T25:00",
            "2020-01T10:00",
            "eq",
            "zz2020",
            "2020-01-01T10:00:00.Z",
            "+2020",
            "2020-01-01T1:00",
        ] {
            assert!(DateValue::parse(text, Timestamp::UNIX_EPOCH).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_looked_under_has_the_days_of_every_match() {
        let asked = |text| DateValue::parse(text, Timestamp::UNIX_EPOCH).unwrap().bounds();
        assert_eq!(asked("1970-01-02").kept_under().unwrap(), ["1", "*"]);
        assert_eq!(asked("ge1970-01-02").and(asked("lt1970-01-04")).kept_under().unwrap(), ["1", "2", "*"]);
        assert_eq!(asked("ge1970-01-02").kept_under(), None);
    }
}
