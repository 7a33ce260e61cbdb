//! Records that pack well and are large when they are open: what comes of them is cut into pages, and little of it is in
//! memory at once.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{Clinician, Memory, many, patient_of, served};
use crate::{common::answer, crash::demo::Demo};

/// A little less than a record may have.
const SIZE: usize = 2_000_000;

fn records() -> usize {
    if many() { 200 } else { 24 }
}

#[tokio::test(flavor = "multi_thread")]
async fn much_of_little_comes_by_the_page_and_is_not_in_memory_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(folder.path(), &["--log", "error"]).await;
    let (patient, token) = patient_of(&demo).await;
    let clinician = Clinician::of(&demo, &patient).await;
    let quiet = clinician.reads(500).await;
    let made = write(&demo, &patient, &token).await;
    let number = patient.strip_prefix("Patient/").unwrap();
    let asked = [
        format!("/fhir/Observation?patient={number}&_count=200"),
        format!("/fhir/Observation?patient={number}&_count=200&_sort=-_lastUpdated&_total=accurate"),
        format!("/fhir/Patient/{number}/$everything"),
        format!("/fhir/Patient/{number}/$everything?_count=200"),
        format!("/fhir/Patient?_id={number}&_revinclude=Observation:patient"),
        format!("/fhir/Observation?patient={number}&_count=200&_include=Observation:subject"),
        format!("/fhir/Observation?patient={number}&_count=200&_sort=_lastUpdated"),
        format!("/fhir/Observation?patient={number}&_lastUpdated=ge2000-01-01&_count=200"),
    ];
    // Everybody takes what comes and keeps nothing, so that what grows is the server.
    let memory = Memory::of(&demo);
    let answers = join_all(asked.iter().map(|path| taken(format!("{}{path}", demo.base), &token)));
    let (statuses, beside) = clinician.reads_beside(150, answers).await;
    let growth = memory.growth();
    println!(
        "{} records of 2 MB, {} large answers at once: {growth} MiB more, a read's p99 {beside:.1?}, of {quiet:.1?} in quiet",
        records(),
        asked.len()
    );
    for (path, status) in asked.iter().zip(statuses) {
        let expected = if path.contains("_revinclude") { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        assert_eq!(status, expected, "{path}");
    }
    served(quiet, beside);
    assert!(growth <= 64, "memory grew by {growth} MiB");
    for path in [&asked[0], &asked[1], &asked[3], &asked[5]] {
        let (found, pages) = found(&demo, &token, path, "Observation").await;
        assert!(pages > 1 && found.is_superset(&made), "{path}: {} on {pages} pages", found.len());
    }
    demo.stop().await;
}

/// Records of one patient that pack well: their ids.
async fn write(demo: &Demo, patient: &str, token: &str) -> BTreeSet<String> {
    let mut made = BTreeSet::new();
    for _ in 0..records() {
        let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": "large"},
            "subject": {"reference": patient}, "note": [{"text": "a".repeat(SIZE)}]});
        let request = demo.client.post(format!("{}/fhir/Observation", demo.base)).bearer_auth(token);
        let request = request.header("content-type", "application/fhir+json").body(body.to_string());
        let (status, created) = answer(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::CREATED);
        made.insert(created["id"].as_str().unwrap().to_owned());
    }
    made
}

async fn taken(url: String, token: &str) -> StatusCode {
    let client = Client::builder().timeout(Duration::from_secs(120)).build().unwrap();
    let mut answer = client.get(url).bearer_auth(token).send().await.unwrap();
    let status = answer.status();
    while answer.chunk().await.unwrap().is_some() {}
    status
}

/// The ids of a type on all pages, and how many pages there are.
async fn found(demo: &Demo, token: &str, path: &str, kind: &str) -> (BTreeSet<String>, usize) {
    let (mut found, mut pages, mut next) = (BTreeSet::new(), 0, Some(path.to_owned()));
    while let Some(path) = next {
        let request = demo.client.get(format!("{}{path}", demo.base)).bearer_auth(token);
        let (status, page): (_, Value) = answer(request.send().await.unwrap()).await;
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
