//! What is written: patients who do not exist, and Observations of 1.5 KB.

use serde_json::{Value, json};

/// What an Observation measures, so that they differ as real ones do.
const WORDS: [&str; 8] =
    ["resting", "seated", "left arm", "right arm", "after exercise", "fasting", "repeated", "calm"];

/// A patient.
pub(crate) fn patient(number: usize) -> Value {
    json!({
        "resourceType": "Patient",
        "active": true,
        "identifier": [{ "system": "https://bench.example/patients", "value": format!("bench-{number}") }],
        "name": [{ "use": "official", "family": "Measured", "given": [format!("Bench{number}")] }],
        "gender": "unknown",
        "birthDate": "1970-01-01",
    })
}

/// An Observation of 1.5 KB. Like the demo's own and Synthea's, it has no identifier.
pub(crate) fn observation(patient: &str, number: usize) -> Value {
    let quantity = |value: usize| json!({ "value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" });
    let words: Vec<&str> =
        (0..6).filter_map(|word| WORDS.get((number >> word) % WORDS.len()).copied()).collect();
    json!({
        "resourceType": "Observation",
        "status": "final",
        "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")],
        "code": {
            "coding": [
                { "system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure" },
                { "system": "http://snomed.info/sct", "code": "271649006", "display": "Systolic blood pressure" },
            ],
            "text": "Systolic blood pressure",
        },
        "subject": { "reference": format!("Patient/{patient}") },
        "effectiveDateTime": format!("2026-0{}-1{}T08:{:02}:00Z", 1 + number % 9, number % 10, number % 60),
        "issued": "2026-09-21T09:00:00.000Z",
        "valueQuantity": quantity(90 + number % 80),
        "interpretation": [concept(
            "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "N", "Normal",
        )],
        "note": [{
            "text": format!(
                "Measurement {number}, {}; cuff of the usual size, second of two readings taken a minute apart.",
                words.join(", ")
            ),
        }],
        "bodySite": concept("http://snomed.info/sct", "368209003", "Right upper arm structure"),
        "method": concept("http://snomed.info/sct", "37931006", "Auscultation"),
        "referenceRange": [{ "low": quantity(90), "high": quantity(140), "text": "adults" }],
    })
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code, "display": display }], "text": display })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_has_as_many_bytes_as_the_floor_says() {
        for number in [0, 7, 999, 123_456] {
            let length = observation(&"7".repeat(26), number).to_string().len();
            assert!((1_450..=1_800).contains(&length), "{length}");
        }
    }
}
