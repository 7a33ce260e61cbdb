//! The search table, as a reviewer reads it, and whether its paths are R4's; that what matches is found by its terms.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use tacenda_fhir::{Criterion, ResourceType, SearchError, parameters, terms};

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn criterion(kind: ResourceType, name: &str, text: &str) -> Criterion {
    Criterion::parse(kind, name, text, now()).unwrap()
}

fn found(resource: &Value, name: &str, text: &str) -> bool {
    let criterion = criterion(ResourceType::of(resource).unwrap(), name, text);
    let found = criterion.matches(resource);
    let kept = terms(resource, criterion.parameter.resource_type);
    let narrowed = criterion.terms().iter().all(|group| group.iter().any(|term| kept.contains(term)));
    assert!(!found || narrowed, "{name}={text} matches and is not found");
    found
}

#[test]
fn names_begin_so() {
    let patient = json!({"resourceType": "Patient", "id": "1", "name": [
        {"family": "De Luca", "given": ["Niccolò", "Anna"]}, {"text": "Signora Müller"}]});
    for (parameter, text, expected) in [
        ("family", "de luca", true),
        ("family", "DE", true),
        ("family", "luca", false),
        ("name", "luca", true),
        ("name", "nicco", true),
        ("name", "NICCOLÓ", true),
        ("name", "mull", true),
        ("name", "uller", false),
        ("given", "ann", true),
        ("given", "luca", false),
        ("given", "xx,ann", true),
        ("family:exact", "De Luca", true),
        ("family:exact", "de luca", false),
        ("family:exact", "De", false),
        ("name:missing", "false", true),
        ("telecom:missing", "true", true),
    ] {
        assert_eq!(found(&patient, parameter, text), expected, "{parameter} {text}");
    }
}

#[test]
fn tokens_have_systems() {
    let patient = json!({"resourceType": "Patient", "gender": "female", "active": true,
        "identifier": [{"system": "urn:a", "value": "7"}, {"value": "8"}],
        "telecom": [{"system": "phone", "value": "555"}, {"system": "email", "value": "a@b.example"}]});
    for (parameter, text, expected) in [
        ("identifier", "7", true),
        ("identifier", "urn:a|7", true),
        ("identifier", "urn:b|7", false),
        ("identifier", "|7", false),
        ("identifier", "|8", true),
        ("identifier", "8", true),
        ("identifier", "urn:a|8", false),
        ("identifier", "70", false),
        ("gender", "female", true),
        ("gender", "http://hl7.org/fhir/administrative-gender|female", true),
        ("gender:not", "female", false),
        ("gender:not", "male", true),
        ("active", "true", true),
        ("active", "false", false),
        ("phone", "555", true),
        ("email", "555", false),
        ("telecom", "a@b.example", true),
    ] {
        assert_eq!(found(&patient, parameter, text), expected, "{parameter} {text}");
    }
    let condition = json!({"resourceType": "Condition", "code": {"coding": [
        {"system": "http://snomed.info/sct", "code": "44054006"}, {"system": "urn:local", "code": "d2"}]}});
    assert!(found(&condition, "code", "http://snomed.info/sct|"));
    assert!(found(&condition, "code", "x,urn:local|d2"));
    assert!(!found(&condition, "code", "urn:local|44054006"));
}

