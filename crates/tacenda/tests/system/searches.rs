//! Searching over HTTP: what is found equals what a plain look at every record says, and pages join to the whole.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{Purpose, Role};

use crate::common::{TestSystem, answer};

pub(crate) const OBSERVATIONS: usize = 60;

/// A patient with an encounter and observations that differ in code, day, amount and status.
pub(crate) fn bundle() -> Value {
    let entry = |url: String, resource: Value| {
        let kind = resource["resourceType"].clone();
        json!({"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": kind}})
    };
    let patient = json!({"resourceType": "Patient", "name": [{"family": "Searched", "given": ["Ada"]}],
        "birthDate": "1980-04-05", "gender": "female", "telecom": [{"system": "phone", "value": "555-0199"}],
        "identifier": [{"system": "urn:searched", "value": "s-1"}]});
    let encounter = json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "urn:uuid:0"}, "period": {"start": "2026-01-01", "end": "2026-01-31"}});
    let mut entries =
        vec![entry("urn:uuid:0".to_owned(), patient), entry("urn:uuid:1".to_owned(), encounter)];
    for number in 0..OBSERVATIONS {
        let mut observation = json!({"resourceType": "Observation",
            "status": if number % 5 == 0 { "amended" } else { "final" },
            "code": {"coding": [{"system": "http://loinc.org", "code": format!("c-{}", number % 4)}]},
            "subject": {"reference": "urn:uuid:0"},
            "effectiveDateTime": format!("2026-01-{:02}T10:00:00Z", 1 + number % 28),
            "valueQuantity": {"value": number, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}});
        if number % 3 == 0 {
            observation["encounter"] = json!({"reference": "urn:uuid:1"});
        }
        entries.push(entry(format!("urn:uuid:{}", number + 2), observation));
    }
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

