//! Where each version comes from, derived from the ledger and found together with what callers stored.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::{entry::Event, keystore::GrantKind};
use tacenda_fhir::Limits;
use tacenda_kernel::{Action, ApiRealm, Purpose, Role};

use crate::{
    audit::{Audit, traced},
    audit_events::{Scene, number, of_type},
    common::answer,
    ids::in_realm,
};

/// Everything that a search finds, page after page.
async fn found(scene: &Scene, role: Role, query: &str) -> Vec<Value> {
    let mut path = format!("/fhir/Provenance?{query}");
    let mut found = Vec::new();
    for _ in 0..200 {
        let (_, status, page) = scene.get(role, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        for entry in page["entry"].as_array().into_iter().flatten() {
            let text = entry["resource"].to_string();
            let read = tacenda_fhir::read_resource(text.as_bytes(), &Limits::default());
            assert!(read.is_ok(), "{read:?}: {text}");
            found.push(entry["resource"].clone());
        }
        let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { return found };
        path = format!("/fhir/{}", next["url"].as_str().unwrap().split_once("/fhir/").unwrap().1);
    }
    panic!("{query} has no end");
}

fn targets(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["target"][0]["reference"].as_str().unwrap()).collect()
}

fn activity(provenance: &Value) -> &str {
    provenance["activity"]["coding"][0]["code"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_version_says_who_wrote_it_when_and_why() {
    let scene = Scene::make().await;
    let condition = of_type(&scene.ids, "Condition");
    let (_, _, mut changed) = scene.get(Role::Clinician, &format!("/fhir/{condition}")).await;
    changed["note"] = json!([{"text": "changed"}]);
    let path = format!("/fhir/{condition}");
    let (status, written) = scene.test.send(Role::Clinician, Method::PUT, &path, &changed).await;
    assert_eq!(status, StatusCode::OK, "{written}");
    let (_, status, _) = scene.ask(Role::Clinician, Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    let all = found(&scene, Role::Clinician, &format!("target={condition}")).await;
    let expected: Vec<String> =
        (1..=3).rev().map(|version| format!("{condition}/_history/{version}")).collect();
    assert_eq!(targets(&all), expected);
    assert_eq!(all.iter().map(activity).collect::<Vec<_>>(), ["DELETE", "UPDATE", "CREATE"]);
    let update = &all[1];
    assert_eq!(update["recorded"], written["meta"]["lastUpdated"]);
    assert_eq!(update["entity"][0]["what"]["reference"], format!("{condition}/_history/1"));
    assert_eq!(update["entity"][0]["role"], "revision");
    assert!(all[2].get("entity").is_none(), "nothing was before the first version");
    let agent = &update["agent"][0];
    let account = format!("urn:uuid:{}", scene.test.accounts.of(Role::Clinician).unwrap());
    assert_eq!(agent["who"]["identifier"]["value"], account);
    assert_eq!(agent["role"][0]["coding"][0]["code"], "clinician");
    assert_eq!(update["reason"][0]["coding"][0]["code"], "TREAT");
    assert_eq!(all[2]["agent"][0]["role"][0]["coding"][0]["code"], "application");

    // By its id, as whoever may read the history; and the ledger says so first.
    let id = update["id"].as_str().unwrap();
    assert_eq!(id, format!("{}-v2", condition.split_once('/').unwrap().1));
    for role in [Role::Clinician, Role::Patient] {
        let (trace, status, one) = scene.get(role, &format!("/fhir/Provenance/{id}")).await;
        assert_eq!((status, &one), (StatusCode::OK, update));
        let audit = Audit::read(&scene.test).await;
        let entries = audit.of(trace);
        assert!(!entries.is_empty());
        assert!(entries.iter().all(|entry| entry.event == Event::Access(Action::History)));
        let told: Vec<u32> =
            entries.iter().flat_map(|entry| &entry.records).map(|touched| touched.version.number()).collect();
        assert_eq!(told, [2], "{role}: the ledger says which version was told of, and of no other");
    }
    for query in [
        "agent-role=clinician",
        "recorded=ge2020",
        "_lastUpdated=ge2020",
        "_lastUpdated:missing=false",
        "entity:missing=false",
    ] {
        let some = found(&scene, Role::Clinician, &format!("target={condition}&{query}")).await;
        assert!(some.contains(update), "{query}");
    }
    // Of three versions one is asked for, and the ledger says that one was told of.
    let path = format!("/fhir/Provenance?target={condition}&agent-role=application");
    let (trace, _, page) = scene.get(Role::Clinician, &path).await;
    assert_eq!(page["entry"][0]["resource"], all[2], "{page}");
    assert_eq!(page["entry"].as_array().map(Vec::len), Some(1));
    let audit = Audit::read(&scene.test).await;
    let told: Vec<u32> = audit
        .of(trace)
        .iter()
        .flat_map(|entry| &entry.records)
        .map(|touched| touched.version.number())
        .collect();
    assert_eq!(told, [1]);
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patients_writes_are_found_with_what_was_stored_page_by_page() {
    let scene = Scene::make().await;
    let (patient, condition) = (of_type(&scene.ids, "Patient"), of_type(&scene.ids, "Condition"));
    let stored = json!({"resourceType": "Provenance", "target": [{"reference": condition}],
        "recorded": "2026-01-02T03:04:05Z", "agent": [{"who": {"display": "a letter"}}]});
    let (status, stored) = scene.test.send(Role::Clinician, Method::POST, "/fhir/Provenance", &stored).await;
    assert_eq!(status, StatusCode::CREATED, "{stored}");
    let patient_id = number(&scene.ids);
    let all = found(&scene, Role::Clinician, &format!("patient={patient_id}")).await;
    assert_eq!(all.last().unwrap()["id"], stored["id"], "stored ones come last");
    let derived = targets(&all[..all.len() - 1]);
    for id in scene.ids.iter().filter(|id| id.contains('-') || id.starts_with("Patient/")) {
        // What a clinician has no need of is not told.
        let told = derived.contains(&format!("{id}/_history/1").as_str());
        let (_, status, _) = scene.get(Role::Clinician, &format!("/fhir/{id}/_history")).await;
        assert_eq!(told, status == StatusCode::OK, "{id}");
    }
    assert_eq!(derived.iter().filter(|target| target.starts_with("Patient/")).count(), 1, "told once");
    for count in [1, 3] {
        let paged = found(&scene, Role::Clinician, &format!("patient={patient_id}&_count={count}")).await;
        assert_eq!(paged, all, "{count}");
    }
    let both = found(&scene, Role::Clinician, &format!("target={condition}")).await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[1]["id"], stored["id"]);
    let of_patient = found(&scene, Role::Patient, &format!("target={patient}")).await;
    assert_eq!(targets(&of_patient), [format!("{patient}/_history/1")]);
    let id = of_patient[0]["id"].as_str().unwrap();
    let by_id = found(&scene, Role::Patient, &format!("_id={id}")).await;
    assert_eq!(by_id, of_patient);
    // An application may search and not read history: it finds what was stored.
    let by_program = found(&scene, Role::Application, &format!("patient={patient_id}")).await;
    assert_eq!(by_program.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&stored["id"]]);
    // The condition of a write is about what was stored: of what is derived there is always one.
    let other = of_type(&scene.ids, "Observation");
    let new = json!({"resourceType": "Provenance", "target": [{"reference": other}],
        "recorded": "2026-01-02T03:04:05Z", "agent": [{"who": {"display": "a letter"}}]});
    for expected in [StatusCode::CREATED, StatusCode::OK] {
        let request = scene.test.request_as(Role::Clinician, Method::POST, "/fhir/Provenance").await;
        let request = request.header("content-type", "application/fhir+json").body(new.to_string());
        let request = request.header("if-none-exist", format!("target={other}"));
        let (status, body) = answer(request.send().await.unwrap()).await;
        assert_eq!(status, expected, "{body}");
    }
    let organization = scene.ids.iter().chain(&scene.others).find(|id| id.starts_with("Organization/"));
    if let Some(organization) = organization {
        let of_directory = found(&scene, Role::Clinician, &format!("target={organization}")).await;
        assert_eq!(targets(&of_directory), [format!("{organization}/_history/1")]);
    }
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_them_and_others_see_none() {
    let scene = Scene::make().await;
    let (condition, theirs) = (of_type(&scene.ids, "Condition"), of_type(&scene.others, "Condition"));
    let one = found(&scene, Role::Clinician, &format!("target={condition}")).await.remove(0);
    let id = one["id"].as_str().unwrap();
    for (method, path) in [
        (Method::PUT, format!("/fhir/Provenance/{id}")),
        (Method::DELETE, format!("/fhir/Provenance/{id}")),
        (Method::GET, format!("/fhir/Provenance/{id}/_history")),
    ] {
        let (status, outcome) = scene.test.send(Role::Clinician, method.clone(), &path, &one).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}: {outcome}");
    }
    let theirs_id = theirs.split_once('/').unwrap().1;
    for role in [Role::Clinician, Role::Patient] {
        for path in [
            format!("/fhir/Provenance?target={theirs}"),
            format!("/fhir/Provenance?patient={}", number(&scene.others)),
            format!("/fhir/Provenance/{theirs_id}-v1"),
            format!("/fhir/Provenance/{}-p1", condition.split_once('/').unwrap().1),
        ] {
            let (trace, status, outcome) = scene.get(role, &path).await;
            // A clinician may look up whom anybody is, and read that history.
            let known = role == Role::Clinician && path.contains("patient=");
            let expected = if known { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(status, expected, "{role}: {path}: {outcome}");
            assert!(!outcome.to_string().contains("Condition/"), "{outcome}");
            assert!(!Audit::read(&scene.test).await.of(trace).is_empty(), "{role}: {path}");
        }
    }
    for path in
        ["/fhir/Provenance", "/fhir/Provenance?target=!!nonsense", "/fhir/Provenance?recorded=nonsense"]
    {
        let (_, status, outcome) = scene.get(Role::Clinician, path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {outcome}");
        assert!(!outcome.to_string().contains("nonsense"), "{outcome}");
    }
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_realm_learns_the_role_and_no_account() {
    let scene = Scene::make().await;
    let device = in_realm(&scene.test.keys, of_type(&scene.ids, "Device"), ApiRealm::House);
    let patient = of_type(&scene.ids, "Patient");
    scene.test.grant(patient, GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await;
    let all = found(&scene, Role::Technician, &format!("target={device}")).await;
    assert_eq!(targets(&all), [format!("{device}/_history/1")]);
    assert_eq!(all[0]["agent"][0]["who"], json!({"display": "application"}));
    let account = scene.test.accounts.of(Role::Application).unwrap().to_string();
    assert!(!all[0].to_string().contains(&account));
    assert!(!all[0].to_string().contains(number(&scene.ids)), "no number of another realm");
    let (_, request) = traced(scene.test.request(Method::GET, &format!("/fhir/Provenance?target={device}")));
    let (status, _) = answer(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    scene.test.stop().await;
}
