//! Numbers with units (FHIR R4 §3.1.1.4.11): `[prefix]number`, or `[prefix]number|system|code`.

use bigdecimal::BigDecimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prefix::Prefix;

/// Characters of a number, and the exponent it may have: beyond, it is none.
const LONGEST: usize = 64;
const HIGHEST_EXPONENT: i64 = 300;

/// What a quantity parameter asks for.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantityValue {
    prefix: Prefix,
    #[serde(with = "digits")]
    number: BigDecimal,
    /// Half of the last digit that was given: 5.4 stands for all that is rounded to it. A tenth where it is about that.
    #[serde(with = "digits")]
    around: BigDecimal,
    system: Option<String>,
    code: Option<String>,
}

/// A number as its digits: binary forms have none that is as exact.
mod digits {
    use bigdecimal::BigDecimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &BigDecimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BigDecimal, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let plain = digits.len() <= 3 * super::LONGEST;
        digits.parse().ok().filter(|_| plain).ok_or_else(|| D::Error::custom("not a number"))
    }
}

impl QuantityValue {
    pub(super) fn parse(number: &str, system: Option<String>, code: Option<String>) -> Option<Self> {
        let (prefix, text) = Prefix::split(number);
        let number = decimal(text)?;
        let around = match prefix {
            Prefix::Approximately => number.abs() / 10,
            _ => half_of_last_digit(&number),
        };
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        Some(Self { prefix, number, around, system: some(system), code: some(code) })
    }

    /// Whether the Quantity is such. A unit is found by its code or by how it is written.
    pub(super) fn fits(&self, element: &Value) -> bool {
        let text = |name| element.get(name).and_then(Value::as_str);
        let system = self.system.as_deref().is_none_or(|wanted| text("system") == Some(wanted));
        let code = self.code.as_deref().is_none_or(|wanted| {
            text("code") == Some(wanted) || (self.system.is_none() && text("unit") == Some(wanted))
        });
        let Some(Value::Number(value)) = element.get("value") else { return false };
        system && code && decimal(value.as_str()).is_some_and(|value| self.compares(&value))
    }

    fn compares(&self, value: &BigDecimal) -> bool {
        let (low, high) = (&self.number - &self.around, &self.number + &self.around);
        match self.prefix {
            Prefix::Equal => (&low..&high).contains(&value),
            Prefix::Approximately => (&low..=&high).contains(&value),
            Prefix::NotEqual => !(&low..&high).contains(&value),
            Prefix::Greater | Prefix::StartsAfter => *value > self.number,
            Prefix::Less | Prefix::EndsBefore => *value < self.number,
            Prefix::GreaterOrEqual => *value >= self.number,
            Prefix::LessOrEqual => *value <= self.number,
        }
    }
}

/// A number digit by digit: a binary fraction would be another one.
fn decimal(text: &str) -> Option<BigDecimal> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    // SECURITY: reading a long number takes the square of its length.
    if !plain || text.len() > LONGEST {
        return None;
    }
    let number: BigDecimal = text.parse().ok()?;
    (number.fractional_digit_count().abs() <= HIGHEST_EXPONENT).then_some(number)
}

/// Half of what the last digit counts: 0.05 of 5.4, 0.5 of 100, 50 of 1e2.
fn half_of_last_digit(number: &BigDecimal) -> BigDecimal {
    BigDecimal::new(5.into(), number.fractional_digit_count() + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_quantity_crosses_a_wire() {
        for text in ["5.4", "ap1e-300", "1e300", "-0.10", &format!("ap{}", "1".repeat(62)), "le1.50e-20"] {
            let value = QuantityValue::parse(text, None, Some("mg".to_owned())).unwrap();
            let read: QuantityValue = serde_json::from_str(&serde_json::to_string(&value).unwrap()).unwrap();
            assert!(read == value, "{text}");
        }
    }

    #[test]
    fn numbers_stand_for_what_is_rounded_to_them() {
        let fits = |asked: &str, value: &str| {
            let element: Value = serde_json::from_str(&format!("{{\"value\": {value}}}")).unwrap();
            QuantityValue::parse(asked, None, None).unwrap().fits(&element)
        };
        for (asked, value, expected) in [
            ("5.4", "5.4", true),
            ("5.4", "5.44", true),
            ("5.4", "5.45", false),
            ("5.4", "5.35", true),
            ("ap5.0", "5.5", true),
            ("5.40", "5.44", false),
            ("100", "100.4", true),
            ("1e2", "130.0", true),
            ("1e2", "160.0", false),
            ("ne5.4", "5.46", true),
            ("gt5.4", "5.4", false),
            ("gt5.4", "5.41", true),
            ("ge5.4", "5.4", true),
            ("lt5.4", "5.39", true),
            ("le5.4", "5.4", true),
            ("ap100", "109.0", true),
            ("ap100", "111.0", false),
            ("-3", "-3.0", true),
            ("gt37.656021291923", "37.656021291923274", true),
            ("eq0.1", "0.10000000000000001", true),
            ("lt0.3", "0.30000000000000004", false),
            ("ge12345678901234567.89", "12345678901234567.88", false),
            ("gt5", "1e400", false),
            ("gt5", &"9".repeat(1_000_000), false),
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
        for text in [
            "",
            "gt",
            "five",
            "NaN",
            "inf",
            "1e999",
            "1e-999",
            "1e99999999999999999999",
            "0x10",
            "1_000",
            "--1",
        ] {
            assert!(QuantityValue::parse(text, None, None).is_none(), "{text}");
        }
    }
}
