//! Conditional create, read, update, patch and delete.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;

use super::{Ward, header, version};
use crate::{
    audit::{Audit, traced},
    common::answer,
    transaction::{counts, verified},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_not_created_again() {
    let ward = Ward::open(40).await;
    let criteria = ward.criteria("a");
    let create = |identifier: &'static str| {
        let (ward, criteria) = (&ward, &criteria);
        async move {
            let condition = [("if-none-exist", criteria.as_str())];
            ward.send(Method::POST, "/Observation", &condition, &ward.observation(identifier)).await
        }
    };
    let (status, created) = answer(create("a").await).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let before = counts(&ward.test).await;
    let again = create("a").await;
    assert_eq!(again.status(), StatusCode::OK);
    assert!(header(&again, "location").unwrap().ends_with("/_history/1"));
    assert_eq!(answer(again).await.1, created);
    assert_eq!(counts(&ward.test).await, before);
    ward.observed("a").await;
    let (status, refused) = answer(create("a").await).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "several are there: {refused}");
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_create_the_same_at_once_one_does() {
    let ward = Ward::open(41).await;
    let criteria = ward.criteria("race");
    let bundle = json!([{"resource": ward.observation("race"),
        "request": {"method": "POST", "url": "Observation", "ifNoneExist": criteria}}]);
    let create = |number: usize| {
        let (ward, criteria, bundle) = (&ward, &criteria, &bundle);
        async move {
            if number.is_multiple_of(2) {
                let condition = [("if-none-exist", criteria.as_str())];
                let (status, one) = answer(
                    ward.send(Method::POST, "/Observation", &condition, &ward.observation("race")).await,
                )
                .await;
                return (status.as_u16().to_string(), one["id"].as_str().unwrap_or_default().to_owned());
            }
            let (status, done) = ward.bundle("transaction", &[], bundle).await;
            assert_eq!(status, StatusCode::OK, "{done}");
            let response = &done["entry"][0]["response"];
            let location = response["location"].as_str().unwrap().split('/').nth(1).unwrap();
            (response["status"].as_str().unwrap()[..3].to_owned(), location.to_owned())
        }
    };
    let done = join_all((0..8).map(create)).await;
    assert_eq!(done.iter().filter(|(status, _)| status == "201").count(), 1, "{done:?}");
    assert!(done.iter().all(|(status, _)| ["200", "201"].contains(&status.as_str())), "{done:?}");
    assert_eq!(done.iter().map(|(_, id)| id).collect::<BTreeSet<_>>().len(), 1);
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_refers_to_what_is_there() {
    let ward = Ward::open(42).await;
    let encounter = json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
        "identifier": [{"system": "urn:ward", "value": "e"}], "subject": {"reference": ward.patient()}});
    let mut ids = BTreeSet::new();
    for expected in ["201 Created", "200 OK"] {
        let mut observation = ward.observation("o");
        observation["encounter"] = json!({"reference": "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a69"});
        let entries = json!([
            {"fullUrl": "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a69", "resource": encounter,
                "request": {"method": "POST", "url": "Encounter", "ifNoneExist": ward.criteria("e")}},
            {"resource": observation, "request": {"method": "POST", "url": "Observation"}},
            {"request": {"method": "DELETE", "url": format!("Observation?{}", ward.criteria("none"))}},
        ]);
        let (status, done) = ward.bundle("transaction", &[], &entries).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        let response = |index: usize| &done["entry"][index]["response"];
        assert_eq!(response(0)["status"], expected);
        assert_eq!(response(2)["status"], "204 No Content");
        let location = response(1)["location"].as_str().unwrap();
        let referred = ward.read(&format!("/{location}")).await["encounter"]["reference"].clone();
        assert!(response(0)["location"].as_str().unwrap().starts_with(referred.as_str().unwrap()));
        ids.insert(referred.to_string());
    }
    assert_eq!(ids.len(), 1, "the same encounter both times");
    for url in ["Encounter?", "?"] {
        let criteria = format!("{url}{}", ward.criteria("e"));
        let entry = json!({"resource": encounter,
            "request": {"method": "POST", "url": "Encounter", "ifNoneExist": criteria}});
        let (_, done) = ward.bundle("transaction", &[], &json!([entry])).await;
        assert_eq!(done["entry"][0]["response"]["status"], "200 OK", "as in If-None-Exist: {done}");
    }
    let entry = json!({"resource": encounter,
        "request": {"method": "POST", "url": "Encounter", "ifNoneExist": ward.criteria("f")}});
    let before = counts(&ward.test).await;
    let (status, refused) = ward.bundle("transaction", &[], &json!([entry, entry])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "one condition twice: {refused}");
    assert_eq!(counts(&ward.test).await, before);
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_not_enrolled_twice() {
    let ward = Ward::open(46).await;
    let patient = json!({"resourceType": "Patient", "name": [{"family": "Twofold"}],
        "identifier": [{"system": "urn:ward", "value": "p-1"}]});
    let criteria = "identifier=urn:ward|p-1";
    let enrol = || async {
        let url = "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a69";
        let mut observation = ward.observation("o");
        observation["subject"] = json!({"reference": url});
        let entries = json!([
            {"fullUrl": url, "resource": patient,
                "request": {"method": "POST", "url": "Patient", "ifNoneExist": criteria}},
            {"resource": observation, "request": {"method": "POST", "url": "Observation"}},
        ]);
        let (status, done) = ward.bundle("transaction", &[], &entries).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        let response = |index: usize| done["entry"][index]["response"].clone();
        let written = ward.read(&format!("/{}", response(1)["location"].as_str().unwrap())).await;
        (response(0)["status"].as_str().unwrap().to_owned(), written["subject"]["reference"].to_string())
    };
    let done = join_all((0..4).map(|_| enrol())).await;
    assert_eq!(done.iter().filter(|(status, _)| status == "201 Created").count(), 1, "{done:?}");
    let patients: BTreeSet<_> = done.iter().map(|(_, patient)| patient.clone()).collect();
    assert_eq!(patients.len(), 1, "all four are about the same patient: {done:?}");
    let again = ward.send(Method::POST, "/Patient", &[("if-none-exist", criteria)], &patient).await;
    assert_eq!(again.status(), StatusCode::OK);
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_of_the_same_patient_and_stays() {
    let ward = Ward::open(47).await;
    let named = |family: &str, identifier: &str| {
        json!({"resourceType": "Patient", "name": [{"family": family}],
            "identifier": [{"system": "urn:ward", "value": identifier}]})
    };
    let (status, mother) =
        ward.test.send(Role::Clinician, Method::POST, "/fhir/Patient", &named("Mother", "m-1")).await;
    assert_eq!(status, StatusCode::CREATED, "{mother}");
    let (mother, child) =
        ("urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a70", "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a71");
    let mut of_the_mother = ward.observation("o");
    of_the_mother["subject"] = json!({"reference": mother});
    let found = json!({"fullUrl": mother, "resource": named("Mother", "m-1"),
        "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:ward|m-1"}});
    let new = json!({"fullUrl": child, "resource": named("Child", "c-1"), "request": {"method": "POST", "url": "Patient"}});
    let last = json!({"resource": of_the_mother, "request": {"method": "POST", "url": "Observation"}});
    let before = counts(&ward.test).await;
    for entries in [json!([found, new, last]), json!([new, found, last])] {
        let (status, refused) = ward.bundle("transaction", &[], &entries).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "a record of one is not written to the other: {refused}"
        );
    }
    let (path, _) = ward.observed("a").await;
    let created = counts(&ward.test).await;
    let entries = json!([
        {"resource": ward.observation("a"),
            "request": {"method": "POST", "url": "Observation", "ifNoneExist": ward.criteria("a")}},
        {"request": {"method": "DELETE", "url": path.trim_start_matches('/')}},
    ]);
    let (status, refused) = ward.bundle("transaction", &[], &entries).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "what is found is not deleted beside: {refused}");
    assert_eq!(counts(&ward.test).await, created);
    assert_ne!(created, before);
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_refers_to_a_conditional_update_can_be_sent_again() {
    let ward = Ward::open(48).await;
    let url = "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a72";
    let mut encounter = json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": ward.patient()}});
    encounter["identifier"] = json!([{"system": "urn:ward", "value": "e-1"}]);
    let mut observation = ward.observation("e-2");
    observation["encounter"] = json!({"reference": url});
    let entries = json!([
        {"fullUrl": url, "resource": encounter,
            "request": {"method": "PUT", "url": format!("Encounter?{}", ward.criteria("e-1"))}},
        {"resource": observation,
            "request": {"method": "PUT", "url": format!("Observation?{}", ward.criteria("e-2"))}},
    ]);
    let mut referred = BTreeSet::new();
    for expected in ["201 Created", "200 OK"] {
        let (status, done) = ward.bundle("transaction", &[], &entries).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["entry"][0]["response"]["status"], expected, "{done}");
        let location = done["entry"][1]["response"]["location"].as_str().unwrap();
        let written = ward.read(&format!("/{location}")).await;
        referred.insert(written["encounter"]["reference"].as_str().unwrap().to_owned());
    }
    assert_eq!(referred.len(), 1, "both refer to the one encounter");
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_criteria_find_is_updated_patched_and_deleted() {
    let ward = Ward::open(43).await;
    let path = format!("/Observation?{}", ward.criteria("a"));
    let body = ward.observation("a");
    let (status, created) = answer(ward.send(Method::PUT, &path, &[], &body).await).await;
    assert_eq!(status, StatusCode::CREATED, "nothing was found, so it is new: {created}");
    let own = format!("/Observation/{}", created["id"].as_str().unwrap());
    let mut changed = body.clone();
    changed["status"] = json!("amended");
    let (status, updated) = answer(ward.send(Method::PUT, &path, &[], &changed).await).await;
    assert_eq!((status, version(&updated), &updated["id"]), (StatusCode::OK, "2", &created["id"]));
    changed["id"] = json!("another");
    let (status, refused) = answer(ward.send(Method::PUT, &path, &[], &changed).await).await;
    assert_eq!(
        (status, &refused["issue"][0]["expression"][0]),
        (StatusCode::BAD_REQUEST, &json!("Observation.id"))
    );
    let operations = json!([{"op": "replace", "path": "/status", "value": "final"}]);
    let (status, patched) = answer(ward.patch(&path, &[("if-match", "W/\"2\"")], &operations).await).await;
    assert_eq!((status, version(&patched)), (StatusCode::OK, "3"), "{patched}");
    for method in [Method::PUT, Method::DELETE] {
        let stale = ward.send(method, &path, &[("if-match", "W/\"2\"")], &body).await;
        assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    }

    let (other, _) = ward.observed("a").await;
    let before = counts(&ward.test).await;
    for response in [
        ward.send(Method::PUT, &path, &[], &body).await,
        ward.patch(&path, &[], &operations).await,
        ward.send(Method::DELETE, &path, &[], &Value::Null).await,
    ] {
        let (status, refused) = answer(response).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{refused}");
    }
    let (status, refused) = answer(ward.send(Method::DELETE, "/Observation", &[], &Value::Null).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "everything is not deleted: {refused}");
    assert_eq!(counts(&ward.test).await, before);

    assert_eq!(ward.send(Method::DELETE, &other, &[], &Value::Null).await.status(), StatusCode::NO_CONTENT);
    for _ in 0..2 {
        let deleted = ward.send(Method::DELETE, &path, &[], &Value::Null).await;
        assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
        assert_eq!(ward.test.get(Role::Clinician, &format!("/fhir{own}")).await.0, StatusCode::GONE);
    }
    assert_eq!(ward.patch(&path, &[], &operations).await.status(), StatusCode::NOT_FOUND);
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_does_it_too() {
    let ward = Ward::open(44).await;
    let (found, missing) = (ward.criteria("a"), ward.criteria("b"));
    let (path, _) = ward.observed("a").await;
    let url = |criteria: &str| format!("Observation?{criteria}");
    let body = ward.observation("a");
    let entries = json!([
        {"resource": body, "request": {"method": "POST", "url": "Observation", "ifNoneExist": found}},
        {"resource": body, "request": {"method": "PUT", "url": url(&found)}},
        {"request": {"method": "GET", "url": path.trim_start_matches('/'), "ifNoneMatch": "W/\"2\""}},
        {"request": {"method": "GET", "url": path.trim_start_matches('/'), "ifNoneMatch": "W/\"1\""}},
        {"request": {"method": "DELETE", "url": url(&missing)}},
        {"resource": ward.observation("b"), "request": {"method": "PUT", "url": url(&missing)}},
        {"request": {"method": "DELETE", "url": url(&missing)}},
    ]);
    let (status, done) = ward.bundle("batch", &[], &entries).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let statuses: Vec<&str> = done["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["response"]["status"].as_str().unwrap()[..3])
        .collect();
    assert_eq!(statuses, ["200", "200", "304", "200", "204", "201", "204"], "{done}");
    assert!(done["entry"][2].get("resource").is_none() && done["entry"][3]["resource"].is_object());
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_is_not_sent_again_and_still_recorded() {
    let ward = Ward::open(45).await;
    let (path, _) = ward.observed("a").await;
    let first = ward.send(Method::GET, &path, &[], &Value::Null).await;
    let modified = header(&first, "last-modified").unwrap().to_owned();
    let url = format!("/fhir{path}");
    for (name, value, expected) in [
        ("if-none-match", "W/\"1\"", StatusCode::NOT_MODIFIED),
        ("if-none-match", "W/\"7\", W/\"1\"", StatusCode::NOT_MODIFIED),
        ("if-none-match", "*", StatusCode::NOT_MODIFIED),
        ("if-none-match", "W/\"2\"", StatusCode::OK),
        ("if-modified-since", modified.as_str(), StatusCode::NOT_MODIFIED),
        ("if-modified-since", "Sun, 01 Mar 2020 10:00:00 GMT", StatusCode::OK),
        ("if-none-match", "Zyxomorph7", StatusCode::BAD_REQUEST),
        ("if-modified-since", "Zyxomorph7", StatusCode::BAD_REQUEST),
    ] {
        let request = ward.test.request_as(Role::Clinician, Method::GET, &url).await.header(name, value);
        let (trace, request) = traced(request);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{name}: {value}");
        if expected == StatusCode::BAD_REQUEST {
            let said = response.text().await.unwrap().to_lowercase();
            assert!(said.contains(name) && !said.contains("zyxomorph7"), "{said}");
            continue;
        }
        assert_eq!(header(&response, "etag"), Some("W/\"1\""));
        let text = response.text().await.unwrap();
        assert_eq!(text.is_empty(), expected == StatusCode::NOT_MODIFIED);
        let audit = Audit::read(&ward.test).await;
        assert!(audit.of(trace).iter().any(|entry| !entry.records.is_empty()), "{name}: {value} is recorded");
    }
    // Whoever may not read learns nothing: not even that it did not change.
    let other =
        ward.send_as(Role::Researcher, Method::GET, &path, &[("if-none-match", "*")], &Value::Null).await;
    // In another realm the id is a random number: by chance it names a compartment that their role may never see.
    let refused = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&other.status());
    assert!(refused, "{}", other.status());
    ward.test.stop().await;
}
