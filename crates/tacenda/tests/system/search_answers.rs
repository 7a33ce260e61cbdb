//! What a search answers: in which order, how many, how much of each, and what was left out.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::{entry::Entry, keystore::GrantKind};
use tacenda_kernel::{Purpose, Role};

use crate::{
    audit::{Audit, traced},
    common::{TestSystem, answer},
    searches::{OBSERVATIONS, bundle, ids, pages},
};

/// The bundle's patient, whom the clinician cares for; the id in a query.
async fn enrolled(test: &TestSystem) -> (String, Vec<String>) {
    let made = test.enrol(&bundle()).await;
    test.care(&made[0]).await;
    (made[0].strip_prefix("Patient/").unwrap().to_owned(), made)
}

async fn observe(test: &TestSystem, patient: &str, date: Option<&str>, device: bool) -> String {
    let mut resource = json!({"resourceType": "Observation", "status": "final", "code": {"text": "late"},
        "subject": {"reference": format!("Patient/{patient}")}});
    if let Some(date) = date {
        resource["effectiveDateTime"] = json!(date);
    }
    let role = if device { Role::Application } else { Role::Clinician };
    if device {
        resource["device"] = json!({"display": "a sensor"});
    }
    let (status, created) = test.send(role, Method::POST, "/fhir/Observation", &resource).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    created["id"].as_str().unwrap().to_owned()
}

/// When it was, in a form that sorts; in January 2026 all are written alike.
fn date(one: &Value) -> Option<String> {
    one["effectiveDateTime"].as_str().map(str::to_owned)
}

fn in_order(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

fn link(page: &Value, relation: &str) -> Option<String> {
    let links = page["link"].as_array().unwrap();
    let link = links.iter().find(|link| link["relation"] == relation)?;
    Some(link["url"].as_str().unwrap().to_owned())
}

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

fn names(resource: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = resource.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn subsetted(resource: &Value) -> bool {
    let tags = resource["meta"]["tag"].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag["code"] == "SUBSETTED"))
}

