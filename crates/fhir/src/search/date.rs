//! Dates, times and periods as ranges (FHIR R4 §3.1.1.4.7). Where nothing says in which time zone, it is UTC.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::Offset,
};
use serde_json::Value;

use super::prefix::Prefix;

/// The days that are told apart in a search; a longer range is not narrowed.
const MOST_DAYS: i64 = 400;
/// The days under each of which a record is kept; one that lasts longer is kept under all.
const MOST_KEPT_DAYS: i64 = 31;
const DAY: i64 = 86_400;
/// Under what a record is kept that lasts too long for single days.
const LONG: &str = "*";

/// What a date parameter asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DateValue {
    prefix: Prefix,
    range: Range,
}

/// From a moment up to, and without, another: microseconds of the Unix epoch; the ends of time where open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) until: i64,
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

    /// The days under one of which every match is kept; none where that narrows nothing.
    pub(super) fn days(&self) -> Option<Vec<String>> {
        match self.prefix {
            Prefix::Equal => self.range.days(MOST_DAYS).map(|days| days.chain([LONG.to_owned()]).collect()),
            _ => None,
        }
    }

    /// What of time a match has a part in, if it can be told: `ge` and `lt` together say a range.
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

impl Range {
    pub(super) const ALWAYS: Self = Self { from: i64::MIN, until: i64::MAX };

    /// What both have.
    pub(super) fn and(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), until: self.until.min(other.until) }
    }

    /// The days under one of which whatever has a part in this range is kept.
    pub(super) fn kept_under(self) -> Option<Vec<String>> {
        self.days(MOST_DAYS).map(|days| days.chain([LONG.to_owned()]).collect())
    }

    /// Under which days a record of this range is kept.
    pub(super) fn keeps(self) -> Vec<String> {
        self.days(MOST_KEPT_DAYS).map_or_else(|| vec![LONG.to_owned()], Iterator::collect)
    }

    /// `date`, `dateTime`, `instant`, Period, or a Timing with its bounds and events.
    pub(super) fn of(element: &Value) -> Option<Self> {
        match element {
            Value::String(text) => Self::parse(text),
            Value::Object(members) => {
                if let Some(bounds) = element.pointer("/repeat/boundsPeriod") {
                    return Self::of(bounds);
                }
                if let Some(events) = members.get("event").and_then(Value::as_array) {
                    let ranges: Vec<Self> = events.iter().filter_map(Self::of).collect();
                    let (from, until) = (
                        ranges.iter().map(|range| range.from).min()?,
                        ranges.iter().map(|range| range.until).max()?,
                    );
                    return Some(Self { from, until });
                }
                let end = |name| members.get(name).and_then(Value::as_str).map(Self::parse);
                match (end("start"), end("end")) {
                    (None, None) => None,
                    (start, end) => Some(Self {
                        from: start.flatten().map_or(i64::MIN, |range| range.from),
                        until: end.flatten().map_or(i64::MAX, |range| range.until),
                    }),
                }
            }
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let number = |part: &str, digits: usize| -> Option<i16> {
            (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse().ok())?
        };
        let small = |part: &str| number(part, 2).and_then(|number| i8::try_from(number).ok());
        let parts: Vec<&str> = date.split('-').collect();
        let day = |year, month, day| Date::new(year, month, day).ok();
        let (first, last) = match parts.as_slice() {
            [year] => {
                let year = number(year, 4)?;
                (day(year, 1, 1)?, day(year, 12, 31)?)
            }
            [year, month] => {
                let first = day(number(year, 4)?, small(month)?, 1)?;
                (first, first.last_of_month())
            }
            [year, month, of_month] => {
                let date = day(number(year, 4)?, small(month)?, small(of_month)?)?;
                (date, date)
            }
            _ => return None,
        };
        match time {
            None => {
                Some(Self { from: midnight(first)?, until: midnight(last)?.checked_add(DAY * 1_000_000)? })
            }
            Some(time) if parts.len() == 3 => Self::of_time(first, time),
            Some(_) => None,
        }
    }

    fn of_time(date: Date, text: &str) -> Option<Self> {
        let (time, offset) = match text.strip_suffix('Z') {
            Some(time) => (time, Offset::UTC),
            None => match text.rfind(['+', '-', ' ']) {
                // A plus that nobody escaped is a space.
                Some(at) => (text.get(..at)?, offset(text.get(at..)?)?),
                None => (text, Offset::UTC),
            },
        };
        let (whole, fraction) =
            time.split_once('.').map_or((time, None), |(whole, part)| (whole, Some(part)));
        let parts: Vec<i8> = whole.split(':').map(two_digits).collect::<Option<_>>()?;
        let (hour, minute, second, lasts) = match (parts.as_slice(), fraction) {
            ([hour, minute], None) => (*hour, *minute, 0, 60_000_000),
            // A leap second is the last of its minute.
            ([hour, minute, second], None) => (*hour, *minute, (*second).min(59), 1_000_000),
            ([hour, minute, second], Some(digits)) if (1..=9).contains(&digits.len()) => (
                *hour,
                *minute,
                (*second).min(59),
                1_000_000 / 10_i64.pow(u32::try_from(digits.len().min(6)).ok()?),
            ),
            _ => return None,
        };
        let whole = offset.to_timestamp(date.to_datetime(Time::new(hour, minute, second, 0).ok()?)).ok()?;
        let part = fraction.map_or(Some(0), micros)?;
        let from = whole.as_microsecond().checked_add(part)?;
        Some(Self { from, until: from.checked_add(lasts)? })
    }

    /// A tenth of the time between then and now, on both sides.
    fn widened(self, now: Timestamp) -> Self {
        let now = now.as_microsecond();
        let tenth = (now.saturating_sub(self.from)).saturating_abs() / 10;
        Self { from: self.from.saturating_sub(tenth), until: self.until.saturating_add(tenth) }
    }

    fn days(self, most: i64) -> Option<impl Iterator<Item = String>> {
        if self.from == i64::MIN || self.until == i64::MAX {
            return None;
        }
        let first = self.from.div_euclid(DAY * 1_000_000);
        let last = self.until.saturating_sub(1).div_euclid(DAY * 1_000_000).max(first);
        (last - first < most).then(|| (first..=last).map(|day| day.to_string()))
    }
}

