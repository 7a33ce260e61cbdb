//! What of time a date, a time or a period says, and the days that it is of (FHIR R4 §2.24.0.3). Where nothing says in
//! which time zone, it is UTC.

use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The days that are told apart in a search; a longer range is not narrowed.
const MOST_DAYS: i64 = 400;
/// The days under each of which a record is kept; one that lasts longer is kept under all.
const MOST_KEPT_DAYS: i64 = 31;
/// In microseconds.
const DAY: i64 = 24 * 60 * 60 * SECOND;
const SECOND: i64 = 1_000_000;
/// Under what a record is kept that lasts too long for single days.
const LONG: &str = "*";

/// From a moment up to, and without, another: microseconds of the Unix epoch; the ends of time where open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) until: i64,
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

    pub(super) fn parse(text: &str) -> Option<Self> {
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
            None => Some(Self { from: midnight(first)?, until: midnight(last)?.checked_add(DAY)? }),
            Some(time) if parts.len() == 3 => Self::of_time(first, time),
            Some(_) => None,
        }
    }

    fn of_time(date: Date, text: &str) -> Option<Self> {
        let (time, offset) = match text.strip_suffix('Z') {
            Some(time) => (time, 0),
            None => match text.rfind(['+', '-', ' ']) {
                // A plus that nobody escaped is a space.
                Some(at) => (text.get(..at)?, offset(text.get(at..)?)?),
                None => (text, 0),
            },
        };
        let (whole, fraction) =
            time.split_once('.').map_or((time, None), |(whole, part)| (whole, Some(part)));
        let parts: Vec<i8> = whole.split(':').map(two_digits).collect::<Option<_>>()?;
        let (hour, minute, second, lasts) = match (parts.as_slice(), fraction) {
            ([hour, minute], None) => (*hour, *minute, 0, 60 * SECOND),
            // A leap second is the last of its minute.
            ([hour, minute, second @ 0..=60], None) => (*hour, *minute, (*second).min(59), SECOND),
            ([hour, minute, second @ 0..=60], Some(digits)) => (
                *hour,
                *minute,
                (*second).min(59),
                SECOND / 10_i64.pow(u32::try_from(digits.len().min(6)).ok()?),
            ),
            _ => return None,
        };
        // A clock has such a time.
        Time::new(hour, minute, second, 0).ok()?;
        let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
        let part = fraction.map_or(Some(0), micros)?;
        let from = midnight(date)?.checked_add((seconds - offset) * SECOND)?.checked_add(part)?;
        Some(Self { from, until: from.checked_add(lasts)? })
    }

    /// A tenth of the time between then and now, on both sides.
    pub(super) fn widened(self, now: Timestamp) -> Self {
        let now = now.as_microsecond();
        let tenth = (now.saturating_sub(self.from)).saturating_abs() / 10;
        Self { from: self.from.saturating_sub(tenth), until: self.until.saturating_add(tenth) }
    }

    fn days(self, most: i64) -> Option<impl Iterator<Item = String>> {
        if self.from == i64::MIN || self.until == i64::MAX {
            return None;
        }
        let first = self.from.div_euclid(DAY);
        let last = self.until.saturating_sub(1).div_euclid(DAY).max(first);
        (last - first < most).then(|| (first..=last).map(|day| day.to_string()))
    }
}

/// Counted by the calendar: what FHIR can write lasts longer than the clock of a time library.
fn midnight(date: Date) -> Option<i64> {
    let epoch = Date::new(1970, 1, 1).ok()?;
    date.duration_since(epoch).as_hours().checked_mul(60 * 60 * SECOND)
}

/// Seconds east of Greenwich.
fn offset(text: &str) -> Option<i64> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let seconds = i64::from(two_digits(hours)?) * 3600 + i64::from(two_digits(minutes)?) * 60;
    let seconds = if text.starts_with('-') { -seconds } else { seconds };
    (seconds.abs() <= 14 * 3600).then_some(seconds)
}

fn two_digits(text: &str) -> Option<i8> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn micros(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{:0<6}", digits.get(..digits.len().min(6))?).parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_kept_under_its_days() {
        let kept = |element: &Value| Range::of(element).unwrap().keeps();
        assert_eq!(kept(&json!("1970-01-02T10:00:00Z")), ["1"]);
        assert_eq!(kept(&json!("1970-01")).len(), 31);
        assert_eq!(kept(&json!("1970")), ["*"]);
        assert_eq!(kept(&json!({"start": "1970-01-01"})), ["*"]);
    }

    #[test]
    fn time_has_no_end_before_fhirs() {
        let at = |text| Range::parse(text).unwrap();
        assert_eq!(at("1970-01-01T00:00:01Z"), Range { from: 1_000_000, until: 2_000_000 });
        assert_eq!(at("9999-12-31").until, at("9999").until);
        assert_eq!(at("9999-12-31T23:59:60Z").until, at("9999-12-31").until);
        assert_eq!(
            at("9999-12-31T23:59:59.999999999999-14:00").from - at("9999-12-31").until,
            14 * 3600 * SECOND - 1
        );
        assert_eq!(at("0001-01-01T00:00:00+14:00").from, at("0001").from - 14 * 3600 * SECOND);
    }
}
