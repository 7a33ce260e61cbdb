//! Resources that are not JSON, not FHIR, or refer to what is not there.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Given, VALUE, Wrong, observation, uuid, with};

/// Not JSON, or not of a size and depth that is read.
pub(super) fn malformed(given: &Given) -> Vec<Wrong> {
    let patient = &given.patient;
    let text = observation(patient).to_string();
    let post = |what, body: String| Wrong::new(what, Method::POST, "/Observation", body);
    let nested = (0..80).fold(
        json!({"url": "x", "valueString": VALUE}),
        |inner, _| json!({"url": "x", "extension": [inner]}),
    );
    let large = with(patient, "note", json!([{"text": VALUE.repeat((2 << 20) / VALUE.len() + 1)}]));
    let small = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[]}";
    let bundle = format!("{small}{}", " ".repeat(32 << 20));
    vec![
        post("cut off", text[..text.len() - 2].to_owned()),
        post("a comma too many", text.replace("\"final\"", "\"final\",")),
        post("nothing", String::new()),
        post("a word", VALUE.to_owned()),
        post("a list", format!("[{text}]")),
        Wrong::new("not UTF-8", Method::POST, "/Observation", [text.as_bytes(), b"\xff\xfe"].concat()),
        post("the same key twice", text.replacen('{', &format!("{{\"status\":\"{VALUE}\","), 1)),
        post("nested too deep", with(patient, "extension", json!([nested])).to_string()),
        post("nested far too deep", format!("{}{}", "[".repeat(200_000), "]".repeat(200_000))),
        post("a resource of 2 MB", large.to_string()).status(StatusCode::PAYLOAD_TOO_LARGE),
        Wrong::new("a bundle of 32 MB", Method::POST, "", bundle).status(StatusCode::PAYLOAD_TOO_LARGE),
    ]
}

/// JSON, but not FHIR.
pub(super) fn invalid(given: &Given) -> Vec<Wrong> {
    let patient = &given.patient;
    let status = with(patient, "status", json!(7));
    let mut missing = observation(patient);
    missing.as_object_mut().unwrap().shift_remove("code");
    let quantity = json!({"value": VALUE});
    let unknown_type = json!({"resourceType": VALUE, "id": VALUE}).to_string();
    let library = json!({"resourceType": "Library", "title": VALUE});
    vec![
        Wrong::post("a number for a code", &status).at("Observation.status"),
        Wrong::post("an object for a list", &with(patient, "note", json!({"text": VALUE})))
            .at("Observation.note"),
        Wrong::post("a list for an object", &with(patient, "code", json!([{"text": VALUE}])))
            .at("Observation.code"),
        Wrong::post("a word for a number", &with(patient, "valueQuantity", quantity))
            .at("Observation.valueQuantity.value"),
        Wrong::post("no date", &with(patient, "effectiveDateTime", json!(VALUE)))
            .at("Observation.effectiveDateTime"),
        Wrong::post("not a code", &with(patient, "status", json!(format!(" {VALUE}  "))))
            .at("Observation.status"),
        Wrong::post("null", &with(patient, "effectiveDateTime", Value::Null))
            .at("Observation.effectiveDateTime"),
        Wrong::post("an empty list", &with(patient, "note", json!([]))).at("Observation.note"),
        Wrong::post("an unknown element", &with(patient, "colour", json!(VALUE))).at("Observation.colour"),
        Wrong::post("an unknown element that is a value", &with(patient, VALUE, json!(VALUE)))
            .at("Observation"),
        Wrong::post("an unknown element inside", &with(patient, "code", json!({"txet": VALUE})))
            .at("Observation.code.txet"),
        Wrong::post("a required element missing", &missing).at("Observation.code"),
        Wrong::new("an unknown type", Method::POST, "/Observation", unknown_type.clone()).at("resourceType"),
        Wrong::new("an unknown type in the URL", Method::POST, format!("/{VALUE}"), unknown_type)
            .status(StatusCode::NOT_FOUND),
        Wrong::new("no type", Method::POST, "/Observation", "{}"),
        Wrong::post("a type that is not kept", &library).status(StatusCode::NOT_FOUND),
        Wrong::new("another type than the URL", Method::POST, "/Condition", observation(patient).to_string())
            .at("resourceType"),
    ]
}

/// References that lead nowhere, or to somebody else.
pub(super) fn references(given: &Given) -> Vec<Wrong> {
    let (patient, unprocessable) = (&given.patient, StatusCode::UNPROCESSABLE_ENTITY);
    let prefix = patient.strip_prefix("Patient/").unwrap();
    let encounter =
        |reference: String| with(patient, "encounter", json!({"reference": reference, "display": VALUE}));
    let mut nobodys = observation(patient);
    nobodys.as_object_mut().unwrap().shift_remove("subject");
    let subject =
        |reference: &str| with(patient, "subject", json!({"reference": reference, "display": VALUE}));
    let nothing = format!("Encounter/{prefix}-{}", "0".repeat(26));
    vec![
        Wrong::post("no patient", &nobodys).at("Observation"),
        Wrong::post("a patient by name only", &with(patient, "subject", json!({"display": VALUE})))
            .at("Observation"),
        Wrong::post("a subject that is no reference", &subject(VALUE)).status(unprocessable),
        Wrong::post("no such record", &encounter(nothing))
            .status(unprocessable)
            .at("Observation.encounter.reference"),
        Wrong::post("no id of this server", &encounter(format!("Encounter/{VALUE}")))
            .status(unprocessable)
            .at("Observation.encounter.reference"),
        Wrong::post("not a reference", &encounter(VALUE.to_owned())).at("Observation.encounter.reference"),
        Wrong::post("a conditional reference", &encounter(format!("Encounter?identifier={VALUE}")))
            .at("Observation.encounter.reference"),
        Wrong::post("a urn outside of a bundle", &encounter(format!("urn:uuid:{}", uuid())))
            .status(unprocessable)
            .at("Observation.encounter.reference"),
        Wrong::post("another patient", &with(patient, "focus", json!([{"reference": given.other}])))
            .status(unprocessable)
            .at("Observation.focus[0].reference"),
        Wrong::post(
            "another patient's record",
            &with(patient, "focus", json!([{"reference": given.others_condition}])),
        )
        .status(unprocessable)
        .at("Observation.focus[0].reference"),
        Wrong::post(
            "a practitioner who is not there",
            &with(patient, "performer", json!([{"reference": format!("Practitioner/{}", "0".repeat(26))}])),
        )
        .status(unprocessable)
        .at("Observation.performer[0].reference"),
    ]
}
