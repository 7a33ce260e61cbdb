//! Dates and times of FHIR: those that a calendar and a clock have.

use jiff::civil::Date;

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, of the years 1 to 9999.
pub(super) fn is_date(text: &str) -> bool {
    let number = |from: usize, to: usize| digits(text.get(from..to)?);
    let hyphens = || text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 4 | 7));
    let (year, month, day) = match text.len() {
        4 => (number(0, 4), Some(1), Some(1)),
        7 => (number(0, 4), number(5, 7), Some(1)),
        10 => (number(0, 4), number(5, 7), number(8, 10)),
        _ => return false,
    };
    let (Some(year @ 1..), Some(month), Some(day)) = (year, month, day) else { return false };
    let valid =
        || Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    hyphens() && valid().is_some()
}

/// A date, or a date with a time and its zone.
pub(super) fn is_date_time(text: &str) -> bool {
    is_date(text) || is_instant(text)
}

/// `YYYY-MM-DDThh:mm:ss.fffZ`, or with the distance from UTC in its place, up to 14 hours.
pub(super) fn is_instant(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    if date.len() != 10 || !is_date(date) {
        return false;
    }
    if let Some(time) = rest.strip_suffix('Z') {
        return is_time(time);
    }
    let Some(at) = rest.find(['+', '-']) else { return false };
    let (time, zone) = rest.split_at(at);
    let zone = zone.get(1..).unwrap_or_default();
    let away = zone.split_once(':').and_then(|(hours, minutes)| Some((pair(hours)?, pair(minutes)?)));
    is_time(time) && matches!(away, Some((0..=13, 0..=59) | (14, 0)))
}

/// `hh:mm:ss`, perhaps with parts of a second. A leap second is one.
pub(super) fn is_time(text: &str) -> bool {
    let (whole, parts) = text.split_once('.').map_or((text, None), |(whole, parts)| (whole, Some(parts)));
    let mut numbers = whole.split(':').map(pair);
    let time = (numbers.next().flatten(), numbers.next().flatten(), numbers.next().flatten());
    let on_a_clock = matches!(time, (Some(0..=23), Some(0..=59), Some(0..=60)));
    on_a_clock && numbers.next().is_none() && parts.is_none_or(|parts| digits(parts).is_some() || long(parts))
}

fn pair(text: &str) -> Option<u32> {
    (text.len() == 2).then(|| digits(text)).flatten()
}

/// More digits than a number holds.
fn long(text: &str) -> bool {
    text.len() > 9 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn digits(text: &str) -> Option<u32> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_of_the_calendar() {
        for good in ["2020", "0001", "9999-12", "2020-02-29", "2000-02-29", "9999-12-31"] {
            assert!(is_date(good) && is_date_time(good) && !is_instant(good), "{good}");
        }
        for bad in [
            "0000",
            "2020-13",
            "2020-00",
            "2021-02-29",
            "1900-02-29",
            "2021-04-31",
            "2020-2-9",
            "20200229",
            "2020-02-30",
            "2020/02/01",
            "2020-02-01T",
            "",
            "202",
            "+202",
            "2020-",
            "-2020",
            "２０２０",
        ] {
            assert!(!is_date(bad) && !is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn a_time_is_of_the_clock_and_has_its_zone() {
        for good in [
            "2020-02-29T23:59:59Z",
            "2016-12-31T23:59:60Z",
            "2020-01-01T00:00:00.123456789012+14:00",
            "2020-01-01T00:00:00-13:59",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00+14:00",
        ] {
            assert!(is_date_time(good) && is_instant(good), "{good}");
        }
        for bad in [
            "2020-01-01T24:00:00Z",
            "2020-01-01T00:60:00Z",
            "2020-01-01T00:00:61Z",
            "2020-01-01T00:00Z",
            "2020-01-01T00:00:00",
            "2020-01-01T00:00:00+14:30",
            "2020-01-01T00:00:00+15:00",
            "2020-01-01T00:00:00+1:00",
            "2020-01-01T00:00:00.Z",
            "2021-02-29T00:00:00Z",
            "2020-01T00:00:00Z",
            "2020-01-01t00:00:00Z",
            "2020-01-01 00:00:00Z",
            "2020-01-01T00:00:00z",
        ] {
            assert!(!is_date_time(bad) && !is_instant(bad), "{bad}");
        }
        assert!(is_time("23:59:59.5") && !is_time("23:59") && !is_time("1:00:00") && !is_time("00:00:00:00"));
    }
}
