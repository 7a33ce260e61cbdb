//! Numbers with units (FHIR R4 §3.1.1.4.11): `[prefix]number`, or `[prefix]number|system|code`.

use serde_json::Value;

use super::prefix::Prefix;

/// What a quantity parameter asks for.
#[derive(Clone, PartialEq)]
pub struct QuantityValue {
    prefix: Prefix,
    number: f64,
    /// Half of the last digit that was given: 5.4 stands for all that is rounded to it.
    half: f64,
    system: Option<String>,
    code: Option<String>,
}

impl QuantityValue {
    pub(super) fn parse(number: &str, system: Option<String>, code: Option<String>) -> Option<Self> {
        let (prefix, text) = Prefix::split(number);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        let number: f64 = text.parse().ok().filter(|number: &f64| plain && number.is_finite())?;
        let half = match prefix {
            Prefix::Approximately => number.abs() / 10.0,
            _ => half_of_last_digit(text)?,
        };
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        Some(Self { prefix, number, half, system: some(system), code: some(code) })
    }

    /// Whether the Quantity is such. A unit is found by its code or by how it is written.
    pub(super) fn fits(&self, element: &Value) -> bool {
        let text = |name| element.get(name).and_then(Value::as_str);
        let system = self.system.as_deref().is_none_or(|wanted| text("system") == Some(wanted));
        let code = self.code.as_deref().is_none_or(|wanted| {
            text("code") == Some(wanted) || (self.system.is_none() && text("unit") == Some(wanted))
        });
        let Some(value) = element.get("value").and_then(Value::as_f64) else { return false };
        system && code && self.compares(value)
    }

    fn compares(&self, value: f64) -> bool {
        // Decimal fractions have no exact binary form: what differs by a billionth of the number is the same.
        let slack = self.number.abs().max(1.0) * 1e-9;
        let above = if self.prefix == Prefix::Approximately { slack } else { -slack };
        let about = value >= self.number - self.half - slack && value < self.number + self.half + above;
        let same = (value - self.number).abs() <= slack;
        match self.prefix {
            Prefix::Equal | Prefix::Approximately => about,
            Prefix::NotEqual => !about,
            Prefix::Greater | Prefix::StartsAfter => value > self.number && !same,
            Prefix::Less | Prefix::EndsBefore => value < self.number && !same,
            Prefix::GreaterOrEqual => value > self.number || same,
            Prefix::LessOrEqual => value < self.number || same,
        }
    }
}

/// Half of what the last digit counts: 0.05 of 5.4, 0.5 of 100, 50 of 1e2.
fn half_of_last_digit(text: &str) -> Option<f64> {
    let (digits, exponent) =
        text.split_once(['e', 'E']).map_or((text, "0"), |(digits, exponent)| (digits, exponent));
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= 300)?;
    let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    Some(0.5 * 10_f64.powi(exponent - i32::try_from(fraction).ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_stand_for_what_is_rounded_to_them() {
        let of = |value: f64| json!({"value": value, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"});
        let fits =
            |asked: &str, value: f64| QuantityValue::parse(asked, None, None).unwrap().fits(&of(value));
        for (asked, value, expected) in [
            ("5.4", 5.4, true),
            ("5.4", 5.44, true),
            ("5.4", 5.45, false),
            ("5.4", 5.35, true),
            ("ap5.0", 5.5, true),
            ("5.40", 5.44, false),
            ("100", 100.4, true),
            ("1e2", 130.0, true),
            ("1e2", 160.0, false),
            ("ne5.4", 5.46, true),
            ("gt5.4", 5.4, false),
            ("gt5.4", 5.41, true),
            ("ge5.4", 5.4, true),
            ("lt5.4", 5.39, true),
            ("le5.4", 5.4, true),
            ("ap100", 109.0, true),
            ("ap100", 111.0, false),
            ("-3", -3.0, true),
        ] {
            assert_eq!(fits(asked, value), expected, "{asked} {value}");
        }
    }

    #[test]
    fn units_are_told_by_code_or_by_text() {
        let element =
            json!({"value": 5, "unit": "milligram", "system": "http://unitsofmeasure.org", "code": "mg"});
        let fits = |system: &str, code: &str| {
            QuantityValue::parse("5", Some(system.to_owned()), Some(code.to_owned())).unwrap().fits(&element)
        };
        assert!(fits("http://unitsofmeasure.org", "mg") && fits("", "mg") && fits("", "milligram"));
        assert!(
            !fits("urn:other", "mg") && !fits("http://unitsofmeasure.org", "milligram") && !fits("", "g")
        );
        assert!(!QuantityValue::parse("5", None, None).unwrap().fits(&json!({"unit": "mg"})));
    }

    #[test]
    fn nonsense_is_no_number() {
        for text in ["", "gt", "five", "NaN", "inf", "1e999", "0x10", "1_000", "--1"] {
            assert!(QuantityValue::parse(text, None, None).is_none(), "{text}");
        }
    }
}