fn midnight(date: Date) -> Option<i64> {
    let at = Offset::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok();
    match at {
        Some(at) => Some(at.as_microsecond()),
        // The last days that FHIR can write are beyond what a timestamp holds.
        None => {
            Timestamp::MAX.checked_sub(SignedDuration::from_hours(48)).ok().map(Timestamp::as_microsecond)
        }
    }
}

fn offset(text: &str) -> Option<Offset> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let seconds = i32::from(two_digits(hours)?) * 3600 + i32::from(two_digits(minutes)?) * 60;
    Offset::from_seconds(if text.starts_with('-') { -seconds } else { seconds }).ok()
}

fn two_digits(text: &str) -> Option<i8> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn micros(digits: &str) -> Option<i64> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{:0<6}", digits.get(..digits.len().min(6))?).parse().ok()
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
    fn every_match_is_kept_under_a_day_that_is_looked_under() {
        let kept = |element: &Value| Range::of(element).unwrap().keeps();
        assert_eq!(kept(&json!("1970-01-02T10:00:00Z")), ["1"]);
        assert_eq!(kept(&json!("1970-01")).len(), 31);
        assert_eq!(kept(&json!("1970")), ["*"]);
        assert_eq!(kept(&json!({"start": "1970-01-01"})), ["*"]);
        let asked = DateValue::parse("1970-01-02", Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(asked.days().unwrap(), ["1", "*"]);
        let asked = |text| DateValue::parse(text, Timestamp::UNIX_EPOCH).unwrap().bounds();
        assert_eq!(asked("ge1970-01-02").and(asked("lt1970-01-04")).kept_under().unwrap(), ["1", "2", "*"]);
        assert_eq!(asked("ge1970-01-02").kept_under(), None);
    }
}
