//! `_total`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;

use super::{enrolled, link};
use crate::{
    audit::{Audit, traced},
    common::{TestSystem, answer},
    searches::{OBSERVATIONS, ids, pages},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_total_is_of_all_that_match_and_costs_no_disclosure() {
    let test = TestSystem::start().await;
    let (patient, _) = enrolled(&test).await;
    for (query, total) in [
        ("", OBSERVATIONS),
        ("&code=c-1", OBSERVATIONS / 4),
        ("&code:not=c-1", OBSERVATIONS * 3 / 4),
        ("&value-quantity=gt50", 9),
        ("&status=amended&_sort=-date", 12),
        ("&code=none", 0),
        ("&_id=nothing", 0),
    ] {
        for (how, shown) in
            [("_total=accurate&_count=5", 5), ("_total=estimate", 50), ("_summary=count", 0), ("_count=0", 0)]
        {
            let path = format!("/fhir/Observation?patient={patient}{query}&{how}");
            let (trace, request) = traced(test.request_as(Role::Clinician, Method::GET, &path).await);
            let (status, page) = answer(request.send().await.unwrap()).await;
            if query.contains("_id") {
                assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {page}");
                continue;
            }
            assert_eq!(
                (status, page["total"].as_u64()),
                (StatusCode::OK, Some(total as u64)),
                "{path}: {page}"
            );
            let entries = page["entry"].as_array().map_or(0, Vec::len);
            assert_eq!(entries, total.min(shown), "{path}");
            assert_eq!(link(&page, "next").is_some(), shown > 0 && total > shown, "{path}");
            let audit = Audit::read(&test).await;
            let named: Vec<_> = audit.of(trace).into_iter().flat_map(|entry| &entry.records).collect();
            assert_eq!(named.len(), entries, "{path}: the ledger names what is shown");
            assert!(!audit.of(trace).is_empty());
        }
    }
    let (_, page) =
        test.get(Role::Clinician, &format!("/fhir/Observation?patient={patient}&_total=none")).await;
    assert!(page.get("total").is_none());
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_come_in_order_and_are_counted() {
    let test = TestSystem::start().await;
    for (family, birth) in [
        ("Sorter", Some("1980-04-05")),
        ("Sortez", None),
        ("Sorted", Some("1979")),
        ("Sorting", Some("1990-01-01")),
    ] {
        let mut patient = json!({"resourceType": "Patient", "name": [{"family": family}]});
        if let Some(birth) = birth {
            patient["birthDate"] = json!(birth);
        }
        let entry = json!({"fullUrl": "urn:uuid:0", "resource": patient, "request": {"method": "POST", "url": "Patient"}});
        let made =
            test.enrol(&json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})).await;
        test.care(&made[0]).await;
    }
    let families = |found: &[Value]| {
        let name = |one: &Value| one["name"][0]["family"].as_str().unwrap().to_owned();
        found.iter().map(name).collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("name=sort&_sort=birthdate", ["Sorted", "Sorter", "Sorting", "Sortez"]),
        ("_sort=-birthdate", ["Sorting", "Sorter", "Sorted", "Sortez"]),
        ("name=sort&_sort=_lastUpdated", ["Sorter", "Sortez", "Sorted", "Sorting"]),
        ("_sort=-_lastUpdated", ["Sorting", "Sorted", "Sortez", "Sorter"]),
    ] {
        for count in [1, 3, 50] {
            let found = pages(&test, &format!("Patient?{query}&_count={count}")).await;
            assert_eq!(families(&found), expected, "{query} in pages of {count}");
        }
    }
    let found = pages(&test, "Patient?name=sort&_count=1").await;
    assert_eq!(ids(&found).len(), 4);
    for (query, total) in [("name=sort", 4), ("name=sorte", 3), ("name=sort&birthdate=lt1985", 2), ("", 4)] {
        let path = format!("/fhir/Patient?{query}&_total=accurate&_count=1");
        let (status, page) = test.get(Role::Clinician, &path).await;
        assert_eq!((status, page["total"].as_u64()), (StatusCode::OK, Some(total)), "{path}: {page}");
    }
    test.stop().await;
}
