//! Chains, and what costs too much.

use reqwest::StatusCode;
use serde_json::json;
use tacenda_kernel::Role;

use super::{OBSERVATIONS, Scene, entry};
use crate::common::TestSystem;

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_finds_what_two_searches_find() {
    let scene = Scene::make().await;
    let id = scene.id(1);
    let whole = scene.matched(&format!("Observation?patient={id}")).await;
    assert_eq!(whole.len(), OBSERVATIONS);
    for chain in [
        "patient.identifier=urn:linked|l-1",
        "patient.name=linkedtwo",
        "subject:Patient.name=linkedtwo&patient.birthdate=1970-01-02",
        "patient.identifier=l-1&patient.birthdate=1970",
    ] {
        assert_eq!(scene.matched(&format!("Observation?{chain}&_count=11")).await, whole, "{chain}");
    }
    for (chain, inner, outer) in [
        ("encounter.type=stay".to_owned(), format!("Encounter?patient={id}&type=stay"), "encounter"),
        (
            "encounter:Encounter.status=finished".to_owned(),
            format!("Encounter?patient={id}&status=finished"),
            "encounter",
        ),
        (
            "performer:Practitioner.identifier=p-1".to_owned(),
            "Practitioner?identifier=p-1".to_owned(),
            "performer",
        ),
        (
            "performer:Practitioner.name=second,first".to_owned(),
            "Practitioner?name=second,first".to_owned(),
            "performer",
        ),
        ("performer:Organization.name=hosp".to_owned(), "Organization?name=hosp".to_owned(), "performer"),
    ] {
        let inner: Vec<String> = scene.matched(&inner).await.into_iter().collect();
        let two = scene.matched(&format!("Observation?patient={id}&{outer}={}", inner.join(","))).await;
        assert!(!two.is_empty() && two.len() < OBSERVATIONS, "{chain}");
        assert_eq!(
            scene.matched(&format!("Observation?patient={id}&{chain}&_count=4")).await,
            two,
            "{chain}"
        );
        assert_eq!(
            scene.matched(&format!("Observation?patient.identifier=l-1&{chain}")).await,
            two,
            "{chain}"
        );
    }
    for nothing in ["patient.identifier=nobody", "patient.identifier=l-1&encounter.type=none"] {
        assert!(scene.matched(&format!("Observation?{nothing}")).await.is_empty(), "{nothing}");
    }
    let (status, outcome) = scene.test.get(Role::Clinician, "/fhir/Observation?patient.name=linked").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(outcome["issue"][0]["diagnostics"].as_str().unwrap().contains("several patients"), "{outcome}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_to_too_much_is_refused() {
    let test = TestSystem::start().await;
    let subject = json!({"reference": "urn:uuid:0"});
    let mut entries =
        vec![entry("urn:uuid:0".to_owned(), json!({"resourceType": "Patient", "active": true}))];
    for number in 0..201 {
        entries.push(entry(
            format!("urn:uuid:e{number}"),
            json!({"resourceType": "Encounter", "status": "finished",
            "class": {"code": "AMB"}, "subject": subject}),
        ));
    }
    for number in 0..1_001 {
        entries.push(entry(format!("urn:uuid:o{number}"), json!({"resourceType": "Observation", "status": "final",
            "code": {"text": "x"}, "subject": subject, "encounter": {"reference": format!("urn:uuid:e{}", number % 201)}})));
    }
    let ids = test.enrol(&json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})).await;
    test.care(&ids[0]).await;
    let id = ids[0].strip_prefix("Patient/").unwrap();
    for (query, status) in [
        (format!("Patient?_id={id}&_revinclude=Observation:patient"), StatusCode::BAD_REQUEST),
        (format!("Encounter?patient={id}&_count=100&_revinclude=Observation:encounter"), StatusCode::OK),
        (format!("Observation?patient={id}&encounter.status=finished"), StatusCode::BAD_REQUEST),
    ] {
        let (found, outcome) = test.get(Role::Clinician, &format!("/fhir/{query}")).await;
        assert_eq!(found, status, "{query}: {outcome}");
        if status == StatusCode::BAD_REQUEST {
            assert_eq!(outcome["issue"][0]["code"], "too-costly", "{query}: {outcome}");
        }
    }
    test.stop().await;
}
