//! A query string, of a type of resource, as anybody may send it: whatever it is, it is read or refused without a panic, a
//! refusal shows nothing of a value, and what was read can be asked of any resource.

#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tacenda_fhir::{Criterion, ResourceType, parameters};

/// Stands in every value, and must stand in no refusal.
const CANARY: &str = "Qx7Zw";

fuzz_target!(|input: (u8, &str)| {
    let (which, query) = input;
    let kind = ResourceType::ALL[usize::from(which) % ResourceType::ALL.len()];
    let mut criteria = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).take(30) {
        // Names that mean something, however the input began.
        let name = name.replace('#', parameters(kind).first().map_or("_id", |parameter| parameter.name));
        criteria.extend(Criterion::parse(kind, &name, &value, Timestamp::UNIX_EPOCH));
        for (name, value) in [(name.clone(), format!("{value}{CANARY}")), (format!("{name}{CANARY}"), value.into_owned())] {
            if let Err(refused) = Criterion::parse(kind, &name, &value, Timestamp::UNIX_EPOCH) {
                assert!(!refused.to_string().contains(CANARY), "{refused}");
            }
        }
    }
    for criterion in &criteria {
        let _ = criterion.terms();
        for resource in RESOURCES.iter() {
            let _ = criterion.matches(resource);
        }
    }
    let _ = Criterion::terms_of_all(&criteria);
});

/// Elements of every kind that is searched by, some of them malformed as nothing that was validated would be.
static RESOURCES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    vec![
        json!({"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-02-30T25:00",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}], "text": "x"},
            "subject": {"reference": "patient"}, "encounter": {"reference": "Encounter/1/_history/2"},
            "valueQuantity": {"value": 1e308, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}),
        json!({"resourceType": "Patient", "name": [{"family": "Ἀθηνᾶ", "given": ["ß", ""]}], "birthDate": "1980",
            "telecom": [{"value": "555-0100"}], "identifier": [{"system": "", "value": "s|1"}, {"value": 3}]}),
        json!({"resourceType": "Encounter", "period": {"start": "2026-13", "end": "0000-01-01"}, "status": 7}),
        json!(null),
    ]
});
