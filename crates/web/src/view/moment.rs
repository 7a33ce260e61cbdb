//! Times as people read them.

use jiff::{Timestamp, tz::TimeZone};
use tacenda_kernel::Language;

const ENGLISH: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const ITALIAN: [&str; 12] =
    ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"];

/// A time in a page.
pub(crate) struct Moment {
    /// For programs: RFC 3339.
    pub(crate) machine: String,
    /// For people, to the minute, with the zone where it is not the installation's own.
    pub(crate) text: String,
    /// The day alone.
    pub(crate) day: String,
}

impl Moment {
    /// The time in the installation's zone.
    pub(crate) fn new(at: Timestamp, zone: &TimeZone, language: Language) -> Self {
        let local = at.to_zoned(zone.clone());
        let months = match language {
            Language::English => ENGLISH,
            Language::Italian => ITALIAN,
        };
        let month = months.get(usize::from(local.month().unsigned_abs()).saturating_sub(1)).unwrap_or(&"");
        let day = format!("{} {month} {}", local.day(), local.year());
        let zone = local.strftime("%Z").to_string();
        let text = format!("{day}, {:02}:{:02} {zone}", local.hour(), local.minute());
        Self { machine: format!("{at:.0}"), text, day }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_in_both_languages() {
        let at: Timestamp = "2026-03-01T12:05:33Z".parse().unwrap();
        let english = Moment::new(at, &TimeZone::UTC, Language::English);
        assert_eq!(english.text, "1 Mar 2026, 12:05 UTC");
        assert_eq!(english.machine, "2026-03-01T12:05:33Z");
        let east = TimeZone::fixed(jiff::tz::offset(1));
        let italian = Moment::new("2026-12-31T23:30:00Z".parse().unwrap(), &east, Language::Italian);
        assert_eq!(italian.day, "1 gen 2027");
    }
}