fn disclosed(entries: &[&Entry]) -> Vec<String> {
    let mut names: Vec<String> = entries
        .iter()
        .filter(|entry| !entry.records.is_empty())
        .flat_map(|entry| entry.elements.clone())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_asked_for_is_not_disclosed() {
    let test = TestSystem::start().await;
    let (patient, made) = enrolled(&test).await;
    let observation = made.iter().rfind(|id| id.starts_with("Observation/")).unwrap();
    let searched = |view: &str| format!("/fhir/Observation?patient={patient}&_id={observation}&{view}");
    let always = ["code", "id", "meta", "resourceType", "status"];
    let with = |more: &[&'static str]| {
        let mut names: Vec<&str> = always.iter().chain(more).copied().collect();
        names.sort_unstable();
        names
    };
    for (view, expected) in [
        ("_elements=subject", with(&["subject"])),
        ("_elements=value", with(&["valueQuantity"])),
        ("_elements=id,note", with(&[])),
        ("_summary=text", with(&[])),
        ("_summary=true", with(&["effectiveDateTime", "subject", "valueQuantity"])),
        ("_summary=data", with(&["effectiveDateTime", "subject", "valueQuantity"])),
    ] {
        for path in
            [searched(view), searched(&format!("{view}&_sort=date")), format!("/fhir/{observation}?{view}")]
        {
            let (trace, request) = traced(test.request_as(Role::Clinician, Method::GET, &path).await);
            let (status, found) = answer(request.send().await.unwrap()).await;
            assert_eq!(status, StatusCode::OK, "{path}: {found}");
            let resource =
                if found["resourceType"] == "Bundle" { &found["entry"][0]["resource"] } else { &found };
            assert_eq!(names(resource), expected, "{path}");
            assert!(subsetted(resource), "{path}: {resource}");
            let (status, refused) =
                test.send(Role::Clinician, Method::PUT, &format!("/fhir/{observation}"), resource).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "a part is not taken for the whole");
            assert_eq!(refused["issue"][0]["expression"][0], "Observation.meta.tag");
            let audit = Audit::read(&test).await;
            let left: Vec<&str> = expected
                .iter()
                .filter(|name| !["id", "meta", "resourceType"].contains(name))
                .copied()
                .collect();
            assert_eq!(disclosed(&audit.of(trace)), left, "{path}: the ledger says what left");
        }
    }
    for path in [
        format!("/fhir/{observation}?_summary=false&_pretty=true&_format=json"),
        format!("/fhir/{observation}"),
    ] {
        let (_, whole) = test.get(Role::Clinician, &path).await;
        assert!(!subsetted(&whole) && whole.get("valueQuantity").is_some(), "{whole}");
    }
    // A Patient is narrowed in both of its halves.
    for path in [
        format!("/fhir/Patient/{patient}?_elements=name,gender"),
        format!("/fhir/Patient?_id={patient}&_elements=name,gender"),
    ] {
        let (_, found) = test.get(Role::Clinician, &path).await;
        let resource =
            if found["resourceType"] == "Bundle" { &found["entry"][0]["resource"] } else { &found };
        assert_eq!(names(resource), ["gender", "id", "meta", "name", "resourceType"], "{path}");
        assert!(subsetted(resource));
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_said() {
    let test = TestSystem::start().await;
    let (patient, _) = enrolled(&test).await;
    let path = format!(
        "/fhir/Observation?patient={patient}&_filter=secret-1&code=c-1&birthdate=secret-2&secret-3=x&_sort=code&_elements=status&_count=4"
    );
    let lenient = |path: String| {
        let test = &test;
        async move {
            let request = test.request_as(Role::Clinician, Method::GET, &path).await;
            answer(request.header("prefer", "return=minimal, handling=lenient").send().await.unwrap()).await
        }
    };
    let (status, page) = lenient(path.clone()).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let own = link(&page, "self").unwrap();
    assert!(
        own.ends_with(&format!("/fhir/Observation?patient={patient}&code=&_elements=status&_count=4")),
        "{own}"
    );
    let entries = page["entry"].as_array().unwrap();
    let (outcome, matches) = entries.split_last().unwrap();
    assert!(matches.len() == 4 && matches.iter().all(|entry| entry["search"]["mode"] == "match"));
    assert_eq!(outcome["search"]["mode"], "outcome");
    let issues = outcome["resource"]["issue"].as_array().unwrap();
    let said: Vec<&str> = issues.iter().map(|issue| issue["diagnostics"].as_str().unwrap()).collect();
    assert!(issues.iter().all(|issue| issue["severity"] == "warning" && issue["code"] == "not-supported"));
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(
        said[0].contains("_filter") && said[1].contains("birthdate") && said[3].contains("_sort"),
        "{said:?}"
    );
    assert!(said[2].contains("number 5"), "{said:?}");
    assert!(!page.to_string().contains("secret"), "no value, and no name that may be one");
    // The pages after it leave the same out, whatever is preferred then.
    let next = link(&page, "next").unwrap();
    let (status, page) = test.get(Role::Clinician, next.split_once("https://tacenda.test").unwrap().1).await;
    assert_eq!((status, page["entry"].as_array().map(Vec::len)), (StatusCode::OK, Some(5)), "{page}");
    // Strict is the default, and what is wrong stays wrong.
    let (status, _) = test.get(Role::Clinician, &path).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for wrong in ["date=x", "code:above=x", "_count=x", "_summary=x", "_elements=x"] {
        let (status, outcome) = lenient(format!("/fhir/Observation?patient={patient}&{wrong}")).await;
        let name = wrong.split(['=', ':']).next().unwrap();
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(status == StatusCode::BAD_REQUEST && said.contains(name), "{wrong}: {outcome}");
    }
    let (_, page) = test
        .get(Role::Clinician, &format!("/fhir/Observation?patient={patient}&_sort=-date,_lastUpdated&_total=accurate&_summary=true&_count=3"))
        .await;
    let own = link(&page, "self").unwrap();
    assert!(own.contains("_sort=-date%2C_lastUpdated&_total=accurate&_summary=true&_count=3"), "{own}");
    test.stop().await;
}
