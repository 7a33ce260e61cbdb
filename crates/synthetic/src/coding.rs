//! Code systems, and the few datatypes that every resource repeats.

use serde_json::{Value, json};

pub(crate) const ATC: &str = "http://www.whocc.no/atc";
pub(crate) const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(crate) const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";
pub(crate) const LOINC: &str = "http://loinc.org";
pub(crate) const SNOMED: &str = "http://snomed.info/sct";
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";

/// What an installation's facts are.
pub(crate) const INSTALLATION_FACT: &str = "urn:tacenda:installation-fact";
/// What a sensor in a home measures.
pub(crate) const SENSOR: &str = "urn:tacenda:sensor";
/// Installation, maintenance or removal.
pub(crate) const TICKET_CATEGORY: &str = "urn:tacenda:ticket-category";

/// A code of one of HL7's own systems, named by its last path segment.
pub(crate) fn hl7(system: &str, code: &str, display: &str) -> Value {
    concept(&format!("http://terminology.hl7.org/CodeSystem/{system}"), code, display)
}

/// A concept with one coding, whose display is also its text.
pub(crate) fn concept(system: &str, code: &str, display: &str) -> Value {
    worded(system, code, display, display)
}

/// A concept with one coding and a text of its own.
pub(crate) fn worded(system: &str, code: &str, display: &str, text: &str) -> Value {
    json!({ "coding": [coding(system, code, display)], "text": text })
}

pub(crate) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({ "system": system, "code": code, "display": display })
}

/// A decimal number: `units` of 10^-`places`. Decimals stay integers until here, so that no rounding differs between machines.
pub(crate) fn decimal(units: i64, places: u32) -> Value {
    match places {
        0 => Value::from(units),
        _ => Value::from(units as f64 / 10_i64.pow(places) as f64),
    }
}

pub(crate) fn quantity(value: Value, unit: &str, ucum: &str) -> Value {
    json!({ "value": value, "unit": unit, "system": UCUM, "code": ucum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_print_as_written() {
        let printed =
            [decimal(72, 0), decimal(365, 1), decimal(104, 2), decimal(-5, 1)].map(|v| v.to_string());
        assert_eq!(printed, ["72", "36.5", "1.04", "-0.5"]);
    }
}
