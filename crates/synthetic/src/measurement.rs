//! What is measured, and the parts all measurements share: code, quantity, normal range, interpretation.

use serde_json::{Value, json};

use crate::{
    chart::{Chart, instant},
    coding::{LOINC, decimal, hl7, quantity, worded},
    encounters::Visit,
};

/// A quantity with a LOINC code.
pub(crate) struct Analyte {
    pub(crate) loinc: &'static str,
    pub(crate) english: &'static str,
    pub(crate) italian: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ucum: &'static str,
    /// Decimal places: values and limits are integers in this unit.
    pub(crate) places: u32,
    pub(crate) low: Option<i64>,
    pub(crate) high: Option<i64>,
}

impl Analyte {
    pub(crate) fn code(&self, chart: &Chart<'_>) -> Value {
        worded(LOINC, self.loinc, self.english, chart.say(self.english, self.italian))
    }

    pub(crate) fn quantity(&self, units: i64) -> Value {
        quantity(decimal(units, self.places), self.unit, self.ucum)
    }

    pub(crate) fn interpretation(&self, units: i64) -> Value {
        let (code, display) = if self.high.is_some_and(|high| units > high) {
            ("H", "High")
        } else if self.low.is_some_and(|low| units < low) {
            ("L", "Low")
        } else {
            ("N", "Normal")
        };
        json!([hl7("v3-ObservationInterpretation", code, display)])
    }

    /// The normal range; null if there is none.
    pub(crate) fn reference_range(&self) -> Value {
        let mut range = json!({});
        for (side, limit) in [("low", self.low), ("high", self.high)] {
            if let Some(limit) = limit {
                range[side] = self.quantity(limit);
            }
        }
        if range == json!({}) {
            return Value::Null;
        }
        range["type"] = hl7("referencerange-meaning", "normal", "Normal Range");
        json!([range])
    }
}

/// A measurement at a visit, still without its value.
pub(crate) fn at_visit(chart: &Chart<'_>, visit: &Visit, category: Value, code: Value, minute: i64) -> Value {
    json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [category],
        "code": code,
        "subject": chart.subject,
        "encounter": visit.reference,
        "effectiveDateTime": instant(visit.day, visit.minute + minute),
        "issued": instant(visit.day, visit.minute + minute + 3),
        "performer": [chart.physician, chart.hospital],
    })
}

/// Adds value, interpretation and range to an Observation or to a component of one.
pub(crate) fn with_value(mut place: Value, analyte: &Analyte, units: i64) -> Value {
    place["valueQuantity"] = analyte.quantity(units);
    place["interpretation"] = analyte.interpretation(units);
    let range = analyte.reference_range();
    if !range.is_null() {
        place["referenceRange"] = range;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    const POTASSIUM: Analyte = Analyte {
        loinc: "2823-3",
        english: "Potassium",
        italian: "Potassio",
        unit: "mmol/L",
        ucum: "mmol/L",
        places: 1,
        low: Some(35),
        high: Some(51),
    };

    #[test]
    fn the_interpretation_is_that_of_the_range() {
        let code = |units| POTASSIUM.interpretation(units)[0]["coding"][0]["code"].clone();
        assert_eq!([code(34), code(35), code(51), code(52)], ["L", "N", "N", "H"].map(Value::from));
    }
}
