//! `Prefer: return=…`

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::entry::{Event, Outcome};
use tacenda_kernel::{Action, ApiRealm, Role};

use super::{Ward, header};
use crate::{
    audit::{Audit, traced},
    common::answer,
    ids::in_realm,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_write_shows_what_its_caller_prefers() {
    let ward = Ward::open(20).await;
    let wanted = |value| [("prefer", value)];
    let sent = ward.observation("p");
    for (method, path) in
        [(Method::POST, "/Observation".to_owned()), (Method::PUT, ward.observed("q").await.0)]
    {
        let mut body = sent.clone();
        if method == Method::PUT {
            body["id"] = json!(path.rsplit('/').next().unwrap());
        }
        let send = |value| {
            let (method, path, body, ward) = (method.clone(), path.clone(), body.clone(), &ward);
            async move { ward.send(method, &path, &wanted(value), &body).await }
        };
        let minimal = send("return=minimal").await;
        assert!(minimal.status().is_success());
        assert_eq!(header(&minimal, "preference-applied"), Some("return=minimal"));
        assert!(header(&minimal, "etag").is_some() && header(&minimal, "last-modified").is_some());
        let location = header(&minimal, "location").unwrap().to_owned();
        assert_eq!(header(&minimal, "content-type"), None);
        assert_eq!(minimal.text().await.unwrap(), "");
        let written = ward.read(location.split_once("/fhir").unwrap().1).await;
        assert_eq!(written["subject"]["reference"], ward.patient());

        let outcome = send("return=OperationOutcome").await;
        assert_eq!(header(&outcome, "preference-applied"), Some("return=OperationOutcome"));
        let (_, outcome) = answer(outcome).await;
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        assert_eq!(outcome["issue"][0]["severity"], "information");

        let whole = send("handling=strict, return=representation").await;
        assert_eq!(header(&whole, "preference-applied"), Some("return=representation"));
        let location = header(&whole, "location").unwrap().to_owned();
        let (_, whole) = answer(whole).await;
        assert_eq!(whole, ward.read(location.split_once("/fhir").unwrap().1).await);

        let before = crate::transaction::counts(&ward.test).await;
        let (status, outcome) = answer(send("return=Zyxomorph7").await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(said.contains("Prefer") && !said.contains("Zyxomorph7"), "{said}");
        assert_eq!(crate::transaction::counts(&ward.test).await, before);
    }
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_was_read_and_recorded() {
    let ward = Ward::open(21).await;
    let request = ward.test.request_as(Role::Clinician, Method::POST, "/fhir/Observation").await;
    let request =
        request.header("content-type", "application/fhir+json").header("prefer", "return=representation");
    let (trace, request) = traced(request.body(ward.observation("r").to_string()));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::CREATED);
    let audit = Audit::read(&ward.test).await;
    let allowed = audit.of(trace).into_iter().filter(|entry| entry.outcome == Outcome::Allowed);
    let done: Vec<Action> = allowed
        .filter(|entry| !entry.records.is_empty())
        .filter_map(|entry| match entry.event {
            Event::Access(action) => Some(action),
            _ => None,
        })
        .collect();
    assert_eq!(done, [Action::Create, Action::Read]);

    // Whoever may write and not read is told that it was written, and nothing of it.
    ward.test
        .grant(
            ward.patient(),
            tacenda_contracts::keystore::GrantKind::Assignment,
            Some(Role::Device),
            tacenda_kernel::Purpose::Treatment,
        )
        .await;
    let house = in_realm(&ward.test.keys, ward.patient(), ApiRealm::House);
    let mut measured = ward.observation("s");
    measured["subject"] = json!({"reference": house});
    measured["device"] = json!({"display": "a scale"});
    let wanted = [("prefer", "return=representation")];
    let response = ward.send_as(Role::Device, Method::POST, "/Observation", &wanted, &measured).await;
    assert_eq!(response.status(), StatusCode::CREATED, "{}", response.text().await.unwrap());
    assert_eq!(header(&response, "preference-applied"), None);
    assert_eq!(response.text().await.unwrap(), "");
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_bundles_show_it_too() {
    let ward = Ward::open(22).await;
    for kind in ["transaction", "batch"] {
        let entries: Value = json!([
            {"resource": ward.observation("a"), "request": {"method": "POST", "url": "Observation"}},
            {"resource": ward.observation("b"), "request": {"method": "POST", "url": "Observation"}},
        ]);
        let done = |value: &'static str| {
            let (ward, entries) = (&ward, &entries);
            async move {
                let (status, done) = ward.bundle(kind, &[("prefer", value)], entries).await;
                assert_eq!(status, StatusCode::OK, "{done}");
                done["entry"].as_array().unwrap().clone()
            }
        };
        for entry in done("return=representation").await {
            let location = entry["response"]["location"].as_str().unwrap();
            assert_eq!(entry["resource"], ward.read(&format!("/{location}")).await, "{kind}");
        }
        for entry in done("return=OperationOutcome").await {
            assert_eq!(entry["response"]["outcome"]["issue"][0]["severity"], "information", "{kind}");
        }
        for entry in done("return=minimal").await {
            assert!(entry.get("resource").is_none() && entry["response"].get("outcome").is_none(), "{kind}");
            assert_eq!(entry["response"]["etag"], "W/\"1\"", "{kind}");
        }
    }
    ward.test.stop().await;
}
