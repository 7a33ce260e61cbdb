//! Writes that belong together: all of them or none, and once.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::{Compartment, Role};
use tacenda_synthetic::Canary;

use crate::{
    common::{TestSystem, answer},
    tampering,
};

const APP: Role = Role::Application;

#[tokio::test(flavor = "multi_thread")]
async fn references_within_a_transaction_become_ids() {
    let test = TestSystem::start().await;
    let bundle = Canary::new(3).bundle().clone();
    let ids = test.enrol(&bundle).await;
    let sent = bundle["entry"].as_array().unwrap();
    assert_eq!(ids.len(), sent.len());
    let mut compared = 0;
    for (entry, id) in sent.iter().zip(&ids) {
        let (status, read) = test.get(APP, &format!("/fhir/{id}")).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        let named = |url: &str| {
            let index = sent.iter().position(|entry| entry["fullUrl"] == url).unwrap();
            ids[index].clone()
        };
        for pointer in ["/subject", "/patient", "/for", "/focus", "/device", "/about/0"] {
            let Some(url) = entry["resource"].pointer(&format!("{pointer}/reference")) else { continue };
            assert_eq!(
                read.pointer(&format!("{pointer}/reference")),
                Some(&json!(named(url.as_str().unwrap()))),
                "{id}"
            );
            compared += 1;
        }
        assert!(!read.to_string().contains("urn:uuid:"), "{id}");
    }
    assert!(compared >= 10, "only {compared} references were compared");
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_with_one_bad_entry_does_nothing() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(4).bundle()).await;
    let (patient, condition) = (of_type(&ids, "Patient"), of_type(&ids, "Condition"));
    let (_, mut changed) = test.get(APP, &format!("/fhir/{condition}")).await;
    changed["note"] = json!([{"text": "changed"}]);
    let before = counts(&test).await;
    let good = || entry("POST", "Observation", Some(observation(patient)));
    let task = || {
        entry(
            "POST",
            "Task",
            Some(json!({"resourceType": "Task", "status": "requested", "intent": "order",
        "for": {"reference": patient}})),
        )
    };
    let update = |version: u32| {
        let mut entry = entry("PUT", condition, Some(changed.clone()));
        entry["request"]["ifMatch"] = json!(format!("W/\"{version}\""));
        entry
    };
    let nobody = entry("POST", "Observation", Some(observation("Patient/00000000000000000000000000")));
    let dangling = {
        let mut value = observation(patient);
        value["encounter"] = json!({"reference": "urn:uuid:0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a69"});
        entry("POST", "Observation", Some(value))
    };
    let cases = [
        (
            "an invalid entry",
            vec![good(), task(), entry("POST", "Observation", Some(json!({"resourceType": "Observation"})))],
            StatusCode::BAD_REQUEST,
        ),
        ("a stale version in one vault", vec![good(), update(7)], StatusCode::PRECONDITION_FAILED),
        ("a stale version in another vault", vec![task(), update(7)], StatusCode::PRECONDITION_FAILED),
        ("another patient", vec![good(), nobody], StatusCode::UNPROCESSABLE_ENTITY),
        ("a reference to no entry", vec![good(), dangling], StatusCode::UNPROCESSABLE_ENTITY),
        ("a read", vec![good(), entry("GET", condition, None)], StatusCode::BAD_REQUEST),
    ];
    for (what, entries, expected) in cases {
        for key in [None, Some(what)] {
            let (status, outcome) = post(&test, APP, &bundle("transaction", entries.clone()), key).await;
            assert_eq!(status, expected, "{what}: {outcome}");
            assert_eq!(outcome["resourceType"], "OperationOutcome", "{what}");
            assert_eq!(counts(&test).await, before, "{what}: something was written");
        }
    }
    // What was refused under a key may be tried again under it, whole.
    let (status, done) =
        post(&test, APP, &bundle("transaction", vec![good(), task(), update(1)]), Some("a read")).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let after = counts(&test).await;
    assert_eq!(after.iter().sum::<i64>(), before.iter().sum::<i64>() + 3, "{before:?} {after:?}");
    verified(&test).await;
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_sent_twice_under_one_key_is_done_once() {
    let test = TestSystem::start().await;
    let canary = Canary::new(5);
    let (status, _) = post(&test, APP, canary.bundle(), Some("once")).await;
    assert_eq!(status, StatusCode::OK);
    let before = counts(&test).await;
    let (status, outcome) = post(&test, APP, canary.bundle(), Some("once")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{outcome}");
    assert_eq!(outcome["issue"][0]["code"], "conflict");
    assert_eq!(counts(&test).await, before, "nothing is there twice");
    let (status, _) = post(&test, APP, canary.bundle(), Some("twice")).await;
    assert_eq!(status, StatusCode::OK, "another key is another transaction");
    let both = tokio::join!(
        post(&test, APP, canary.bundle(), Some("race")),
        post(&test, APP, canary.bundle(), Some("race"))
    );
    let mut statuses = [both.0.0, both.1.0];
    statuses.sort_by_key(StatusCode::as_u16);
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "one of the two was done");
    let threefold: Vec<i64> = before.iter().map(|count| count * 3).collect();
    assert_eq!(
        counts(&test).await,
        threefold,
        "done once, however the two met, and nothing of the other is left"
    );
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_does_each_for_itself() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(6).bundle()).await;
    let (patient, condition) = (of_type(&ids, "Patient"), of_type(&ids, "Condition"));
    test.care(patient).await;
    let number = patient.strip_prefix("Patient/").unwrap();
    let entries = vec![
        entry("GET", condition, None),
        entry("POST", "Observation", Some(json!({"resourceType": "Observation"}))),
        entry("POST", "Observation", Some(observation(patient))),
        entry("GET", &format!("Observation?patient={number}"), None),
        entry("GET", "Condition/nothing", None),
        entry("DELETE", condition, None),
        entry("GET", condition, None),
        entry("GET", &format!("{condition}/_history/1"), None),
    ];
    let (status, done) = post(&test, Role::Clinician, &bundle("batch", entries), None).await;
    assert_eq!((status, &done["type"]), (StatusCode::OK, &json!("batch-response")), "{done}");
    let answers = done["entry"].as_array().unwrap();
    let statuses: Vec<&str> =
        answers.iter().map(|one| &one["response"]["status"].as_str().unwrap()[..3]).collect();
    assert_eq!(statuses, ["200", "400", "201", "200", "404", "204", "410", "200"]);
    assert_eq!(answers[0]["resource"], answers[7]["resource"]);
    assert_eq!(answers[1]["response"]["outcome"]["resourceType"], "OperationOutcome");
    let found = answers[3]["resource"]["entry"].as_array().unwrap().len();
    assert_eq!(found, 2, "the canary's own and the new one; its stream needs a need");
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patients_halves_stay_in_step() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(7).bundle()).await;
    let patient = of_type(&ids, "Patient");
    test.care(patient).await;
    let path = format!("/fhir/{patient}");
    let (_, first) = test.get(Role::Clinician, &path).await;
    for version in 2..=4 {
        let (_, mut value) = test.get(Role::Clinician, &path).await;
        // Only one of the halves changes each time.
        if version % 2 == 0 {
            value["birthDate"] = json!("1950-01-01")
        } else {
            value["name"] = json!([{"text": "New"}])
        }
        let (status, updated) = test.send(Role::Clinician, Method::PUT, &path, &value).await;
        assert_eq!(
            (status, &updated["meta"]["versionId"]),
            (StatusCode::OK, &json!(version.to_string())),
            "{updated}"
        );
        assert_eq!(halves(&test).await, [vec![version], vec![version]]);
        assert_eq!(test.get(Role::Clinician, &path).await, (StatusCode::OK, updated));
    }
    assert_eq!(test.get(Role::Clinician, &format!("{path}/_history/1")).await, (StatusCode::OK, first));
    let (_, history) = test.get(Role::Clinician, &format!("{path}/_history")).await;
    let versions: Vec<&Value> = history["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["resource"]["meta"]["versionId"])
        .collect();
    assert_eq!(versions, ["4", "3", "2", "1"]);
    // Two at once: one of them wins in both halves.
    let (_, value) = test.get(Role::Clinician, &path).await;
    let update = || async {
        let request =
            test.request_as(Role::Clinician, Method::PUT, &path).await.header("if-match", "W/\"4\"");
        request
            .header("content-type", "application/fhir+json")
            .body(value.to_string())
            .send()
            .await
            .unwrap()
            .status()
    };
    let mut statuses = <[StatusCode; 3]>::from(tokio::join!(update(), update(), update()));
    statuses.sort_by_key(StatusCode::as_u16);
    assert_eq!(statuses, [StatusCode::OK, StatusCode::PRECONDITION_FAILED, StatusCode::PRECONDITION_FAILED]);
    assert_eq!(halves(&test).await, [vec![5], vec![5]]);
    verified(&test).await;
    test.stop().await;
}

