//! What is sent again under its `Idempotency-Key`, and who waits for whom where the same is asked.

use std::sync::Arc;

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tacenda_records::RecordsError;
use tokio::sync::{Barrier, watch};

use super::Ward;
use crate::transaction::verified;

fn update(observation: &Value, version: u32) -> Value {
    let mut changed = observation.clone();
    changed["code"]["text"] = json!("changed");
    let url = format!("Observation/{}", observation["id"].as_str().unwrap());
    json!([{"resource": changed,
        "request": {"method": "PUT", "url": url, "ifMatch": format!("W/\"{version}\"")}}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_done_is_not_refused_for_what_it_did() {
    let ward = Ward::open(60).await;
    let (_, observation) = ward.observed("a").await;
    let update = update(&observation, 1);
    let key = [("idempotency-key", "first")];
    let (status, done) = ward.bundle("transaction", &key, &update).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let (status, repeated) = ward.bundle("transaction", &key, &update).await;
    assert_eq!(status, StatusCode::CONFLICT, "its version is another now: {repeated}");
    let (status, refused) = ward.bundle("transaction", &[], &update).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "without the key it is another: {refused}");
    // Whatever else is sent under the key, the first was done.
    ward.observed("b").await;
    ward.observed("b").await;
    let url = format!("Observation/{}", observation["id"].as_str().unwrap());
    for entry in [
        json!({"resource": ward.observation("b"),
            "request": {"method": "POST", "url": "Observation", "ifNoneExist": ward.criteria("b")}}),
        json!({"request": {"method": "DELETE", "url": format!("Observation?{}", ward.criteria("b"))}}),
        json!({"resource": {"resourceType": "Binary", "contentType": "application/json-patch+json",
                "data": data_encoding::BASE64.encode(br#"[{"op": "remove", "path": "/nowhere"}]"#)},
            "request": {"method": "PATCH", "url": url}}),
    ] {
        let (status, refused) = ward.bundle("transaction", &[], &json!([entry])).await;
        assert!(
            [StatusCode::PRECONDITION_FAILED, StatusCode::UNPROCESSABLE_ENTITY].contains(&status),
            "{refused}"
        );
        let (status, repeated) = ward.bundle("transaction", &key, &json!([entry])).await;
        assert_eq!(status, StatusCode::CONFLICT, "{repeated}");
    }
    let (_, left) =
        ward.test.get(Role::Clinician, &format!("/fhir/Observation?{}", ward.criteria("b"))).await;
    assert_eq!(left["entry"].as_array().map(Vec::len), Some(2), "{left}");
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_same_at_once_one_is_done_and_the_others_hear_that() {
    let ward = Ward::open(61).await;
    let (_, observation) = ward.observed("a").await;
    let update = update(&observation, 1);
    let send = || ward.bundle("transaction", &[("idempotency-key", "once")], &update);
    let mut statuses: Vec<StatusCode> =
        join_all((0..8).map(|_| send())).await.into_iter().map(|(status, _)| status).collect();
    statuses.sort_by_key(StatusCode::as_u16);
    assert_eq!(statuses[0], StatusCode::OK);
    assert!(statuses[1..].iter().all(|status| *status == StatusCode::CONFLICT), "{statuses:?}");
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_ask_the_same_hold_one_connection() {
    let ward = Ward::open(62).await;
    let records = &ward.test.system.records;
    let same = ["Observation?identifier=a".to_owned()];
    let (begin, begun) = (Arc::new(Barrier::new(2)), watch::channel(false));
    let (release, released) = begun;
    let first = {
        let (records, same, begin, mut released) =
            (Arc::clone(records), same.clone(), Arc::clone(&begin), released.clone());
        tokio::spawn(async move {
            let working = async {
                begin.wait().await;
                released.wait_for(|released| *released).await.map(|_| ())
            };
            records.one_at_a_time(&same, working).await.map(|_| 0)
        })
    };
    begin.wait().await;
    let others: Vec<_> = (1..16)
        .map(|number| {
            let (records, same) = (Arc::clone(records), same.clone());
            tokio::spawn(async move { records.one_at_a_time(&same, async { number }).await })
        })
        .collect();
    // Whoever asks something else finds a connection, as often as they like.
    for number in 0..16 {
        let other = [format!("Observation?identifier=b{number}")];
        let done: Result<u32, RecordsError> = records.one_at_a_time(&other, async { number }).await;
        assert_eq!(done.unwrap(), number);
    }
    let created = ward
        .send(Method::POST, "/Observation", &[("if-none-exist", &ward.criteria("c"))], &ward.observation("c"))
        .await;
    assert_eq!(created.status(), StatusCode::CREATED);
    assert!(others.iter().all(|other| !other.is_finished()), "they wait for the first");
    release.send(true).unwrap();
    assert_eq!(first.await.unwrap().unwrap(), 0);
    for (other, number) in others.into_iter().zip(1..) {
        assert_eq!(other.await.unwrap().unwrap(), number);
    }
    ward.test.stop().await;
}
