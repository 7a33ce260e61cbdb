//! Numbers that every client can hold: one that is too large for them becomes infinite there, or zero.

/// What is said of one that is not.
pub(super) const REASON: &str = "a number has at most 100 digits, and an exponent from -200 to 200";

const MOST_DIGITS: usize = 100;
/// With as many digits, less than a double has: 308.
const MOST_EXPONENT: i64 = 200;

/// Whether a number, as JSON writes it, has few enough digits and is neither huge nor tiny.
pub(super) fn fits(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let exponent: Result<i64, _> = exponent.strip_prefix('+').unwrap_or(exponent).parse();
    digits <= MOST_DIGITS && exponent.is_ok_and(|exponent| exponent.abs() <= MOST_EXPONENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_become_infinite_elsewhere_are_refused() {
        for text in ["0", "-1", "3.14", "1e2", "1E+2", "-1.5e-30", "1e200", &"9".repeat(100)] {
            assert!(fits(text), "{text}");
            assert!(text.parse::<f64>().unwrap().is_finite());
        }
        for text in
            ["1e999999999", "1e-999999999", "1e99999999999999999999", "1e201", "-1e400", &"9".repeat(101)]
        {
            assert!(!fits(text), "{text}");
        }
    }
}