pub(crate) fn observation(patient: &str) -> Value {
    json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": patient}})
}

fn entry(method: &str, url: &str, resource: Option<Value>) -> Value {
    let mut entry = json!({"request": {"method": method, "url": url}});
    if let Some(resource) = resource {
        entry["resource"] = resource;
    }
    entry
}

fn bundle(kind: &str, entries: Vec<Value>) -> Value {
    json!({"resourceType": "Bundle", "type": kind, "entry": entries})
}

async fn post(test: &TestSystem, role: Role, bundle: &Value, key: Option<&str>) -> (StatusCode, Value) {
    let mut request = test.request_as(role, Method::POST, "/fhir").await;
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let request = request.header("content-type", "application/fhir+json").body(bundle.to_string());
    answer(request.send().await.unwrap()).await
}

/// Stored versions of each vault, staged ones included.
pub(crate) async fn counts(test: &TestSystem) -> Vec<i64> {
    const COUNT: &str = "select (select count(*) from records) + (select count(*) from versions) + (select count(*) from staged)";
    let mut counts = Vec::new();
    for compartment in Compartment::ALL {
        counts.push(rows(test, compartment, COUNT).await[0]);
    }
    counts
}

/// The current versions of all patients' halves: `contact`, then `identity` without Consent and RelatedPerson, which
/// stay at 1.
async fn halves(test: &TestSystem) -> [Vec<i64>; 2] {
    const VERSIONS: &str = "select version::bigint from records where version > 1 order by version";
    [rows(test, Compartment::Contact, VERSIONS).await, rows(test, Compartment::Identity, VERSIONS).await]
}

async fn rows(test: &TestSystem, compartment: Compartment, sql: &'static str) -> Vec<i64> {
    let database = test.system.databases.get(&tacenda::databases::vault_name(compartment)).unwrap();
    let rows = database.client().await.unwrap().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Everything holds: the ledger in itself, and every vault with it.
pub(crate) async fn verified(test: &TestSystem) {
    let verification = tampering::verified(test).await;
    assert!(verification.holds(), "{:#?}", verification.lines());
}

pub(crate) fn of_type<'a>(ids: &'a [String], kind: &str) -> &'a str {
    ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap()
}
