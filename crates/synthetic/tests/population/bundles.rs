//! The bundles as FHIR: valid, whole, of the promised size, and the same each time.

use std::collections::HashSet;

use crate::common::{END, SEED, assert_valid, faults, fingerprint, of_type, patients, references, resources};
use jiff::civil::date;
use serde_json::Value;
use tacenda_synthetic::{DirectoryRefs, Population};

#[test]
fn every_resource_is_strict_fhir_r4() {
    assert_valid(&Population::new(SEED).directory());
    for bundle in patients(200) {
        assert_valid(bundle);
    }
    assert_valid(&Population::new(SEED).patient(0, END, &DirectoryRefs::default()));
}

#[test]
fn the_strict_reader_would_notice() {
    let mut bundle = patients(1)[0].clone();
    bundle["entry"][0]["resource"]["surname"] = "x".into();
    assert!(!faults(&bundle).is_empty());
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let directory = fingerprint(&Population::new(SEED).directory().to_string());
    let all = patients(20)
        .iter()
        .map(|bundle| fingerprint(&bundle.to_string()))
        .fold(0_u64, |sum, one| sum.rotate_left(1) ^ one);
    assert_eq!(
        (directory, all),
        (3183406179653952738, 14019666772025159807),
        "the demo's patients changed: is that meant?"
    );
}

#[test]
fn another_day_is_the_same_person() {
    let population = Population::new(SEED);
    let (now, later) = [END, date(2027, 3, 1)].map(|end| population.patient(5, end, &references())).into();
    let person = |bundle: &Value| bundle["entry"][0]["resource"].clone();
    assert_eq!(person(&now), person(&later));
    assert_ne!(now, later);
    assert_ne!(person(&now), person(&Population::new(SEED + 1).patient(5, END, &references())));
}

#[test]
fn a_patient_is_as_large_as_promised() {
    let (mut bytes, mut count) = (0, 0);
    for bundle in patients(200) {
        let found = resources(bundle).count();
        assert!((95..=140).contains(&found), "{found} resources");
        count += found;
        bytes += bundle.to_string().len();
        for observation in of_type(bundle, "Observation") {
            let size = observation.to_string().len();
            let most = if observation.get("component").is_some() { 2600 } else { 1600 };
            assert!((800..=most).contains(&size), "{size} bytes");
        }
    }
    let (count, bytes) = (count / 200, bytes / 200);
    assert!((105..=125).contains(&count), "{count} resources on average");
    assert!((120_000..=180_000).contains(&bytes), "{bytes} bytes on average");
    println!("resources a patient: {count}, bytes a bundle: {bytes}");
}

#[test]
fn references_lead_backwards_in_the_bundle_or_to_the_directory() {
    let known: HashSet<String> =
        references().organization.into_iter().chain(references().practitioner).collect();
    for bundle in patients(50) {
        let mut seen = HashSet::new();
        for entry in bundle["entry"].as_array().unwrap() {
            let resource = &entry["resource"];
            assert!(resource.get("id").is_none());
            assert_eq!(entry["request"]["method"], "POST");
            assert_eq!(entry["request"]["url"], resource["resourceType"]);
            walk(resource, &mut |key, value| {
                if key == "reference" {
                    let target = value.as_str().unwrap();
                    assert!(seen.contains(target) || known.contains(target), "{target}");
                }
            });
            assert!(seen.insert(entry["fullUrl"].as_str().unwrap().to_owned()));
        }
    }
}

#[test]
fn nothing_was_recorded_after_the_last_day() {
    let last = END.to_string();
    let recorded = [
        "effectiveDateTime",
        "issued",
        "authoredOn",
        "lastModified",
        "sent",
        "recordedDate",
        "onsetDateTime",
        "occurrenceDateTime",
        "dateTime",
        "created",
        "manufactureDate",
    ];
    for bundle in patients(100) {
        for resource in resources(bundle) {
            walk(resource, &mut |key, value| {
                if recorded.contains(&key) {
                    assert!(&value.as_str().unwrap()[..10] <= last.as_str(), "{key} {value}");
                }
            });
        }
    }
}

fn walk(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                visit(key, field);
                walk(field, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}
