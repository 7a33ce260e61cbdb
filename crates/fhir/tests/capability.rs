//! The CapabilityStatement as it is served. Set `UPDATE_GOLDEN` to write it anew.

use std::{fs, path::Path};

use tacenda_fhir::{CapabilityContext, capability_statement};

#[test]
fn the_statement_is_the_one_that_was_reviewed_and_valid() {
    let statement = capability_statement(&CapabilityContext {
        base_url: "https://localhost:8443/fhir",
        software_version: "0.0.0",
        date: "2026-11-21",
        origin: "https://localhost:8443",
    });
    let text = serde_json::to_string_pretty(&statement).unwrap() + "\n";
    fhirkit::from_json_strict::<fhirkit::r4::Resource>(&text).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/capability.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(
        text == fs::read_to_string(&path).unwrap(),
        "capability.json differs; review it, then set UPDATE_GOLDEN"
    );
}