#[test]
fn observations_are_found_by_when_and_how_much() {
    let observation = json!({"resourceType": "Observation", "effectiveDateTime": "2026-01-10T08:00:00+01:00",
        "valueQuantity": {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        "encounter": {"reference": "Encounter/e1"}, "performer": [{"reference": "https://other.example/Practitioner/9"}],
        "meta": {"lastUpdated": "2026-02-01T00:00:00Z", "tag": [{"code": "t"}], "profile": ["http://p.example"]}});
    for (parameter, text, expected) in [
        ("date", "2026-01-10", true),
        ("date", "2026-01", true),
        ("date", "2025", false),
        ("date", "ge2026-01-10", true),
        ("date", "lt2026-01-10", false),
        ("value-quantity", "120", true),
        ("value-quantity", "gt120|http://unitsofmeasure.org|mm[Hg]", false),
        ("value-quantity", "le120||mmHg", true),
        ("combo-value-quantity", "ap115", true),
        ("encounter", "e1", true),
        ("encounter", "Encounter/e1", true),
        ("encounter", "Encounter/e2", false),
        ("encounter:Encounter", "e1", true),
        ("performer", "https://other.example/Practitioner/9", true),
        ("performer", "9", false),
        ("_lastUpdated", "gt2026-01-31", true),
        ("_tag", "t", true),
        ("_profile", "http://p.example", true),
        ("value-string:missing", "true", true),
    ] {
        assert_eq!(found(&observation, parameter, text), expected, "{parameter} {text}");
    }
    let range = [
        criterion(ResourceType::Observation, "date", "ge2026-01-01"),
        criterion(ResourceType::Observation, "date", "lt2026-02-01"),
    ];
    let groups = Criterion::terms_of_all(&range);
    let [days] = groups.as_slice() else { panic!("neither says anything by itself") };
    assert_eq!(days.len(), 32, "31 days, and what lasts longer");
    assert!(terms(&observation, ResourceType::Observation).iter().any(|term| days.contains(term)));
}

#[test]
fn what_cannot_be_searched_by_is_said_without_its_value() {
    use SearchError::*;
    let refused = |kind, name: &str, text: &str| Criterion::parse(kind, name, text, now()).unwrap_err();
    let (patient, observation) = (ResourceType::Patient, ResourceType::Observation);
    for (kind, name, text, error) in [
        (patient, "nonsense", "x", Unsupported("that was asked for")),
        (patient, "code", "x", Unsupported("code")),
        (patient, "name:contains", "x", Modifier("name")),
        (observation, "date:exact", "2020", Modifier("date")),
        (observation, "encounter:Nonsense", "1", Modifier("encounter")),
        (patient, "name", "--", Empty("name")),
        (patient, "identifier", "urn:a|", SystemOnly("identifier")),
        (patient, "_id", "no id!", NotAnId("_id")),
        (patient, "birthdate", "yesterday", NotADate("birthdate")),
        (observation, "value-quantity", "much", NotAQuantity("value-quantity")),
        (observation, "encounter", "no id!", NotAReference("encounter")),
        (observation, "encounter:Encounter", "Patient/1", NotAReference("encounter")),
        (observation, "code:missing", "perhaps", NotYesOrNo("code")),
    ] {
        let found = refused(kind, name, text);
        assert_eq!(found, error, "{name}");
        assert!(!found.to_string().contains(text) || text == "x", "{found}");
    }
    assert_eq!(refused(patient, "name", &"x".repeat(600)), TooLong("name"));
    assert_eq!(refused(patient, "name", &"x,".repeat(30)), TooMany("name"));
}

proptest! {
    #[test]
    fn what_matches_has_the_terms(family in "[\\w' ]{1,20}", given in "[a-zà-ü]{1,15}", letters in 3_usize..20) {
        let patient = json!({"resourceType": "Patient", "name": [{"family": family, "given": [given]}]});
        let query: String = family.chars().take(letters).collect();
        let Ok(criterion) = Criterion::parse(ResourceType::Patient, "name", &query.replace([',', '\\'], ""), now()) else { return Ok(()) };
        // Of a word of one or two letters only the whole is kept.
        let short = query.split_whitespace().next_back().is_some_and(|word| word.chars().filter(|c| c.is_alphanumeric()).count() < 3);
        if !short && criterion.matches(&patient) {
            let kept = terms(&patient, ResourceType::Patient);
            prop_assert!(criterion.terms().iter().all(|group| group.iter().any(|term| kept.contains(term))));
        }
    }

    #[test]
    fn a_date_that_matches_has_the_terms(year in 1950_i16..2030, month in 1_i8..13, day in 1_i8..29, precision in 0_usize..3, offset in -3_i64..4) {
        let texts = [format!("{year}"), format!("{year}-{month:02}"), format!("{year}-{month:02}-{day:02}")];
        let patient = json!({"resourceType": "Patient", "birthDate": texts[precision]});
        let kept = terms(&patient, ResourceType::Patient);
        let asked = [format!("{}", i64::from(year) + offset), texts[1].clone(), texts[2].clone()];
        for text in asked {
            let criterion = Criterion::parse(ResourceType::Patient, "birthdate", &text, now()).unwrap();
            if criterion.matches(&patient) {
                prop_assert!(criterion.terms().iter().all(|group| group.iter().any(|term| kept.contains(term))), "{text}");
            }
        }
    }

    #[test]
    fn what_is_stored_as_a_date_is_found_by_its_own_text(
        year in prop_oneof![1_u16..=9999, Just(1), Just(9999)], month in 1_u8..=12, day in 1_u8..=31,
        hour in 0_u8..24, minute in 0_u8..60, second in 0_u8..=60, parts in "(\\.[0-9]{1,14})?",
        zone in "Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00", precision in 0_usize..4
    ) {
        let texts = [
            format!("{year:04}"),
            format!("{year:04}-{month:02}"),
            format!("{year:04}-{month:02}-{day:02}"),
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{parts}{zone}"),
        ];
        let text = &texts[precision];
        let code = json!({"text": "x"});
        let observation = json!({"resourceType": "Observation", "status": "final", "code": code, "effectiveDateTime": text});
        let bytes = observation.to_string();
        if tacenda_fhir::read_resource(bytes.as_bytes(), &tacenda_fhir::Limits::default()).is_ok() {
            let asked = text.replace('+', " ");
            for asked in [asked.clone(), format!("ge{asked}"), format!("le{asked}")] {
                prop_assert!(found(&observation, "date", &asked), "{asked}");
            }
            let (later, missing) = (format!("gt{asked}"), "date:missing");
            prop_assert!(!found(&observation, "date", &later) && !found(&observation, missing, "true"));
        }
    }

    #[test]
    fn no_text_makes_it_panic(name in "\\PC{0,20}", text in "\\PC{0,40}") {
        for kind in [ResourceType::Patient, ResourceType::Observation, ResourceType::Encounter] {
            let _ = Criterion::parse(kind, &name, &text, now());
            for parameter in parameters(kind) {
                let _ = Criterion::parse(kind, parameter.name, &text, now());
            }
        }
    }
}
