//! Records that pack well and are large when they are open: what comes of them is cut into pages, and little of it is in
//! memory at once.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tacenda_synthetic::Canary;

use super::{Memory, many};
use crate::common::TestSystem;

/// A little less than a record may have.
const SIZE: usize = 2_000_000;

fn records() -> usize {
    if many() { 200 } else { 24 }
}

#[tokio::test(flavor = "multi_thread")]
async fn much_of_little_comes_by_the_page_and_is_not_in_memory_at_once() {
    let test = TestSystem::start().await;
    let patient = test.enrol(Canary::new(1).bundle()).await.remove(0);
    test.care(&patient).await;
    let mut made = BTreeSet::new();
    for _ in 0..records() {
        let (status, created) = test
            .send(
                Role::Application,
                Method::POST,
                "/fhir/Observation",
                &json!({"resourceType": "Observation", "status": "final", "code": {"text": "large"},
                    "subject": {"reference": patient}, "note": [{"text": "a".repeat(SIZE)}]}),
            )
            .await;
        assert_eq!(status, StatusCode::CREATED);
        made.insert(created["id"].as_str().unwrap().to_owned());
    }
    let number = patient.strip_prefix("Patient/").unwrap();
    let token = test.token(Role::Clinician).await;
    let asked = [
        format!("/fhir/Observation?patient={number}&_count=200"),
        format!("/fhir/Observation?patient={number}&_count=200&_sort=-_lastUpdated&_total=accurate"),
        format!("/fhir/Patient/{number}/$everything"),
        format!("/fhir/Patient/{number}/$everything?_count=200"),
        format!("/fhir/Patient?_id={number}&_revinclude=Observation:patient"),
        format!("/fhir/Observation?patient={number}&_count=200&_include=Observation:subject"),
        format!("/fhir/Observation/_history?patient={number}&_count=200"),
        format!("/fhir/Observation?patient={number}&_lastUpdated=ge2000-01-01&_count=200"),
    ];
    // Everybody takes what comes and keeps nothing, so that what grows is the server.
    let memory = Memory::watch();
    let statuses = join_all(asked.iter().map(|path| taken(test.url(path), &token))).await;
    let growth = memory.growth();
    for (path, status) in asked.iter().zip(statuses) {
        let expected = if path.contains("_revinclude") { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        assert_eq!(status, expected, "{path}");
    }
    assert!(growth <= 64, "memory grew by {growth} MiB");
    for path in [&asked[0], &asked[1], &asked[3], &asked[5]] {
        let (found, pages) = found(&test, path, "Observation").await;
        assert!(pages > 1 && found.is_superset(&made), "{path}: {} on {pages} pages", found.len());
    }
    test.stop().await;
}

async fn taken(url: String, token: &str) -> StatusCode {
    let client = Client::builder().timeout(Duration::from_secs(120)).build().unwrap();
    let mut answer = client.get(url).bearer_auth(token).send().await.unwrap();
    let status = answer.status();
    while answer.chunk().await.unwrap().is_some() {}
    status
}

/// The ids of a type on all pages, and how many pages there are.
async fn found(test: &TestSystem, path: &str, kind: &str) -> (BTreeSet<String>, usize) {
    let (mut found, mut pages, mut next) = (BTreeSet::new(), 0, Some(path.to_owned()));
    while let Some(path) = next {
        let (status, page): (_, Value) = test.get(Role::Clinician, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let entries = page["entry"].as_array().into_iter().flatten();
        let ids = entries.map(|entry| &entry["resource"]).filter(|resource| resource["resourceType"] == kind);
        for id in ids.map(|resource| resource["id"].as_str().unwrap().to_owned()) {
            assert!(found.insert(id), "{path}: twice");
        }
        let links = page["link"].as_array().into_iter().flatten();
        let link = links.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str());
        next = link.map(|url| url.split_once("/fhir/").map(|(_, path)| format!("/fhir/{path}")).unwrap());
        pages += 1;
    }
    (found, pages)
}
