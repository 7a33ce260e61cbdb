//! Who sees nothing, and what cannot be done.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda_contracts::entry::{Event, Outcome};
use tacenda_kernel::{Action, ApiRealm, Role};

use super::{Scene, number, of_trace, of_type};
use crate::{audit::Audit, tampering::admin};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_else_sees_nothing_and_is_in_the_log() {
    let scene = Scene::make().await;
    let (patient, other) = (number(&scene.ids), number(&scene.others));
    let theirs = scene.events(Role::SecurityOfficer, &format!("?patient={other}")).await;
    let event = theirs[0]["id"].as_str().unwrap();
    let general = scene.events(Role::SecurityOfficer, "").await;
    let about_nobody = general[0]["id"].as_str().unwrap();
    let mut sent = Vec::new();
    for role in Role::ALL {
        let expected = match role {
            Role::SecurityOfficer => continue,
            // What a role could never do is no secret; whether somebody is there is.
            Role::Patient => StatusCode::NOT_FOUND,
            _ => StatusCode::FORBIDDEN,
        };
        let mut paths = vec![
            format!("/fhir/AuditEvent?patient={other}"),
            format!("/fhir/AuditEvent?entity=Patient/{other}"),
            format!("/fhir/AuditEvent/{event}"),
            format!("/fhir/AuditEvent/{event}/$proof"),
            format!("/fhir/AuditEvent/{about_nobody}"),
        ];
        if role != Role::Patient {
            paths.extend(["/fhir/AuditEvent".to_owned(), format!("/fhir/AuditEvent?patient={patient}")]);
        }
        for path in paths {
            let (trace, status, outcome) = scene.get(role, &path).await;
            assert_eq!(status, expected, "{role}: {path}: {outcome}");
            assert_eq!(outcome["resourceType"], "OperationOutcome");
            sent.push((trace, role, path));
        }
    }
    let audit = Audit::read(&scene.test).await;
    for (trace, role, path) in &sent {
        let found = audit.of(*trace);
        assert_eq!(found.len(), 1, "{role}: {path}");
        assert_eq!((found[0].outcome, &found[0].event), (Outcome::Denied, &Event::Access(Action::Audit)));
        assert_eq!(found[0].role, Some(*role));
    }
    // Whoever tried stands in the log of whom it was about.
    let theirs = scene.events(Role::SecurityOfficer, &format!("?patient={other}&outcome=4")).await;
    // (The others know the patient by another number: this one is nobody to them.)
    let meant = |role: &Role, path: &str| role.realm() == ApiRealm::Care && path.contains(other);
    for (trace, role, path) in sent.iter().filter(|(_, role, path)| meant(role, path)) {
        assert_eq!(of_trace(&theirs, *trace).len(), 1, "{role}: {path}");
    }
    // A patient's own log, by whatever place of it, is not another's.
    let own = scene.events(Role::Patient, "").await;
    let place = own[0]["id"].as_str().unwrap().rsplit('-').next().unwrap();
    let (_, status, _) = scene.get(Role::SecurityOfficer, &format!("/fhir/AuditEvent/{other}-{place}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, status, _) = scene.get(Role::SecurityOfficer, &format!("/fhir/AuditEvent/{place}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_the_log() {
    let scene = Scene::make().await;
    let events = scene.events(Role::Patient, "").await;
    let mut event = events[0].clone();
    let id = event["id"].as_str().unwrap().to_owned();
    event["outcome"] = json!("0");
    let entry = json!({"resource": event, "request": {"method": "POST", "url": "AuditEvent"}});
    let nothing = json!({});
    let transaction = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    for role in
        [Role::Application, Role::Administrator, Role::SecurityOfficer, Role::Patient, Role::Clinician]
    {
        for (method, path, body) in [
            (Method::POST, "/fhir/AuditEvent".to_owned(), &event),
            (Method::POST, "/fhir".to_owned(), &transaction),
            (Method::PUT, format!("/fhir/AuditEvent/{id}"), &event),
            (Method::DELETE, format!("/fhir/AuditEvent/{id}"), &event),
            (Method::GET, format!("/fhir/AuditEvent/{id}/_history"), &event),
            // Whatever is sent, and however it is meant.
            (Method::POST, "/fhir/AuditEvent".to_owned(), &nothing),
            (Method::PATCH, format!("/fhir/AuditEvent/{id}"), &nothing),
            (Method::PUT, "/fhir/AuditEvent?action=R".to_owned(), &event),
            (Method::DELETE, "/fhir/AuditEvent?action=R".to_owned(), &nothing),
            (Method::POST, format!("/fhir/AuditEvent/{id}/$restore"), &nothing),
        ] {
            let (status, outcome) = scene.test.send(role, method.clone(), &path, body).await;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{role}: {method} {path}: {outcome}");
            assert_eq!(outcome["resourceType"], "OperationOutcome");
        }
    }
    let audit = Audit::read(&scene.test).await;
    let refused = audit.entries.iter().filter(|entry| entry.reason.as_deref() == Some("read-only"));
    assert_eq!(refused.count(), 50, "each try is in the log");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_ledger_nothing_and_after_an_erasure_nothing_more() {
    let scene = Scene::make().await;
    let patient = number(&scene.ids);
    let paths = ["/fhir/AuditEvent".to_owned(), format!("/fhir/AuditEvent?patient={patient}")];
    let event = scene.events(Role::SecurityOfficer, &format!("?patient={patient}")).await[0]["id"].clone();
    let event = format!("/fhir/AuditEvent/{}", event.as_str().unwrap());
    let token = scene.test.token(Role::SecurityOfficer).await;
    let maintenance = admin(&scene.test, "postgres").await;
    let stop = "alter database tacenda_ledger allow_connections false";
    maintenance.batch_execute(stop).await.unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tacenda_ledger'";
    maintenance.batch_execute(end).await.unwrap();
    for path in paths.iter().chain([&event, &format!("{event}/$proof")]) {
        let request = scene.test.request(Method::GET, path).bearer_auth(&token);
        let (status, outcome) = crate::common::answer(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {outcome}");
    }
    let go_on = "alter database tacenda_ledger allow_connections true";
    maintenance.batch_execute(go_on).await.unwrap();
    // The ledger finds out by itself that its database is there again.
    let again = async || {
        let request = scene.test.request(Method::GET, &paths[1]).bearer_auth(&token);
        request.send().await.unwrap().status()
    };
    while again().await != StatusCode::OK {}

    let erase = format!("/fhir/{}/$erase", of_type(&scene.ids, "Patient"));
    let (_, status, _) = scene.ask(Role::SecurityOfficer, Method::POST, &erase, None).await;
    assert_eq!(status, StatusCode::OK);
    for role in [Role::SecurityOfficer, Role::Patient] {
        for path in [&paths[1], &event, &format!("{event}/$proof")] {
            let (_, status, outcome) = scene.get(role, path).await;
            assert_eq!(status, StatusCode::GONE, "{role}: {path}: {outcome}");
        }
    }
    let general = scene.events(Role::SecurityOfficer, "?subtype=erase").await;
    assert_eq!(general.len(), 1, "that it was done stays readable");
    scene.test.stop().await;
}
