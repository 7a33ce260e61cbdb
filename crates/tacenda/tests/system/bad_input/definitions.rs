//! FHIR by its shape, and not by R4's definitions: codes, calendars, targets, what is contained, rules between elements.

use reqwest::Method;
use serde_json::json;

use super::{Given, VALUE, Wrong, with};

/// Each in one way.
pub(super) fn against_r4(given: &Given) -> Vec<Wrong> {
    let patient = &given.patient;
    let with = |element: &str, value| with(patient, element, value);
    let reference = |to: &str| json!({"reference": to, "display": VALUE});
    let contained = |resources| {
        let mut sent = with("contained", resources);
        sent["specimen"] = json!({"reference": "#s"});
        sent
    };
    let specimen = json!({"resourceType": "Specimen", "id": "s"});
    let condition = json!({"fullUrl": "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a73",
        "request": {"method": "POST", "url": "Condition"},
        "resource": {"resourceType": "Condition", "subject": {"reference": patient}, "code": {"text": VALUE}}});
    let observation = json!({"request": {"method": "POST", "url": "Observation"},
        "resource": with("encounter", reference("urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a73"))});
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [observation, condition]});
    vec![
        Wrong::new("an entry of another type", Method::POST, "", bundle.to_string())
            .at("Bundle.entry[0].resource.encounter.reference"),
        Wrong::post("a code that R4 does not have", &with("status", json!(VALUE))).at("Observation.status"),
        Wrong::post("a day that no calendar has", &with("effectiveDateTime", json!("2021-02-29")))
            .at("Observation.effectiveDateTime"),
        Wrong::post("a zone that is nowhere", &with("effectiveDateTime", json!("2021-02-28T10:00:00+14:30")))
            .at("Observation.effectiveDateTime"),
        Wrong::post("a control character", &with("valueString", json!(format!("{VALUE}\u{0}"))))
            .at("Observation.valueString"),
        Wrong::post("an object with nothing in it", &with("method", json!({}))).at("Observation.method"),
        Wrong::post("nothing beside a value", &with("_status", json!({}))).at("Observation._status"),
        Wrong::post("a reference to another type", &with("encounter", reference(patient)))
            .at("Observation.encounter.reference"),
        Wrong::post("a reference that says another type", &with("encounter", json!({"type": "Patient"})))
            .at("Observation.encounter.type"),
        Wrong::post("what is contained and is not there", &with("performer", json!([reference("#nope")])))
            .at("Observation.performer[0].reference"),
        Wrong::post("what is contained and has another type", &{
            let mut sent = contained(json!([specimen]));
            sent["encounter"] = json!({"reference": "#s"});
            sent
        })
        .at("Observation.encounter.reference"),
        Wrong::post("what is contained without an id", &contained(json!([{"resourceType": "Specimen"}])))
            .at("Observation.contained[0]"),
        Wrong::post("what is contained twice", &contained(json!([specimen, specimen])))
            .at("Observation.contained[1]"),
        Wrong::post("what is contained for nothing", &with("contained", json!([specimen])))
            .at("Observation.contained[0]"),
        Wrong::post("a reason for a value that is there", &{
            let mut sent = with("valueString", json!(VALUE));
            sent["dataAbsentReason"] = json!({"text": VALUE});
            sent
        })
        .at("Observation"),
        Wrong::post("a unit without its system", &with("valueQuantity", json!({"value": 1, "code": VALUE})))
            .at("Observation.valueQuantity"),
        Wrong::post(
            "an end before its beginning",
            &with("effectivePeriod", json!({"start": "2021-02-28", "end": "2021-02-27"})),
        )
        .at("Observation.effectivePeriod"),
    ]
}
