//! `$everything`: what comes is what there is for this caller, whole or by the page, or it is visibly not whole.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::{
    entry::{Event, Outcome},
    keystore::GrantKind,
};
use tacenda_kernel::{Action, ApiRealm, Purpose, Role};
use tacenda_synthetic::Canary;

use crate::{
    audit::{Audit, traced},
    common::{TestSystem, answer},
    fail_closed::{GONE, run},
    ids::in_realm,
    tampering::admin,
};

/// A patient with records in every compartment, one of which refers to the directory: `Type/id` of all.
async fn scene(test: &TestSystem) -> (Vec<String>, String) {
    let mut ids = test.enrol(Canary::new(3).bundle()).await;
    let name = json!({"resourceType": "Practitioner", "name": [{"family": "Treating"}]});
    let practitioner = create(test, &name).await;
    for number in 0..9 {
        let performer = json!([{"reference": practitioner}]);
        ids.push(
            create(
                test,
                &json!({"resourceType": "Observation", "status": "final", "performer": performer,
            "code": {"text": format!("number {number}")}, "subject": {"reference": ids[0]}}),
            )
            .await,
        );
    }
    test.care(&ids[0]).await;
    test.grant(&ids[0], GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
    test.grant(&ids[0], GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await;
    (ids, practitioner)
}

async fn create(test: &TestSystem, resource: &Value) -> String {
    let kind = resource["resourceType"].as_str().unwrap();
    let path = format!("/fhir/{kind}");
    let (status, made) = test.send(Role::Application, Method::POST, &path, resource).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    format!("{kind}/{}", made["id"].as_str().unwrap())
}

/// The resources of all pages by `Type/id`, and how often the directory's came.
async fn pages(test: &TestSystem, role: Role, path: &str) -> BTreeMap<String, Value> {
    let (mut path, mut found) = (format!("/fhir/{path}"), BTreeMap::new());
    for _ in 0..100 {
        let (status, page) = test.get(role, &path).await;
        assert_eq!((status, &page["type"]), (StatusCode::OK, &json!("searchset")), "{path}: {page}");
        for entry in page["entry"].as_array().into_iter().flatten() {
            let resource = entry["resource"].clone();
            let name = format!(
                "{}/{}",
                resource["resourceType"].as_str().unwrap(),
                resource["id"].as_str().unwrap()
            );
            assert!(entry["fullUrl"].as_str().unwrap().ends_with(&format!("/fhir/{name}")), "{entry}");
            let before = found.insert(name, resource);
            assert!(before.is_none() || entry["search"]["mode"] == "include", "{entry} came twice");
        }
        let links = page["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { return found };
        path = next["url"]
            .as_str()
            .unwrap()
            .split_once("/fhir/")
            .map(|(_, rest)| format!("/fhir/{rest}"))
            .unwrap();
    }
    panic!("{path} has no end");
}

fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    names.into_iter().cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_every_record_that_the_caller_may_see() {
    let test = TestSystem::start().await;
    let (mut all, practitioner) = scene(&test).await;
    let patient = all[0].clone();
    all.push(practitioner.clone());
    let whole = pages(&test, Role::Clinician, &format!("{patient}/$everything")).await;
    assert_eq!(names(whole.keys()), names(&all));
    for (name, resource) in &whole {
        let (status, read) = test.get(Role::Clinician, &format!("/fhir/{name}")).await;
        assert_eq!((status, &read), (StatusCode::OK, resource), "{name}");
    }
    for count in [1, 3, 200] {
        let paged = pages(&test, Role::Clinician, &format!("{patient}/$everything?_count={count}")).await;
        assert_eq!(paged, whole, "in pages of {count}");
    }
    let of = |kinds: &[&str]| names(all.iter().filter(|id| kinds.contains(&id.split('/').next().unwrap())));
    for kinds in [&["Observation"][..], &["Observation", "Practitioner"], &["Task", "Patient"], &["Goal"]] {
        let some =
            pages(&test, Role::Clinician, &format!("{patient}/$everything?_type={}", kinds.join(","))).await;
        assert_eq!(names(some.keys()), of(kinds), "{kinds:?}");
    }
    // What a technician sees of the home, in the words of the technician's realm.
    let theirs: Vec<String> = all.iter().map(|id| in_realm(&test.keys, id, ApiRealm::House)).collect();
    let home = ["Patient", "RelatedPerson", "Device", "Task", "Communication"];
    let expected = names(theirs.iter().filter(|id| home.contains(&id.split('/').next().unwrap())));
    let seen = pages(&test, Role::Technician, &format!("{}/$everything", theirs[0])).await;
    assert_eq!(names(seen.keys()), expected);
    assert!(seen[&theirs[0]].get("birthDate").is_none(), "the Patient is the half that a technician sees");
    // By POST as well, and nothing of somebody else's.
    let path = format!("/fhir/{patient}/$everything");
    let (status, posted) =
        test.send(Role::Clinician, Method::POST, &path, &json!({"resourceType": "Parameters"})).await;
    assert_eq!(
        (status, posted["entry"].as_array().map(Vec::len)),
        (StatusCode::OK, Some(all.len())),
        "{posted}"
    );
    let (status, _) = test
        .get(Role::Monitor, &format!("/fhir/{}/$everything", theirs[1].replace("RelatedPerson", "Patient")))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_since_is_told_by_when_it_was() {
    let test = TestSystem::start().await;
    let (all, practitioner) = scene(&test).await;
    let (_, last) = test.get(Role::Clinician, &format!("/fhir/{}", all.last().unwrap())).await;
    let since = last["meta"]["lastUpdated"].as_str().unwrap();
    for (since, expected) in [
        ("2020-01-01T00:00:00Z", all.iter().chain([&practitioner]).collect::<Vec<_>>()),
        (since, vec![all.last().unwrap(), &practitioner]),
        ("2999-01-01", vec![]),
    ] {
        for paging in ["", "&_count=4"] {
            let path = format!("{}/$everything?_since={since}{paging}", all[0]);
            assert_eq!(
                names(pages(&test, Role::Clinician, &path).await.keys()),
                names(expected.clone()),
                "{path}"
            );
        }
    }
    // A Patient who was not written since is compared and not disclosed.
    let path = format!("/fhir/{}/$everything?_since=2999-01-01", all[0]);
    let (trace, request) = traced(test.request_as(Role::Clinician, Method::GET, &path).await);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let audit = Audit::read(&test).await;
    let disclosed: Vec<_> = audit.of(trace).into_iter().filter(|entry| !entry.records.is_empty()).collect();
    assert!(disclosed.is_empty(), "{disclosed:?}");
    test.stop().await;
}

/// The first page, and where the second is.
async fn first_of_two(test: &TestSystem, patient: &str) -> String {
    let (status, page) = test.get(Role::Clinician, &format!("/fhir/{patient}/$everything?_count=2")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    next["url"].as_str().unwrap().split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_under_other_rights_are_not_pages_of_one_answer() {
    let test = TestSystem::start().await;
    let (all, _) = scene(&test).await;
    let next = first_of_two(&test, &all[0]).await;
    let (status, page) = test.get(Role::Clinician, &next).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let keystore = admin(&test, "tacenda_keystore").await;
    let withdrawn = keystore.execute("delete from grants where kind = 'stream-need'", &[]).await;
    assert_eq!(withdrawn.unwrap(), 1);
    let (trace, request) = traced(test.request_as(Role::Clinician, Method::GET, &next).await);
    let (status, outcome) = answer(request.send().await.unwrap()).await;
    assert_eq!((status, &outcome["resourceType"]), (StatusCode::GONE, &json!("OperationOutcome")));
    assert!(outcome["issue"][0]["diagnostics"].as_str().unwrap().contains("begin anew"), "{outcome}");
    let audit = Audit::read(&test).await;
    let entries = audit.of(trace);
    assert!(entries.iter().all(|entry| entry.records.is_empty()), "nothing is disclosed: {entries:?}");
    assert!(entries.iter().any(|entry| entry.outcome == Outcome::Denied), "{entries:?}");
    // Begun anew, it is what is seen now; and who may see more in the middle begins anew as well.
    let seen = pages(&test, Role::Clinician, &format!("{}/$everything?_count=3", all[0])).await;
    let of_the_patient = seen.keys().filter(|name| all.contains(*name)).count();
    assert_eq!(of_the_patient, all.len() - 1, "all but what a stream measured");
    let next = first_of_two(&test, &all[0]).await;
    test.grant(&all[0], GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
    assert_eq!(test.get(Role::Clinician, &next).await.0, StatusCode::GONE);
    // What a cursor says of rights is nothing that a caller says.
    let (status, _) =
        test.get(Role::Clinician, &format!("/fhir/{}/$everything?_count=2&_opened=contact;*", all[0])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    test.stop().await;
}

const MANY: usize = 1_400;

/// A patient with records of 20 kB each: more than sockets hold.
async fn large(test: &TestSystem) -> String {
    let entry = |url: String, resource: Value| {
        let kind = resource["resourceType"].clone();
        json!({"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": kind}})
    };
    let mut entries =
        vec![entry("urn:uuid:0".to_owned(), json!({"resourceType": "Patient", "active": true}))];
    for number in 0..MANY {
        let text = format!("{number} {}", "much was seen. ".repeat(1_350));
        entries.push(entry(
            format!("urn:uuid:{}", number + 1),
            json!({"resourceType": "Observation", "status": "final",
            "code": {"text": "x"}, "subject": {"reference": "urn:uuid:0"}, "valueString": text}),
        ));
    }
    let ids = test.enrol(&json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})).await;
    test.care(&ids[0]).await;
    ids[0].clone()
}

/// The pages that the ledger has of one answer.
async fn announced(test: &TestSystem, trace: tacenda_kernel::TraceId) -> usize {
    let audit = Audit::read(test).await;
    let pages = audit.of(trace).into_iter().filter(|entry| {
        entry.outcome == Outcome::Allowed
            && entry.event == Event::Access(Action::Search)
            && entry.records.len() > 1
    });
    pages.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_read_as_it_is_taken_and_broken_off_where_the_ledger_goes() {
    let test = TestSystem::start().await;
    let patient = large(&test).await;
    let path = format!("/fhir/{patient}/$everything");
    let ask = async || {
        let (trace, request) = traced(test.request_as(Role::Clinician, Method::GET, &path).await);
        (trace, request.send().await.unwrap())
    };

    // Nothing is read before the client takes it, but for what lies in sockets and in the page at hand.
    let (trace, mut answer) = ask().await;
    assert_eq!(answer.status(), StatusCode::OK);
    let mut text = answer.chunk().await.unwrap().unwrap().to_vec();
    let before = announced(&test, trace).await;
    while let Some(more) = answer.chunk().await.unwrap() {
        text.extend_from_slice(&more);
    }
    let bundle: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), MANY + 1);
    let after = announced(&test, trace).await;
    assert!(
        before < after && after >= MANY / 200,
        "{before} pages were announced at first, {after} in the end"
    );

    // The part is not taken for the whole.
    let (_, mut answer) = ask().await;
    let mut text = answer.chunk().await.unwrap().unwrap().to_vec();
    let admin = run(&test, &GONE, GONE.begin).await;
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(more)) => text.extend_from_slice(&more),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken, "an answer of {} bytes ended as if it were whole", text.len());
    assert!(serde_json::from_slice::<Value>(&text).is_err());
    for sql in GONE.end {
        admin.batch_execute(sql).await.unwrap();
    }
    test.stop().await;
}
