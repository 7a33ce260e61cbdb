//! The CapabilityStatement as it is served. Set `UPDATE_GOLDEN` to write it anew.

use std::{fs, path::Path};

use tacenda_fhir::{CapabilityContext, Limits, capability_statement, faults, operation_definition};

const BASE: &str = "https://localhost:8443/fhir";

/// Every definition that the statement names is the standard's, or is here and is valid.
#[test]
fn each_operation_that_is_named_is_defined() {
    let context =
        CapabilityContext { base_url: BASE, software_version: "0.0.0", date: "2026-11-21", origin: BASE };
    let statement = capability_statement(&context);
    let mut own = std::collections::BTreeSet::new();
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        for operation in resource["operation"].as_array().into_iter().flatten() {
            let (name, url) =
                (operation["name"].as_str().unwrap(), operation["definition"].as_str().unwrap());
            let Some(id) = url.strip_prefix(&format!("{BASE}/OperationDefinition/")) else {
                assert!(url.starts_with("http://hl7.org/fhir/OperationDefinition/"), "{url}");
                continue;
            };
            let definition = operation_definition(id, BASE).unwrap();
            assert_eq!(faults(&definition, &Limits::default()), []);
            assert_eq!(
                (&definition["url"], &definition["code"]),
                (&operation["definition"], &operation["name"])
            );
            assert!(definition["resource"].as_array().unwrap().contains(&resource["type"]), "{name}");
            own.insert(name.to_owned());
        }
    }
    assert_eq!(own.into_iter().collect::<Vec<_>>(), ["diff", "erase", "proof", "restore"]);
    assert_eq!(operation_definition("everything", BASE), None);
}

#[test]
fn the_statement_is_the_one_that_was_reviewed_and_valid() {
    let statement = capability_statement(&CapabilityContext {
        base_url: "https://localhost:8443/fhir",
        software_version: "0.0.0",
        date: "2026-11-21",
        origin: "https://localhost:8443",
    });
    let text = serde_json::to_string_pretty(&statement).unwrap() + "\n";
    assert_eq!(faults(&statement, &Limits::default()), []);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/capability.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(
        text == fs::read_to_string(&path).unwrap(),
        "capability.json differs; review it, then set UPDATE_GOLDEN"
    );
}
