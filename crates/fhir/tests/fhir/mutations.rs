//! Valid resources, each with one rule of FHIR R4 broken somewhere: refused, and at the place.

#![expect(clippy::expect_used, reason = "the helpers of tests may fail as tests do")]

use jiff::civil::date;
use serde_json::{Map, Value, json};
use tacenda_fhir::{Limits, read_resource};
use tacenda_synthetic::{DirectoryRefs, Population};

/// How many resources are broken, and each in how many ways and places.
const RESOURCES: usize = 520;
const PLACES: usize = 12;

/// Where a value is: the steps to it, and the path as issues write it.
type Place = (Vec<String>, String);

fn valid_resources() -> Vec<Value> {
    let (population, directory) = (Population::new(7), DirectoryRefs::default());
    let mut all: Vec<Value> = vec![population.directory()];
    all.extend((0..30).map(|index| population.patient(index, date(2026, 10, 31), &directory)));
    let entries = all.iter().flat_map(|bundle| bundle["entry"].as_array().expect("a bundle").clone());
    entries.map(|mut entry| entry["resource"].take()).take(RESOURCES).collect()
}

/// Every value below a resource.
fn places(resource: &Value) -> Vec<Place> {
    let kind = resource["resourceType"].as_str().expect("a type").to_owned();
    let (mut found, mut left) = (Vec::new(), vec![(Vec::new(), kind, resource)]);
    while let Some((steps, path, value)) = left.pop() {
        let below: Vec<(String, String, &Value)> = match value {
            Value::Object(members) => {
                let named = members.iter().filter(|(name, _)| *name != "resourceType");
                named.map(|(name, inner)| (name.clone(), format!("{path}.{name}"), inner)).collect()
            }
            Value::Array(items) => {
                let numbered = items.iter().enumerate();
                numbered.map(|(at, inner)| (at.to_string(), format!("{path}[{at}]"), inner)).collect()
            }
            _ => Vec::new(),
        };
        for (step, path, inner) in below {
            let steps: Vec<String> = steps.iter().cloned().chain([step]).collect();
            left.push((steps.clone(), path.clone(), inner));
            found.push((steps, path));
        }
    }
    found
}

fn pointer(steps: &[String]) -> String {
    steps.iter().map(|step| format!("/{step}")).collect()
}

/// What breaks a rule wherever a value like this is; none where it would not be broken.
type Breaks = fn(&Value) -> Option<Value>;

const BREAKS: &[(&str, Breaks)] = &[
    ("null", |_| Some(Value::Null)),
    ("an item in place of a list", |value| value.as_array().map(|items| items[0].clone())),
    ("a list in place of an item", |value| (!value.is_array()).then(|| json!([value]))),
    ("an empty list", |value| value.is_array().then(|| json!([]))),
    ("an empty object", |value| value.is_object().then(|| json!({}))),
    ("an empty text", |value| value.is_string().then(|| json!(""))),
    ("a control character", |value| value.as_str().map(|text| json!(format!("{text}\u{1}")))),
    ("a text in place of an object", |value| value.is_object().then(|| json!("x"))),
    ("an object in place of a text", |value| value.is_string().then(|| json!({"x": 1}))),
    ("a text in place of a number", |value| value.is_number().then(|| json!("1"))),
    ("a text in place of yes or no", |value| value.is_boolean().then(|| json!("true"))),
    ("a number in place of a text", |value| value.is_string().then(|| json!(7))),
    ("a day that no calendar has", |value| {
        let text = value.as_str()?;
        let is_date = text.get(..10)?.parse::<jiff::civil::Date>().is_ok() && text.len() != 8;
        is_date.then(|| json!(format!("2021-02-29{}", &text[10..])))
    }),
];

/// A type, one of its elements, and what is wrong there.
type Named = (&'static str, &'static str, fn() -> Value);

/// The codes, references and mandatory elements of the resources, with what is wrong there.
const NAMED: &[Named] = &[
    ("Observation", "status", || json!("finished")),
    ("Patient", "gender", || json!("Male")),
    ("Condition", "clinicalStatus", || json!({"coding": [{"system": "urn:x", "code": "active"}]})),
    ("Condition", "subject", || json!({"reference": "Encounter/1"})),
    ("Observation", "subject", || json!({"type": "Organization", "display": "x"})),
    ("Encounter", "status", || json!("done")),
    ("MedicationRequest", "intent", || json!("plans")),
    ("MedicationRequest", "subject", || json!({"reference": "https://x.example/fhir/Encounter/1"})),
    ("Patient", "contained", || json!([{"resourceType": "Organization", "id": "o", "name": "nobody's"}])),
];

fn refused_at(resource: &Value, path: &str) -> Result<(), String> {
    match read_resource(resource.to_string().as_bytes(), &Limits::default()) {
        Ok(_) => Err("it was accepted".to_owned()),
        // What is wrong with an object is said of it, or of what it lacks then.
        Err(issues) => {
            let said: Vec<&str> = issues.iter().filter_map(|issue| issue.expression.as_deref()).collect();
            let fits = |said: &&str| {
                said.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            if said.iter().any(fits) { Ok(()) } else { Err(format!("{said:?}")) }
        }
    }
}

#[test]
fn each_broken_rule_is_named_at_its_place() {
    let (mut broken, mut turn) = (0, 0_usize);
    for resource in valid_resources() {
        read_resource(resource.to_string().as_bytes(), &Limits::default()).expect("valid");
        let places = places(&resource);
        for _ in 0..PLACES {
            turn += 1;
            // Ways and places meet in every combination, since their numbers share no factor.
            let (steps, path) = &places[turn * 7919 % places.len()];
            let (what, breaks) = BREAKS[turn % BREAKS.len()];
            let mut copy = resource.clone();
            let Some(value) = copy.pointer_mut(&pointer(steps)) else { unreachable!("{path}") };
            let Some(wrong) = breaks(value) else { continue };
            *value = wrong;
            broken += 1;
            assert_eq!(refused_at(&copy, path), Ok(()), "{what} at {path}: {copy}");
        }
        // An element that R4 does not have, in each object.
        for (steps, path) in
            places.iter().filter(|(steps, _)| resource.pointer(&pointer(steps)).is_some_and(Value::is_object))
        {
            let mut copy = resource.clone();
            let object: &mut Map<String, Value> =
                copy.pointer_mut(&pointer(steps)).and_then(Value::as_object_mut).expect("an object");
            object.insert("colour".to_owned(), json!("red"));
            broken += 1;
            assert_eq!(refused_at(&copy, &format!("{path}.colour")), Ok(()), "{copy}");
        }
        for (kind, element, wrong) in NAMED.iter().filter(|(kind, ..)| resource["resourceType"] == **kind) {
            let mut copy = resource.clone();
            copy[*element] = wrong();
            broken += 1;
            assert_eq!(refused_at(&copy, &format!("{kind}.{element}")), Ok(()), "{copy}");
        }
    }
    assert!(broken > 10_000, "{broken}");
}
