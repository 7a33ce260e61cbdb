//! Which resources go together, and what their references become.

use std::collections::BTreeSet;

use serde_json::Value;
use tacenda_fhir::{Limits, bundle};

use super::*;
use crate::import::references::urn;

const PRACTITIONER: &str = r#"{"resourceType":"Practitioner","id":"d"}"#;
const PATIENTS: &str = r#"{"resourceType":"Patient","id":"p"}
{"resourceType":"Patient","id":"q","generalPractitioner":[{"reference":"Practitioner/d"}]}
"#;
const CONDITIONS: &str = r##"{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/q"},"asserter":{"reference":"Practitioner/d"},"encounter":{"reference":"Encounter/there"}}

{"resourceType":"Condition","id":"2","subject":{"reference":"Patient/p"},"evidence":[{"detail":[{"reference":"Condition/3"}]}]}
{"resourceType":"Condition","id":"3","subject":{"reference":"Patient/p"}}
{"resourceType":"Provenance","id":"4","target":[{"reference":"Condition/1"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/d"}}]}
"##;

fn set(files: &[(&str, &str)]) -> (Set, Vec<Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(files) {
        fs::write(path, text).unwrap();
    }
    Set::read(paths).unwrap()
}

fn whole() -> Set {
    let files = [("A.ndjson", PRACTITIONER), ("B.ndjson", PATIENTS), ("C.ndjson", CONDITIONS)];
    let (set, failures) = set(&files);
    assert_eq!(failures, []);
    set
}

fn bundle_of(submission: &Submission) -> Value {
    let limits = Limits::default();
    bundle::parse(&submission.bytes, &limits).unwrap();
    serde_json::from_slice(&submission.bytes).unwrap()
}

fn ids(bundle: &Value) -> BTreeSet<String> {
    let entries = bundle["entry"].as_array().unwrap();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_patient_is_one_transaction_after_the_directory() {
    let set = whole();
    let directory = bundle_of(&set.directory().unwrap());
    assert_eq!(ids(&directory), ["d".to_owned()].into());
    let given = set.directory_ids(&[Some("Practitioner/NEW".to_owned())]);
    assert_eq!(set.groups(), 2);
    let [p, q] = [0, 1].map(|place| bundle_of(&set.patient(place, &given).unwrap()));
    assert_eq!(ids(&p), ["2", "3", "p"].map(str::to_owned).into());
    assert_eq!(ids(&q), ["1", "4", "q"].map(str::to_owned).into());
    assert_eq!(p["entry"][0]["resource"]["id"], "p", "the patient is first");
    assert_eq!(p["entry"][0]["fullUrl"], urn("Patient/p"));
    let condition = &p["entry"][1]["resource"];
    assert_eq!(condition["subject"]["reference"], urn("Patient/p"));
    assert_eq!(condition["evidence"][0]["detail"][0]["reference"], urn("Condition/3"));
    assert_eq!(q["entry"][0]["resource"]["generalPractitioner"][0]["reference"], "Practitioner/NEW");
    assert_eq!(q["entry"][1]["resource"]["asserter"]["reference"], "Practitioner/NEW");
    assert_eq!(q["entry"][1]["resource"]["encounter"]["reference"], "Encounter/there");
    assert_eq!(q["entry"][2]["resource"]["target"][0]["reference"], urn("Condition/1"));
}

#[test]
fn the_key_depends_on_the_resources_alone() {
    let (one, moved) =
        (whole(), set(&[("Z.ndjson", CONDITIONS), ("Y.ndjson", PATIENTS), ("X.ndjson", PRACTITIONER)]).0);
    let given = one.directory_ids(&[Some("Practitioner/NEW".to_owned())]);
    let keys = |set: &Set, given: &DirectoryIds| -> BTreeSet<String> {
        (0..set.groups()).map(|place| set.patient(place, given).unwrap().key).collect()
    };
    assert_eq!(keys(&one, &given), keys(&moved, &DirectoryIds::default()));
    assert_eq!(one.directory().unwrap().key, moved.directory().unwrap().key);
    let changed = CONDITIONS.replace("Encounter/there", "Encounter/here");
    let changed = set(&[("B.ndjson", PATIENTS), ("C.ndjson", &changed)]).0;
    assert_eq!(keys(&one, &given).intersection(&keys(&changed, &given)).count(), 1);
}

#[test]
fn a_line_that_is_wrong_stops_no_other() {
    let other = "{\n\n{\"resourceType\":\"Patient\",\"id\":\"p\",\"active\":true}\n";
    let (set, failures) = set(&[("P.ndjson", PATIENTS), ("Q.ndjson", other), ("R.ndjson", PATIENTS)]);
    assert_eq!(set.groups(), 2);
    let said: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].contains("Q.ndjson:1") && said[0].contains("well-formed"), "{said:?}");
    assert!(said[1].contains("Q.ndjson:3") && said[1].contains("P.ndjson:1"), "{said:?}");
}

#[test]
fn records_of_a_patient_who_is_there_already_go_together() {
    let (set, failures) = set(&[("C.ndjson", CONDITIONS)]);
    assert_eq!((set.groups(), failures), (2, Vec::new()));
    assert!(set.directory().is_none());
    let bundle = bundle_of(&set.patient(1, &DirectoryIds::default()).unwrap());
    assert_eq!(bundle["entry"][0]["resource"]["subject"]["reference"], "Patient/q");
}
