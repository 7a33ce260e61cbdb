//! An erased patient is gone for good.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{Compartment, Purpose, Role};
use tacenda_synthetic::Canary;

use crate::{
    audit::Audit,
    common::TestSystem,
    transaction::{observation, of_type, verified},
};

const APP: Role = Role::Application;

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_patient_is_gone_for_everybody_and_the_ledger_holds() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(8).bundle()).await;
    let kept = test.enrol(Canary::new(9).bundle()).await;
    let patient = of_type(&ids, "Patient");
    test.care(patient).await;
    test.grant(patient, GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
    test.care(of_type(&kept, "Patient")).await;
    let clinician = test.token(Role::Clinician).await;
    let asked = paths(&ids);
    for path in &asked {
        let warm = test.request(Method::GET, path).bearer_auth(&clinician).send().await.unwrap();
        assert_eq!(warm.status(), StatusCode::OK, "{path}");
    }
    let (status, answered) =
        test.send(Role::SecurityOfficer, Method::POST, &format!("/fhir/{patient}/$erase"), &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answered}");
    let certificate = answered["parameter"][0]["valueString"].as_str().unwrap();
    let verifier = test.keys.certificate_key().verifier();
    let statement: Value = verifier.verify(certificate).unwrap();
    assert_eq!(statement["compartments"], json!(Compartment::OF_A_PATIENT.map(Compartment::as_str)));
    let altered = certificate.replace('.', ".A");
    assert!(verifier.verify::<Value>(&altered).is_err());

    let fresh = test.token(Role::Clinician).await;
    let application = test.token(APP).await;
    let needles = Canary::new(8).needles();
    for token in [&clinician, &fresh, &application] {
        for path in &asked {
            let (status, text) = text(test.request(Method::GET, path).bearer_auth(token)).await;
            assert!(
                matches!(status, StatusCode::GONE | StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
                    || empty(&text),
                "{path}: {status} {text}"
            );
            assert!(!needles.iter().any(|needle| text.contains(needle.as_str())), "{path}: {text}");
        }
    }
    let (status, _) = test.send(APP, Method::POST, "/fhir/Observation", &observation(patient)).await;
    assert!(matches!(status, StatusCode::GONE | StatusCode::NOT_FOUND), "{status}");
    let (status, _) = test.get(APP, &format!("/fhir/{}", of_type(&kept, "Condition"))).await;
    assert_eq!(status, StatusCode::OK, "the other patient is untouched");
    let audit = Audit::read(&test).await;
    assert!(audit.unreadable > 0, "what the ledger knew of the patient can no longer be read");
    verified(&test).await;
    test.stop().await;
}

/// Every way to a patient's records: current, old, history, search.
fn paths(ids: &[String]) -> Vec<String> {
    let number = of_type(ids, "Patient").strip_prefix("Patient/").unwrap();
    let mut paths: Vec<String> = ids.iter().map(|id| format!("/fhir/{id}")).collect();
    paths.extend(ids.iter().map(|id| format!("/fhir/{id}/_history/1")));
    paths.push(format!("/fhir/{}/_history", of_type(ids, "Condition")));
    paths.push(format!("/fhir/Condition?patient={number}"));
    paths.push(format!("/fhir/Patient?_id={number}"));
    paths
}

async fn text(request: reqwest::RequestBuilder) -> (StatusCode, String) {
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

/// A searchset of nothing.
fn empty(text: &str) -> bool {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    value["type"] == "searchset" && value["entry"].as_array().is_none_or(Vec::is_empty)
}
