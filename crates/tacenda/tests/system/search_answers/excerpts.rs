//! `_summary` and `_elements`.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tacenda_contracts::entry::Entry;
use tacenda_kernel::Role;

use super::enrolled;
use crate::{
    audit::{Audit, traced},
    common::{TestSystem, answer},
};

fn names(resource: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = resource.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn subsetted(resource: &Value) -> bool {
    let tags = resource["meta"]["tag"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag["code"] == "SUBSETTED"))
}

fn disclosed(entries: &[&Entry]) -> Vec<String> {
    let mut names: Vec<String> = entries
        .iter()
        .filter(|entry| !entry.records.is_empty())
        .flat_map(|entry| entry.elements.clone())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_asked_for_is_not_disclosed() {
    let test = TestSystem::start().await;
    let (patient, made) = enrolled(&test).await;
    let observation = made.iter().rfind(|id| id.starts_with("Observation/")).unwrap();
    let searched = |view: &str| format!("/fhir/Observation?patient={patient}&_id={observation}&{view}");
    let always = ["code", "id", "meta", "resourceType", "status"];
    let with = |more: &[&'static str]| {
        let mut names: Vec<&str> = always.iter().chain(more).copied().collect();
        names.sort_unstable();
        names
    };
    for (view, expected) in [
        ("_elements=subject", with(&["subject"])),
        ("_elements=value", with(&["valueQuantity"])),
        ("_elements=id,note", with(&[])),
        ("_summary=text", with(&[])),
        ("_summary=true", with(&["effectiveDateTime", "subject", "valueQuantity"])),
        ("_summary=data", with(&["effectiveDateTime", "subject", "valueQuantity"])),
    ] {
        for path in
            [searched(view), searched(&format!("{view}&_sort=date")), format!("/fhir/{observation}?{view}")]
        {
            let (trace, request) = traced(test.request_as(Role::Clinician, Method::GET, &path).await);
            let (status, found) = answer(request.send().await.unwrap()).await;
            assert_eq!(status, StatusCode::OK, "{path}: {found}");
            let resource =
                if found["resourceType"] == "Bundle" { &found["entry"][0]["resource"] } else { &found };
            assert_eq!(names(resource), expected, "{path}");
            assert!(subsetted(resource), "{path}: {resource}");
            let (status, refused) =
                test.send(Role::Clinician, Method::PUT, &format!("/fhir/{observation}"), resource).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "a part is not taken for the whole");
            assert_eq!(refused["issue"][0]["expression"][0], "Observation.meta.tag");
            let audit = Audit::read(&test).await;
            let left: Vec<&str> = expected
                .iter()
                .filter(|name| !["id", "meta", "resourceType"].contains(name))
                .copied()
                .collect();
            assert_eq!(disclosed(&audit.of(trace)), left, "{path}: the ledger says what left");
        }
    }
    for path in [
        format!("/fhir/{observation}?_summary=false&_pretty=true&_format=json"),
        format!("/fhir/{observation}"),
    ] {
        let (_, whole) = test.get(Role::Clinician, &path).await;
        assert!(!subsetted(&whole) && whole.get("valueQuantity").is_some(), "{whole}");
    }
    // A Patient is narrowed in both of its halves.
    for path in [
        format!("/fhir/Patient/{patient}?_elements=name,gender"),
        format!("/fhir/Patient?_id={patient}&_elements=name,gender"),
    ] {
        let (_, found) = test.get(Role::Clinician, &path).await;
        let resource =
            if found["resourceType"] == "Bundle" { &found["entry"][0]["resource"] } else { &found };
        assert_eq!(names(resource), ["gender", "id", "meta", "name", "resourceType"], "{path}");
        assert!(subsetted(resource));
    }
    test.stop().await;
}
