//! Histories by pages: of an instance, and of a type.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::entry::Event;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Action, Role};

use super::{Ward, version};
use crate::{
    audit::{Audit, traced},
    common::answer,
    transaction::{of_type, verified},
};

/// Every page of a history: its entries in their order, and how many pages.
pub(super) async fn pages(ward: &Ward, role: Role, path: &str) -> (Vec<Value>, usize) {
    let (mut path, mut entries, mut pages) = (format!("/fhir{path}"), Vec::new(), 0);
    loop {
        let (status, page) = ward.test.get(role, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        assert_eq!(page["type"], "history");
        entries.extend(page["entry"].as_array().into_iter().flatten().cloned());
        pages += 1;
        let links = page["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
            return (entries, pages);
        };
        let next = next["url"].as_str().unwrap();
        assert!(pages < 100 && !next.contains("_since") && !next.contains("patient"), "{next}");
        path = next.split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
    }
}

pub(super) fn names(entries: &[Value]) -> Vec<(String, String)> {
    let name = |entry: &Value| {
        let url = entry["fullUrl"].as_str().unwrap().rsplit("/fhir/").next().unwrap().to_owned();
        (url, entry["response"]["etag"].as_str().unwrap().to_owned())
    };
    entries.iter().map(name).collect()
}

fn is_newest_first(entries: &[Value]) -> bool {
    let times: Vec<&str> =
        entries.iter().map(|entry| entry["response"]["lastModified"].as_str().unwrap()).collect();
    times.windows(2).all(|pair| pair[0] >= pair[1])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_an_instance_join_to_the_whole_while_it_changes() {
    let ward = Ward::open(50).await;
    let (path, _) = ward.observed("a").await;
    let note =
        |number: u32| json!([{"op": "add", "path": "/note", "value": [{"text": format!("{number}")}]}]);
    for number in 0..6 {
        assert_eq!(ward.patch(&path, &[], &note(number)).await.status(), StatusCode::OK);
    }
    let (whole, one) = pages(&ward, Role::Clinician, &format!("{path}/_history")).await;
    assert_eq!((whole.len(), one), (7, 1));
    let (some, several) = pages(&ward, Role::Clinician, &format!("{path}/_history?_count=3")).await;
    assert_eq!((names(&some), several), (names(&whole), 3));
    assert_eq!(whole[0]["request"]["method"], "PUT");
    assert_eq!(whole[6]["request"], json!({"method": "POST", "url": "Observation"}));

    // A page goes on where it ended, whatever was written since.
    let (_, first) = ward.test.get(Role::Clinician, &format!("/fhir{path}/_history?_count=2")).await;
    let next = first["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    let next = next["url"].as_str().unwrap().split_once("/fhir").unwrap().1.to_owned();
    assert_eq!(ward.patch(&path, &[], &note(9)).await.status(), StatusCode::OK);
    assert_eq!(names(&pages(&ward, Role::Clinician, &next).await.0), names(&whole)[2..]);

    let fifth = ward.read(&format!("{path}/_history/5")).await["meta"]["lastUpdated"].clone();
    let since = format!("{path}/_history?_count=2&_since={}", fifth.as_str().unwrap());
    let (recent, _) = pages(&ward, Role::Clinician, &since).await;
    let tags: Vec<String> = names(&recent).into_iter().map(|(_, tag)| tag).collect();
    assert_eq!(tags, ["W/\"8\"", "W/\"7\"", "W/\"6\"", "W/\"5\""]);
    let (none, _) =
        pages(&ward, Role::Clinician, &format!("{path}/_history?_since=2999-01-01T00:00:00Z")).await;
    assert!(none.is_empty());
    // Another's cursor is nothing.
    let (status, _) = ward.test.get(Role::Application, &format!("/fhir{next}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patients_versions_have_both_halves_on_every_page() {
    let ward = Ward::open(51).await;
    let path = format!("/{}", ward.patient());
    for number in 1..4 {
        let operations = json!([{"op": "replace", "path": "/name/0/family", "value": format!("N{number}")},
            {"op": "add", "path": "/maritalStatus", "value": {"text": format!("M{number}")}}]);
        assert_eq!(ward.patch(&path, &[], &operations).await.status(), StatusCode::OK);
    }
    for whose in
        [format!("{path}/_history?_count=1"), format!("/Patient/_history?patient={}&_count=1", ward.number())]
    {
        let (entries, pages) = pages(&ward, Role::Clinician, &whose).await;
        assert_eq!((entries.len(), pages), (4, 4), "{whose}");
        for (entry, number) in entries.iter().zip([3, 2, 1]) {
            assert_eq!(entry["resource"]["name"][0]["family"], format!("N{number}"));
            assert_eq!(entry["resource"]["maritalStatus"]["text"], format!("M{number}"));
        }
    }
    let third = ward.read(&format!("{path}/_history/3")).await["meta"]["lastUpdated"].clone();
    let since = format!("{path}/_history?_since={}", third.as_str().unwrap());
    assert_eq!(pages(&ward, Role::Clinician, &since).await.0.len(), 2);
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_types_history_has_every_version_of_one_patients_records_deleted_ones_too() {
    let mut ward = Ward::open(52).await;
    let mut paths = Vec::new();
    for identifier in ["a", "b", "c", "d"] {
        paths.push(ward.observed(identifier).await.0);
    }
    let amend = json!([{"op": "replace", "path": "/status", "value": "amended"}]);
    for path in [&paths[0], &paths[2]] {
        assert_eq!(ward.patch(path, &[], &amend).await.status(), StatusCode::OK);
    }
    let gone = ward.send(Method::DELETE, &paths[1], &[], &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let own = of_type(&ward.ids, "Observation");
    let url = format!("/Observation/_history?patient={}", ward.number());
    let (whole, _) = pages(&ward, Role::Clinician, &url).await;
    assert!(is_newest_first(&whole));
    assert_eq!(whole[0]["request"]["method"], "DELETE");
    assert!(whole[0].get("resource").is_none());
    // What each instance says is what the type says.
    let mut expected = BTreeSet::new();
    let own = format!("/{own}");
    for path in paths.iter().chain([&own]) {
        expected.extend(names(&pages(&ward, Role::Clinician, &format!("{path}/_history")).await.0));
    }
    assert_eq!(names(&whole).into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(names(&whole).len(), expected.len());
    for count in [1, 2, 3] {
        let (some, _) = pages(&ward, Role::Clinician, &format!("{url}&_count={count}")).await;
        assert_eq!(names(&some), names(&whole), "by {count}");
    }
    let since = whole[2]["response"]["lastModified"].as_str().unwrap();
    let (recent, _) = pages(&ward, Role::Clinician, &format!("{url}&_since={since}")).await;
    assert_eq!(names(&recent), names(&whole)[..3]);

    // The patient need not be named by themselves, who see measurements of the stream as well.
    let caller = tacenda::demo::seed::importer(&ward.test.system, &ward.test.accounts).await.unwrap();
    let number = ward.test.system.records.account_of(&caller, ward.number()).await.unwrap();
    ward.test.accounts.make_patient(&ward.test.system.accounts, &SystemRandom, number).await.unwrap();
    let (mine, _) = pages(&ward, Role::Patient, "/Observation/_history?_count=2").await;
    assert!(is_newest_first(&mine));
    let all: BTreeSet<_> = names(&mine).into_iter().collect();
    assert_eq!(all.len(), mine.len());
    assert!(all.is_superset(&expected) && all.len() > expected.len(), "the stream's are there, too");
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_on_the_page_is_recorded_as_disclosed() {
    let ward = Ward::open(53).await;
    for identifier in ["a", "b", "c"] {
        ward.observed(identifier).await;
    }
    for (query, shown) in [("&_count=2", 2), ("&_since=2999-01-01T00:00:00Z", 0)] {
        let path = format!("/fhir/Observation/_history?patient={}{query}", ward.number());
        let (trace, request) = traced(ward.test.request_as(Role::Clinician, Method::GET, &path).await);
        let (_, page) = answer(request.send().await.unwrap()).await;
        assert_eq!(page["entry"].as_array().map_or(0, Vec::len), shown);
        let audit = Audit::read(&ward.test).await;
        let of_history = |entry: &&&tacenda_contracts::entry::Entry| {
            entry.event == Event::Access(Action::History) && entry.compartment.is_some() || shown == 0
        };
        let entries = audit.of(trace);
        let recorded: usize = entries.iter().filter(of_history).map(|entry| entry.records.len()).sum();
        assert_eq!(recorded, shown, "{entries:?}");
        assert!(!entries.is_empty());
    }
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_has_a_history() {
    let ward = Ward::open(54).await;
    let organization = json!({"resourceType": "Organization", "name": "One"});
    let admin = Role::Administrator;
    let (_, created) =
        answer(ward.send_as(admin, Method::POST, "/Organization", &[], &organization).await).await;
    let path = format!("/Organization/{}", created["id"].as_str().unwrap());
    let mut changed = created.clone();
    changed["name"] = json!("Two");
    assert_eq!(ward.send_as(admin, Method::PUT, &path, &[], &changed).await.status(), StatusCode::OK);
    let gone = ward.send_as(admin, Method::DELETE, &path, &[], &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let (entries, _) = pages(&ward, Role::Clinician, "/Organization/_history?_count=2").await;
    let methods: Vec<&str> =
        entries.iter().map(|entry| entry["request"]["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["DELETE", "PUT", "POST"]);
    assert_eq!(version(&entries[2]["resource"]), "1");
    verified(&ward.test).await;
    ward.test.stop().await;
}
