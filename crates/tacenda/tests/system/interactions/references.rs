//! What a resource that is written may refer to, and how.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda_kernel::Role;

use super::Ward;
use crate::{
    common::{ORIGIN, answer},
    transaction::verified,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_by_criteria_is_one_to_what_they_find() {
    let ward = Ward::open(49).await;
    let organization = json!({"resourceType": "Organization", "name": "North",
        "identifier": [{"system": "http://north.example/ids", "value": "1"}]});
    let (_, made) =
        ward.test.send(Role::Application, Method::POST, "/fhir/Organization", &organization).await;
    let own = format!("Organization/{}", made["id"].as_str().unwrap());
    let by_criteria = "Organization?identifier=http://north.example/ids|1";
    let mut observation = ward.observation("referring");
    for reference in [by_criteria.to_owned(), format!("{ORIGIN}/fhir/{by_criteria}")] {
        observation["performer"] = json!([{"reference": reference, "display": "North"}]);
        let (status, created) =
            answer(ward.send(Method::POST, "/Observation", &[], &observation).await).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        assert_eq!(created["performer"], json!([{"reference": own, "display": "North"}]));
    }
    // A patient who is named by criteria is not named beside the reference either.
    let known = json!([{"op": "add", "path": "/identifier", "value": [{"system": "http://north.example/p", "value": "7"}]}]);
    assert_eq!(ward.patch(&format!("/{}", ward.patient()), &[], &known).await.status(), StatusCode::OK);
    let person = json!({"reference": "Patient?identifier=http://north.example/p|7", "display": "Jane Doe",
        "identifier": {"value": "7"}});
    observation["subject"] = person.clone();
    let (status, created) = answer(ward.send(Method::POST, "/Observation", &[], &observation).await).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    assert_eq!(created["subject"], json!({"reference": ward.patient()}));
    let nobody = "Patient?identifier=http://north.example/p|8";
    observation["subject"] = json!({"reference": nobody});
    let (status, refused) = answer(ward.send(Method::POST, "/Observation", &[], &observation).await).await;
    assert_eq!(
        (status, &refused["issue"][0]["expression"][0]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("Observation.subject.reference"))
    );
    let event = json!({"reference": "AuditEvent?patient=1"});
    observation["subject"] = json!({"reference": ward.patient()});
    observation["focus"] = json!([event]);
    let (status, refused) = answer(ward.send(Method::POST, "/Observation", &[], &observation).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    let issue = json!({"resourceType": "DetectedIssue", "status": "final", "patient": {"reference": ward.patient()},
        "reference": "guide?identifier=1"});
    let (status, created) = answer(ward.send(Method::POST, "/DetectedIssue", &[], &issue).await).await;
    assert_eq!((status, &created["reference"]), (StatusCode::CREATED, &issue["reference"]), "{created}");
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_refers_to_what_its_transaction_deletes() {
    let ward = Ward::open(50).await;
    let (path, _) = ward.observed("a").await;
    let url = "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a73";
    let mut observation = ward.observation("b");
    observation["hasMember"] = json!([{"reference": url}]);
    let entries = json!([
        {"fullUrl": url, "request": {"method": "DELETE", "url": path.trim_start_matches('/')}},
        {"resource": observation, "request": {"method": "POST", "url": "Observation"}},
    ]);
    let (status, refused) = ward.bundle("transaction", &[], &entries).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
    let mut entries = entries;
    entries[1]["resource"]["hasMember"] = json!([{"reference": path.trim_start_matches('/')}]);
    let (status, refused) = ward.bundle("transaction", &[], &entries).await;
    assert_eq!(
        (status, &refused["issue"][0]["expression"][0]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("Bundle.entry[1].resource.hasMember[0].reference"))
    );
    ward.read(&path).await;
    ward.test.stop().await;
}
