//! Entries that are not what they seem: damaged ones, writes that never were, and those that name no type.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::{Clock as _, Role, SystemClock};

use super::{Scene, extension, number, of_trace, of_type, position};
use crate::tampering::{LEDGER, admin};

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_shown_as_that_and_hides_no_other() {
    let scene = Scene::make().await;
    let patient = number(&scene.ids);
    let query = format!("?patient={patient}");
    let all = scene.events(Role::SecurityOfficer, &query).await;
    let (newest, damaged) = (position(&all[0]), position(&all[2]));
    let ledger = admin(&scene.test, LEDGER).await;
    let flip = format!(
        "update entries set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where position = {damaged}"
    );
    assert_eq!(ledger.execute(&flip, &[]).await.unwrap(), 1);

    for query in [query.clone(), format!("{query}&_count=1"), format!("{query}&date=gt2020-01-01")] {
        let now = scene.events(Role::SecurityOfficer, &query).await;
        let mut now: Vec<Value> = now.into_iter().filter(|event| position(event) <= newest).collect();
        let shown = now.remove(2);
        assert_eq!((position(&shown), &shown["outcomeDesc"]), (damaged, &json!("damaged")), "{query}");
        assert_eq!((&shown["outcome"], shown.get("recorded")), (&json!("8"), None));
        let others: Vec<&Value> = all.iter().filter(|event| position(event) != damaged).collect();
        assert_eq!(now.iter().collect::<Vec<_>>(), others, "{query}");
    }
    let path = format!("/fhir/AuditEvent/{}", all[2]["id"].as_str().unwrap());
    let (_, status, one) = scene.get(Role::SecurityOfficer, &path).await;
    assert_eq!((status, &one["outcomeDesc"]), (StatusCode::OK, &json!("damaged")), "{one}");
    let (_, status, outcome) = scene.get(Role::SecurityOfficer, &format!("{path}/$proof")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{outcome}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_never_was_is_not_shown_as_done() {
    let scene = Scene::make().await;
    let observation = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": of_type(&scene.ids, "Patient")}});
    let clinical = admin(&scene.test, "tacenda_vault_clinical").await;
    let mut traces = Vec::new();
    for status in [StatusCode::CREATED, StatusCode::SERVICE_UNAVAILABLE] {
        let (trace, request) = crate::audit::traced(
            scene.test.request_as(Role::Clinician, Method::POST, "/fhir/Observation").await,
        );
        let request = request.header("content-type", "application/fhir+json").body(observation.to_string());
        assert_eq!(request.send().await.unwrap().status(), status);
        traces.push(trace);
        // As after a crash between the entry and the row.
        clinical
            .batch_execute(
                "create or replace function lose() returns trigger language plpgsql as $$begin return null; end$$; \
                 create or replace trigger lose before insert on records for each row execute function lose()",
            )
            .await
            .unwrap();
    }
    clinical.batch_execute("drop function lose cascade").await.unwrap();
    let size = scene.test.system.ledger.checkpoint().await.unwrap().size;
    scene.test.system.records.settle(size, SystemClock.now()).await.unwrap();

    let patient = number(&scene.ids);
    let all = scene.events(Role::SecurityOfficer, &format!("?patient={patient}&action=C")).await;
    let ended = |trace| {
        let written = of_trace(&all, trace).into_iter().find(|event| event["entity"][1].is_object()).unwrap();
        (written["outcome"].as_str().unwrap(), written.get("outcomeDesc").and_then(Value::as_str))
    };
    assert_eq!(ended(traces[0]), ("0", None));
    assert_eq!(ended(traces[1]), ("8", Some("abandoned")));
    let failed = scene.events(Role::Patient, "?outcome=8&action=C").await;
    assert_eq!(of_trace(&failed, traces[1]).len(), 1, "{failed:?}");
    assert!(of_trace(&failed, traces[0]).is_empty());
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_names_no_type_is_found_by_its_record() {
    let scene = Scene::make().await;
    tacenda::reindex::reindex(&scene.test.system, |_| {}).await.unwrap();
    let condition = of_type(&scene.ids, "Condition");
    let id = condition.split_once('/').unwrap().1;
    for asked in [condition.to_owned(), format!("https://tacenda.test/fhir/{condition}"), id.to_owned()] {
        let found = scene.events(Role::SecurityOfficer, &format!("?entity={asked}&subtype=reindex")).await;
        let [event] = &found[..] else { panic!("{asked}: {found:?}") };
        assert!(!extension(event, "trace").is_empty() && event["entity"].to_string().contains(id));
    }
    let other = of_type(&scene.others, "Condition");
    let found = scene
        .events(
            Role::SecurityOfficer,
            &format!("?patient={}&entity={other}&subtype=reindex", number(&scene.others)),
        )
        .await;
    assert!(found.iter().all(|event| !event.to_string().contains(id)) && found.len() == 1, "{found:?}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn named_events_come_in_pages_and_the_order_that_they_come_in_has_a_name() {
    let scene = Scene::make().await;
    let query = format!("?patient={}", number(&scene.ids));
    let all = scene.events(Role::SecurityOfficer, &query).await;
    let (newest, named) = (position(&all[0]), [&all[4], &all[1], &all[2]]);
    let ids: Vec<&str> = named.iter().map(|event| event["id"].as_str().unwrap()).collect();
    let by_id = format!("?_id={}", ids.join(","));
    let (_, _, page) = scene.get(Role::SecurityOfficer, &format!("/fhir/AuditEvent{by_id}&_count=2")).await;
    assert_eq!(page["entry"].as_array().map(Vec::len), Some(2), "{page}");
    let expected = [all[1].clone(), all[2].clone(), all[4].clone()];
    for count in [1, 2, 3, 50] {
        let found = scene.events(Role::SecurityOfficer, &format!("{by_id}&_count={count}")).await;
        assert_eq!(found, expected, "{count}");
    }
    let sorted = scene.events(Role::SecurityOfficer, &format!("{query}&_sort=-date&_count=7")).await;
    let sorted: Vec<Value> = sorted.into_iter().filter(|event| position(event) <= newest).collect();
    assert_eq!(sorted, all);
    for order in ["date", "-date,_lastUpdated", "_lastUpdated"] {
        let path = format!("/fhir/AuditEvent{query}&_sort={order}");
        let (_, status, outcome) = scene.get(Role::SecurityOfficer, &path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{order}: {outcome}");
    }
    scene.test.stop().await;
}
