//! Numbers as they are written, without a binary form between.

/// Enough for all that a binary float of the synthetic patients is written with.
const PLACES: i32 = 24;

/// A number in units of 10⁻²⁴.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    pub(super) units: i128,
    last_digit: i128,
}

impl Decimal {
    pub(super) fn read(text: &str) -> Self {
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i32 = exponent.parse().unwrap();
        let places = PLACES - i32::try_from(fraction.len()).unwrap() + exponent;
        let last_digit = 10_i128.pow(u32::try_from(places).unwrap());
        let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
        Self { units: digits * last_digit, last_digit }
    }

    /// From, and up to without: 5.4 is what is rounded to 5.4.
    pub(super) fn rounded_to_it(self) -> (i128, i128) {
        (self.units - self.last_digit / 2, self.units + self.last_digit / 2)
    }
}
