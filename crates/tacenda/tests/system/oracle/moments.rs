//! What of time a date, a time or a period says.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::Value;
use tacenda_kernel::{Clock, SystemClock};

/// Microseconds of the Unix epoch, from and up to without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Moments {
    pub(super) fn of(element: &Value) -> Option<Self> {
        if let Some(text) = element.as_str() {
            return Some(Self::read(text));
        }
        if let Some(period) = element["repeat"].get("boundsPeriod") {
            return Self::of(period);
        }
        if let Some(events) = element["event"].as_array() {
            let all: Vec<Self> = events.iter().filter_map(Self::of).collect();
            return Some(Self {
                from: all.iter().map(|one| one.from).min()?,
                until: all.iter().map(|one| one.until).max()?,
            });
        }
        let (start, end) = (element["start"].as_str(), element["end"].as_str());
        (start.is_some() || end.is_some()).then(|| Self {
            from: start.map_or(i64::MIN, |text| Self::read(text).from),
            until: end.map_or(i64::MAX, |text| Self::read(text).until),
        })
    }

    pub(super) fn read(text: &str) -> Self {
        let midnight = |date: Date| date.to_zoned(TimeZone::UTC).unwrap().timestamp().as_microsecond();
        let days = |from: Date, until: Date| Self { from: midnight(from), until: midnight(until) };
        match text.len() {
            4 => {
                let first: Date = format!("{text}-01-01").parse().unwrap();
                days(first, first.checked_add(1.year()).unwrap())
            }
            7 => {
                let first: Date = format!("{text}-01").parse().unwrap();
                days(first, first.checked_add(1.month()).unwrap())
            }
            10 => {
                let day: Date = text.parse().unwrap();
                days(day, day.tomorrow().unwrap())
            }
            _ => Self::of_time(text),
        }
    }

    fn of_time(text: &str) -> Self {
        let (date, time) = text.split_once('T').unwrap();
        let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (time, zone) = time.split_at(zone);
        let zone = if zone.is_empty() { "Z" } else { zone };
        let (time, lasts) = match (time.len(), time.split_once('.')) {
            (5, _) => (format!("{time}:00"), 60_000_000),
            (_, None) => (time.to_owned(), 1_000_000),
            (_, Some((_, fraction))) => {
                (time.to_owned(), 1_000_000 / 10_i64.pow(fraction.len().min(6).try_into().unwrap()))
            }
        };
        let at: Timestamp = format!("{date}T{time}{zone}").parse().unwrap();
        let from = at.as_microsecond();
        Self { from, until: from + lasts }
    }
}

pub(super) fn now_in_microseconds() -> i64 {
    SystemClock.now().as_microsecond()
}
