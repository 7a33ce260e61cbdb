//! Examples that run as they are, as a clinician, in the order in which they are shown: the transaction registers the
//! patient whom the others find.

use serde_json::{Value, json};
use tacenda_fhir::ResourceType;

/// The system of identifiers that only examples have.
const SYSTEM: &str = "urn:tacenda:example";

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "identifier": [{"system": SYSTEM, "value": "ada-1"}],
        "name": [{"family": "Esempio", "given": ["Ada"]}],
        "gender": "female",
        "birthDate": "1961-04-12",
    })
}

pub(super) fn bundles(_: Option<ResourceType>) -> Vec<(&'static str, Value)> {
    let subject = json!({"reference": "urn:uuid:0b6f4f0c-6ad1-4c3e-9b58-64b9e5a2a001"});
    let condition = json!({
        "resourceType": "Condition",
        "subject": subject,
        "clinicalStatus": {"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"},
        ]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "38341003", "display": "Hypertension"}]},
        "onsetDateTime": "2019-05-02",
    });
    let observation = json!({
        "resourceType": "Observation",
        "status": "final",
        "subject": subject,
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
        "effectiveDateTime": "2026-03-01T09:30:00Z",
        "valueQuantity": {"value": 70.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    });
    let post = |resource: Value| {
        let kind = resource["resourceType"].clone();
        json!({"resource": resource, "request": {"method": "POST", "url": kind}})
    };
    let mut first = post(patient());
    first["fullUrl"] = subject["reference"].clone();
    let get = |url: &str| json!({"request": {"method": "GET", "url": url}});
    vec![
        (
            "Register a patient with records",
            json!({"resourceType": "Bundle", "type": "transaction",
                "entry": [first, post(condition), post(observation)]}),
        ),
        (
            "Two searches at once",
            json!({"resourceType": "Bundle", "type": "batch", "entry": [
                get("Patient?identifier=urn:tacenda:example|ada-1"), get("Organization?_count=5"),
            ]}),
        ),
    ]
}

pub(super) fn resources(kind: Option<ResourceType>) -> Vec<(&'static str, Value)> {
    // Others are about a patient, whose id no example can know.
    if kind != Some(ResourceType::Patient) {
        return Vec::new();
    }
    let mut other = patient();
    other["identifier"][0]["value"] = json!("bruno-2");
    other["name"] = json!([{"family": "Esempio", "given": ["Bruno"]}]);
    other["gender"] = json!("male");
    vec![("Patient", other)]
}

pub(super) fn forms(_: Option<ResourceType>) -> Vec<(&'static str, Value)> {
    vec![("Patient", json!({"identifier": "urn:tacenda:example|ada-1"}))]
}

/// Searches of a type, as requests.
pub(super) fn searches(kind: &str) -> &'static [&'static str] {
    match kind {
        "Patient" => &[
            "GET /fhir/Patient?identifier=urn:tacenda:example%7Cada-1",
            "GET /fhir/Patient?family=esempio&given=ada",
            "GET /fhir/Patient?name=esem&birthdate=ge1960&_count=10",
        ],
        "Organization" => &["GET /fhir/Organization?name=osp"],
        "Practitioner" => &["GET /fhir/Practitioner?_count=5"],
        _ => &[],
    }
}