/// Every page of a search: what was found, in order.
pub(crate) async fn pages(test: &TestSystem, query: &str) -> Vec<Value> {
    let mut path = format!("/fhir/{query}");
    let mut found = Vec::new();
    for _ in 0..100 {
        let (status, page) = test.get(Role::Clinician, &path).await;
        assert_eq!(status, StatusCode::OK, "{query}: {page}");
        found.extend(page["entry"].as_array().into_iter().flatten().map(|entry| entry["resource"].clone()));
        let links = page["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { return found };
        let next = next["url"].as_str().unwrap();
        let cursor = next.split_once("?_cursor=").map(|(_, cursor)| cursor).unwrap_or_default();
        let sealed = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
        assert!(
            cursor.len() > 32 && cursor.chars().all(sealed),
            "nothing of the question is in a link: {next}"
        );
        path = next.split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
    }
    panic!("{query} has no end");
}

pub(crate) fn ids(found: &[Value]) -> BTreeSet<String> {
    let ids: BTreeSet<String> = found.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), found.len(), "nothing is found twice");
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_what_matches_and_pages_join_to_the_whole() {
    let test = TestSystem::start().await;
    let made = test.enrol(&bundle()).await;
    test.care(&made[0]).await;
    let patient = made[0].strip_prefix("Patient/").unwrap();
    let encounter = made[1].as_str();
    let all = pages(&test, &format!("Observation?patient={patient}&_count=200")).await;
    assert_eq!(all.len(), OBSERVATIONS);
    let amount = |one: &Value| one["valueQuantity"]["value"].as_u64().unwrap();
    let code = |one: &Value| one["code"]["coding"][0]["code"].as_str().unwrap().to_owned();
    let day = |one: &Value| one["effectiveDateTime"].as_str().unwrap()[8..10].parse::<u32>().unwrap();
    type Matches<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let cases: Vec<(String, Matches<'_>)> = vec![
        ("code=c-1".to_owned(), Box::new(|one| code(one) == "c-1")),
        (
            "code=http://loinc.org|c-1,c-2".to_owned(),
            Box::new(|one| code(one) == "c-1" || code(one) == "c-2"),
        ),
        ("code:not=c-1".to_owned(), Box::new(|one| code(one) != "c-1")),
        ("code=urn:other|c-1".to_owned(), Box::new(|_| false)),
        ("date=2026-01-05".to_owned(), Box::new(|one| day(one) == 5)),
        ("date=2026-01".to_owned(), Box::new(|_| true)),
        ("date=ge2026-01-10&date=lt2026-01-20".to_owned(), Box::new(|one| (10..20).contains(&day(one)))),
        ("date=gt2026-01-20".to_owned(), Box::new(|one| day(one) > 20)),
        ("date=ne2026-01-03".to_owned(), Box::new(|one| day(one) != 3)),
        ("status=amended".to_owned(), Box::new(|one| one["status"] == "amended")),
        ("value-quantity=gt50".to_owned(), Box::new(|one| amount(one) > 50)),
        ("value-quantity=le10||mg".to_owned(), Box::new(|one| amount(one) <= 10)),
        ("encounter:missing=true".to_owned(), Box::new(|one| one.get("encounter").is_none())),
        (format!("encounter={encounter}"), Box::new(|one| one.get("encounter").is_some())),
        (
            format!("encounter={}", encounter.split('/').nth(1).unwrap()),
            Box::new(|one| one.get("encounter").is_some()),
        ),
        ("encounter=Encounter/none".to_owned(), Box::new(|_| false)),
        (
            "code=c-3&date=lt2026-01-15&status=final&value-quantity=ge8".to_owned(),
            Box::new(|one| {
                code(one) == "c-3" && day(one) < 15 && one["status"] == "final" && amount(one) >= 8
            }),
        ),
        ("_lastUpdated=gt2020".to_owned(), Box::new(|_| true)),
        ("_lastUpdated=lt2020".to_owned(), Box::new(|_| false)),
    ];
    for (query, matches) in &cases {
        let expected = ids(&all.iter().filter(|one| matches(one)).cloned().collect::<Vec<_>>());
        for count in [200, 7] {
            let found = pages(&test, &format!("Observation?patient={patient}&{query}&_count={count}")).await;
            assert_eq!(ids(&found), expected, "{query} in pages of {count}");
        }
    }
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_are_found_by_what_narrows_and_decided_by_the_rest() {
    let test = TestSystem::start().await;
    let made = test.enrol(&bundle()).await;
    test.care(&made[0]).await;
    for (query, found) in [
        ("name=sear", 1),
        ("name=sear&gender=female", 1),
        ("name=sear&gender=male", 0),
        ("birthdate=1980-04-05", 1),
        ("birthdate=1980", 1),
        ("birthdate=1981", 0),
        ("phone=555-0199", 1),
        ("email=555-0199", 0),
        ("identifier=urn:searched|s-1&birthdate=ge1980&family:exact=Searched", 1),
        ("family:exact=searched", 0),
    ] {
        assert_eq!(pages(&test, &format!("Patient?{query}")).await.len(), found, "{query}");
    }
    let (status, outcome) = test.get(Role::Clinician, "/fhir/Patient?gender=female").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{outcome}");
    // A technician sees names and no birth dates: what they may not see decides nothing.
    test.grant(&made[0], GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await;
    let (_, found) = test.get(Role::Technician, "/fhir/Patient").await;
    let theirs = found["entry"][0]["resource"]["id"].as_str().unwrap();
    for (query, count) in [("name=sear", 1), ("birthdate=1980-04-05", 0), ("gender=female", 0)] {
        let (status, found) =
            test.get(Role::Technician, &format!("/fhir/Patient?_id={theirs}&{query}")).await;
        assert_eq!(
            (status, found["entry"].as_array().map_or(0, Vec::len)),
            (StatusCode::OK, count),
            "{found}"
        );
    }
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_ends_with_a_vault_goes_on_in_the_next() {
    let test = TestSystem::start().await;
    let made = test.enrol(&bundle()).await;
    test.care(&made[0]).await;
    let patient = made[0].strip_prefix("Patient/").unwrap();
    test.grant(&made[0], GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
    let measured = json!({"resourceType": "Observation", "status": "final", "code": {"text": "steps"},
        "subject": {"reference": made[0]}, "device": {"display": "a sensor"}});
    let (status, outcome) = test.send(Role::Application, Method::POST, "/fhir/Observation", &measured).await;
    assert_eq!(status, StatusCode::CREATED, "{outcome}");
    for count in [OBSERVATIONS - 1, OBSERVATIONS, OBSERVATIONS + 1, 7] {
        let found = pages(&test, &format!("Observation?patient={patient}&_count={count}")).await;
        assert_eq!(ids(&found).len(), OBSERVATIONS + 1, "in pages of {count}");
    }
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_whoever_got_it() {
    let test = TestSystem::start().await;
    let made = test.enrol(&bundle()).await;
    test.care(&made[0]).await;
    let patient = made[0].strip_prefix("Patient/").unwrap();
    let (_, page) = test.get(Role::Clinician, &format!("/fhir/Observation?patient={patient}&_count=5")).await;
    let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    let cursor = next["url"].as_str().unwrap().split_once("_cursor=").unwrap().1.to_owned();
    let changed = format!("{}{}", if cursor.starts_with('A') { 'B' } else { 'A' }, &cursor[1..]);
    for (role, path) in [
        (Role::Clinician, format!("/fhir/Observation?_cursor={changed}")),
        (Role::Clinician, format!("/fhir/Condition?_cursor={cursor}")),
        (Role::Clinician, format!("/fhir/Observation?_cursor={cursor}&status=final")),
        (Role::Clinician, "/fhir/Observation?_cursor=".to_owned()),
        (Role::Technician, format!("/fhir/Observation?_cursor={cursor}")),
    ] {
        let (status, outcome) = test.get(role, &path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {outcome}");
    }
    // It goes on by a form as well.
    let request = test.request_as(Role::Clinician, Method::POST, "/fhir/Observation/_search").await;
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let (status, page) = answer(request.body(format!("_cursor={cursor}")).send().await.unwrap()).await;
    assert_eq!((status, page["entry"].as_array().map(Vec::len)), (StatusCode::OK, Some(5)), "{page}");
    test.stop().await;
}
