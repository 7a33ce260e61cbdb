//! A query string, of a type of resource, as anybody may send it: whatever it is, it is read or refused without a panic, a
//! refusal shows nothing of a value, and what was read can be asked of any resource: criteria, chains, what is followed,
//! orders, and how much is shown.

#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tacenda_fhir::{Chain, Criterion, Excerpt, Follow, ResourceType, SearchError, SortKey, parameters};

/// Stands in every value, and must stand in no refusal.
const CANARY: &str = "Qx7Zw";

fuzz_target!(|input: (u8, &str)| {
    let (which, query) = input;
    let kind = ResourceType::ALL[usize::from(which) % ResourceType::ALL.len()];
    let (mut criteria, mut chains, mut orders, mut excerpts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut follow = Follow::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).take(30) {
        // Names that mean something, however the input began.
        let name = name.replace('#', parameters(kind).first().map_or("_id", |parameter| parameter.name));
        criteria.extend(Criterion::parse(kind, &name, &value, Timestamp::UNIX_EPOCH));
        chains.extend(Chain::parse(kind, &name, &value, Timestamp::UNIX_EPOCH).and_then(Result::ok));
        orders.extend(SortKey::parse(kind, &value));
        excerpts.extend(Excerpt::elements(kind, &value));
        let _ = follow.take(kind, &name, &value);
        for (name, value) in [(name.clone(), format!("{value}{CANARY}")), (format!("{name}{CANARY}"), value.into_owned())] {
            for refused in refusals(kind, &name, &value) {
                assert!(!refused.to_string().contains(CANARY), "{refused}");
            }
        }
    }
    excerpts.extend([Excerpt::summary(kind), Excerpt::text(kind)]);
    for excerpt in excerpts {
        let excerpt = excerpt.following(kind, &follow);
        assert!(excerpt.shows("modifierExtension"), "what changes the meaning is always shown");
        for resource in RESOURCES.iter().filter_map(Value::as_object) {
            let _ = resource.keys().filter(|key| excerpt.shows(key)).count();
        }
    }
    for resource in RESOURCES.iter() {
        let references = follow.references(resource);
        assert!(references.iter().all(|reference| resource.to_string().contains(reference.as_str())));
        for key in orders.iter().flatten() {
            let rank = key.rank(resource);
            assert!(tacenda_fhir::Rank::parse(&rank.to_text()).as_ref() == Some(&rank));
        }
    }
    for chain in &chains {
        criteria.push(chain.inner.clone());
        assert!(chain.name().contains('.'));
    }
    for criterion in &criteria {
        let _ = criterion.terms();
        for resource in RESOURCES.iter() {
            let _ = criterion.matches(resource);
        }
    }
    let _ = Criterion::terms_of_all(&criteria);
});

/// Why each reader does not take it.
fn refusals(kind: ResourceType, name: &str, value: &str) -> Vec<SearchError> {
    let mut refused = Vec::new();
    refused.extend(Criterion::parse(kind, name, value, Timestamp::UNIX_EPOCH).err());
    refused.extend(Chain::parse(kind, name, value, Timestamp::UNIX_EPOCH).and_then(Result::err));
    refused.extend(Follow::default().take(kind, name, value).err());
    refused.extend(SortKey::parse(kind, value).err());
    refused.extend(Excerpt::elements(kind, value).err());
    refused
}

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
