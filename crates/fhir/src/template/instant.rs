//! A time as FHIR's `instant`, written without a formatter.

use jiff::Timestamp;

/// Appends the time as RFC 3339 in UTC with microseconds: `2026-11-21T10:14:03.000123Z`. Years before 0 or after 9999,
/// which FHIR cannot write, come out as the nearest it can.
pub fn write_instant(at: Timestamp, out: &mut Vec<u8>) {
    const FIRST: i64 = -62_167_219_200_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    let micros = at.as_microsecond().clamp(FIRST, LAST);
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    digits(year, 4, out);
    out.push(b'-');
    digits(month, 2, out);
    out.push(b'-');
    digits(day, 2, out);
    out.push(b'T');
    digits(second / 3600, 2, out);
    out.push(b':');
    digits(second / 60 % 60, 2, out);
    out.push(b':');
    digits(second % 60, 2, out);
    out.push(b'.');
    digits(fraction, 6, out);
    out.push(b'Z');
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// Years are taken to begin on 1 March, so that the leap day is the last of its year; eras are 400 such years.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn digits(number: i64, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = number.unsigned_abs();
    for byte in out[start..].iter_mut().rev() {
        *byte = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(at: Timestamp) -> String {
        let mut out = Vec::new();
        write_instant(at, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_times() {
        for text in
            ["1970-01-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z", "1900-03-01T12:00:00.000001Z"]
        {
            assert_eq!(written(text.parse().unwrap()), text);
        }
        assert_eq!(written(Timestamp::MAX), "9999-12-30T22:00:00.999999Z");
        assert_eq!(written(Timestamp::MIN), "0000-01-01T00:00:00.000000Z");
    }

    proptest! {
        #[test]
        fn every_time_reads_back(micros in -62_167_219_200_000_000_i64..253_402_207_200_000_000) {
            let at = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(written(at).parse::<Timestamp>().unwrap(), at);
        }
    }
}
