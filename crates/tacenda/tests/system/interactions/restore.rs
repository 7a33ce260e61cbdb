//! `$restore` and `$diff`.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::{
    entry::{Event, Outcome},
    keystore::GrantKind,
};
use tacenda_kernel::{Action, ApiRealm, Purpose, Role};

use super::{Ward, header, version};
use crate::{
    audit::{Audit, traced},
    common::answer,
    ids::in_realm,
    transaction::verified,
};

fn parameters(version: u32) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "version", "valuePositiveInt": version}]})
}

async fn restore(ward: &Ward, path: &str, headers: &[(&'static str, &str)], version: u32) -> Response {
    ward.send(Method::POST, &format!("{path}/$restore"), headers, &parameters(version)).await
}

/// The same resource but for what the server says of a version.
fn content(mut resource: Value) -> Value {
    resource.as_object_mut().unwrap().remove("meta");
    resource
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_becomes_the_current_one() {
    let ward = Ward::open(60).await;
    let (path, first) = ward.observed("a").await;
    let operations = json!([{"op": "replace", "path": "/identifier/0/value", "value": "b"},
        {"op": "add", "path": "/note", "value": [{"text": "x"}]}]);
    assert_eq!(ward.patch(&path, &[], &operations).await.status(), StatusCode::OK);
    let stale = restore(&ward, &path, &[("if-match", "W/\"1\"")], 1).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(version(&ward.read(&path).await), "2");

    let restored = restore(&ward, &path, &[("if-match", "W/\"2\"")], 1).await;
    assert_eq!((restored.status(), header(&restored, "etag")), (StatusCode::OK, Some("W/\"3\"")));
    assert!(header(&restored, "location").unwrap().ends_with("/_history/3"));
    let (_, restored) = answer(restored).await;
    assert_eq!(restored, ward.read(&path).await);
    assert_eq!(content(restored), content(first));
    let found = |identifier: &str| format!("/Observation?{}", ward.criteria(identifier));
    let (now, then) = (ward.read(&found("a")).await, ward.read(&found("b")).await);
    assert_eq!(
        (now["entry"].as_array().map(Vec::len), then.get("entry")),
        (Some(1), None),
        "it is found as it is"
    );

    let minimal = restore(&ward, &path, &[("prefer", "return=minimal")], 2).await;
    assert_eq!((minimal.status(), header(&minimal, "etag")), (StatusCode::OK, Some("W/\"4\"")));
    assert_eq!(minimal.text().await.unwrap(), "");
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_comes_back() {
    let ward = Ward::open(61).await;
    let (path, first) = ward.observed("a").await;
    let gone = ward.send(Method::DELETE, &path, &[], &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let url = format!("/fhir{path}");
    assert_eq!(ward.test.get(Role::Clinician, &url).await.0, StatusCode::GONE);
    let (status, refused) = answer(restore(&ward, &path, &[], 2).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "version 2 says that it is deleted: {refused}");

    let request = ward.test.request_as(Role::Clinician, Method::POST, &format!("{url}/$restore")).await;
    let request = request.header("content-type", "application/fhir+json").header("if-match", "W/\"2\"");
    let (trace, request) = traced(request.body(parameters(1).to_string()));
    let (status, restored) = answer(request.send().await.unwrap()).await;
    assert_eq!((status, version(&restored)), (StatusCode::OK, "3"), "{restored}");
    assert_eq!(content(ward.read(&path).await), content(first));
    let found = ward.read(&format!("/Observation?{}", ward.criteria("a"))).await;
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1));
    let audit = Audit::read(&ward.test).await;
    let done: Vec<(Action, u32)> = audit
        .of(trace)
        .into_iter()
        .filter(|entry| entry.outcome == Outcome::Allowed)
        .filter_map(|entry| match entry.event {
            Event::Access(action) => Some((action, entry.records.first()?.version.number())),
            _ => None,
        })
        .collect();
    assert_eq!(done, [(Action::Read, 1), (Action::Update, 3)]);
    let history = ward.read(&format!("/Observation/_history?patient={}&_count=3", ward.number())).await;
    let methods: Vec<&str> = history["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["request"]["method"].as_str().unwrap())
        .collect();
    assert_eq!(methods, ["PUT", "DELETE", "POST"]);

    let patient = format!("/{}", ward.patient());
    let before = ward.read(&patient).await;
    let gone = ward.send(Method::DELETE, &patient, &[], &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let (status, restored) = answer(restore(&ward, &patient, &[], 1).await).await;
    assert_eq!((status, version(&restored)), (StatusCode::OK, "3"), "{restored}");
    assert_eq!(content(ward.read(&patient).await), content(before), "both halves are there again");
    let family = restored["name"][0]["family"].as_str().unwrap();
    let found = ward.read(&format!("/Patient?family={family}")).await;
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1), "and found by name");
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_technician_does_not_see_is_not_restored_by_them() {
    let ward = Ward::open(62).await;
    let text = |word: &str| json!({"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{word}</div>")});
    let task = json!({"resourceType": "Task", "status": "requested", "intent": "order",
        "for": {"reference": ward.patient()}, "text": text("first")});
    let (_, mut task) =
        answer(ward.send_as(Role::Application, Method::POST, "/Task", &[], &task).await).await;
    let path = format!("/Task/{}", task["id"].as_str().unwrap());
    (task["status"], task["text"]) = (json!("accepted"), text("second"));
    let (status, _) = answer(ward.send_as(Role::Application, Method::PUT, &path, &[], &task).await).await;
    assert_eq!(status, StatusCode::OK);
    ward.test.grant(ward.patient(), GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await;
    let own = format!("/{}", in_realm(&ward.test.keys, &path[1..], ApiRealm::House));
    let response =
        ward.send_as(Role::Technician, Method::POST, &format!("{own}/$restore"), &[], &parameters(1)).await;
    let (status, restored) = answer(response).await;
    assert_eq!(status, StatusCode::OK, "{restored}");
    assert_eq!((&restored["status"], restored.get("text")), (&json!("requested"), None));
    let (_, now) = ward.test.get(Role::Application, &format!("/fhir{path}")).await;
    assert_eq!((&now["status"], &now["text"]), (&json!("requested"), &text("second")));
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_leads_from_one_version_to_the_other() {
    let ward = Ward::open(63).await;
    let (path, _) = ward.observed("a").await;
    let operations = json!([{"op": "add", "path": "/note", "value": [{"text": "x"}, {"text": "y"}]},
        {"op": "replace", "path": "/status", "value": "amended"}]);
    assert_eq!(ward.patch(&path, &[], &operations).await.status(), StatusCode::OK);
    let operations = json!([{"op": "remove", "path": "/note/0"}, {"op": "remove", "path": "/identifier"}]);
    assert_eq!(ward.patch(&path, &[], &operations).await.status(), StatusCode::OK);

    let url = format!("/fhir{path}/$diff?from=1&to=3");
    let (trace, request) = traced(ward.test.request_as(Role::Clinician, Method::GET, &url).await);
    let response = request.send().await.unwrap();
    assert_eq!(header(&response, "content-type"), Some("application/json-patch+json"));
    let (status, difference) = answer(response).await;
    assert_eq!(status, StatusCode::OK, "{difference}");
    let audit = Audit::read(&ward.test).await;
    let entries = audit.of(trace);
    let read: Vec<u32> =
        entries.iter().flat_map(|entry| &entry.records).map(|touched| touched.version.number()).collect();
    assert_eq!(read, [1, 3], "a receipt for each");

    // Done to the first version, it makes the third.
    let third = ward.read(&path).await;
    assert_eq!(restore(&ward, &path, &[], 1).await.status(), StatusCode::OK);
    assert_eq!(ward.patch(&path, &[], &difference).await.status(), StatusCode::OK);
    assert_eq!(content(ward.read(&path).await), content(third));
    let same = ward.read(&format!("{path}/$diff?from=3&to=5")).await;
    assert_eq!(same, json!([]));
    ward.test.stop().await;
}
