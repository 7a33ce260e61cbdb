//! `_sort`.

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{Purpose, Role};

use super::{date, enrolled, in_order, link, observe};
use crate::{
    common::TestSystem,
    searches::{OBSERVATIONS, ids, pages},
};

#[tokio::test(flavor = "multi_thread")]
async fn pages_in_an_order_are_the_whole_in_that_order_over_two_vaults() {
    let test = TestSystem::start().await;
    let (patient, _) = enrolled(&test).await;
    test.grant(&patient, GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
    for day in ["2026-01-02T00:00:00Z", "2026-01-14T23:00:00Z", "2025-12-31T00:00:00Z"] {
        observe(&test, &patient, Some(day), true).await;
    }
    observe(&test, &patient, None, false).await;
    observe(&test, &patient, None, true).await;
    let search = |rest: &str| format!("Observation?patient={patient}&{rest}");
    for (sort, descending) in [("date", false), ("-date", true)] {
        let whole = pages(&test, &search(&format!("_sort={sort}&_count=200"))).await;
        assert_eq!(ids(&whole).len(), OBSERVATIONS + 5);
        let dates: Vec<Option<String>> = whole.iter().map(date).collect();
        let (with, without) = dates.split_at(OBSERVATIONS + 3);
        assert!(with.iter().all(Option::is_some) && without.iter().all(Option::is_none), "{sort}: {dates:?}");
        assert!(
            if descending { with.is_sorted_by(|a, b| a >= b) } else { with.is_sorted() },
            "{sort}: {dates:?}"
        );
        for count in [7, 1, OBSERVATIONS + 5] {
            let paged = pages(&test, &search(&format!("_sort={sort}&_count={count}"))).await;
            assert_eq!(in_order(&paged), in_order(&whole), "{sort} in pages of {count}");
        }
        let few = search(&format!("_sort={sort}&code=c-1&date=ge2026-01-10&_count=3"));
        let expected: Vec<&str> = in_order(
            &whole
                .iter()
                .filter(|one| one["code"]["coding"][0]["code"] == "c-1")
                .cloned()
                .collect::<Vec<_>>(),
        )
        .into_iter()
        .filter(|id| {
            let one = whole.iter().find(|one| one["id"] == *id).unwrap();
            date(one).unwrap().as_str() >= "2026-01-10"
        })
        .map(|id| whole.iter().find(|one| one["id"] == id).unwrap()["id"].as_str().unwrap())
        .collect();
        assert_eq!(in_order(&pages(&test, &few).await), expected, "{sort}");
    }
    let newest = pages(&test, &search("_sort=-_lastUpdated&_count=7")).await;
    let written: Vec<&str> = newest.iter().map(|one| one["meta"]["lastUpdated"].as_str().unwrap()).collect();
    assert_eq!(
        (ids(&newest).len(), written.is_sorted_by(|a, b| a >= b)),
        (OBSERVATIONS + 5, true),
        "{written:?}"
    );
    let both = pages(&test, &search("_sort=date,-_lastUpdated&_count=9")).await;
    let keys = |one: &Value| (date(one).is_none(), date(one));
    assert!(both.is_sorted_by(|a, b| {
        keys(a) < keys(b)
            || keys(a) == keys(b)
                && a["meta"]["lastUpdated"].as_str().unwrap() >= b["meta"]["lastUpdated"].as_str().unwrap()
    }));
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_between_two_pages_moves_none() {
    let test = TestSystem::start().await;
    let (patient, made) = enrolled(&test).await;
    let query = format!("/fhir/Observation?patient={patient}&_sort=date&_count=7&_total=accurate");
    let whole = pages(&test, &format!("Observation?patient={patient}&_sort=date&_count=200")).await;
    let whole: Vec<String> = in_order(&whole).into_iter().map(str::to_owned).collect();
    let (mut path, mut found, mut totals) = (query, Vec::new(), Vec::new());
    let (mut later, mut gone) = (None, None);
    loop {
        let (status, page) = test.get(Role::Clinician, &path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        totals.push(page["total"].as_u64().unwrap());
        let entries = page["entry"].as_array().unwrap();
        found.extend(entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()));
        if later.is_none() {
            // One comes before what was seen, one after; and what was seen last is deleted.
            observe(&test, &patient, Some("2025-06-01"), false).await;
            later = Some(observe(&test, &patient, Some("2026-01-20T09:00:00Z"), false).await);
            let last = found.last().unwrap().clone();
            let (status, _) = test
                .send(Role::Clinician, Method::DELETE, &format!("/fhir/Observation/{last}"), &Value::Null)
                .await;
            assert_eq!(status, StatusCode::NO_CONTENT);
            gone = Some(last);
        }
        let Some(next) = link(&page, "next") else { break };
        path = next.split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
    }
    let (later, gone) = (later.unwrap(), gone.unwrap());
    assert!(whole.contains(&gone) && made.len() == OBSERVATIONS + 2);
    let without: Vec<&String> = found.iter().filter(|id| **id != later).collect();
    assert_eq!(without, whole.iter().collect::<Vec<_>>());
    let at = found.iter().position(|id| *id == later).unwrap();
    assert!((10..found.len() - 1).contains(&at), "it has its place: {at}");
    let count = u64::try_from(OBSERVATIONS).unwrap();
    assert_eq!((totals[0], totals[1]), (count, count + 1));
    test.stop().await;
}
