//! `PATCH` with a JSON Patch.

use data_encoding::BASE64;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{Purpose, Role};

use super::{Ward, header, version};
use crate::{
    common::answer,
    transaction::{of_type, verified},
};

const AMEND: &str = r#"[{"op":"test","path":"/status","value":"final"},{"op":"replace","path":"/status","value":"amended"},
    {"op":"add","path":"/valueQuantity","value":{"value":70.50,"unit":"kg"}}]"#;

fn amend() -> Value {
    serde_json::from_str(AMEND).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_changes_what_it_says_and_nothing_else() {
    let ward = Ward::open(30).await;
    let (path, created) = ward.observed("a").await;
    let response = ward.patch(&path, &[("if-match", "W/\"1\"")], &amend()).await;
    assert_eq!((response.status(), header(&response, "etag")), (StatusCode::OK, Some("W/\"2\"")));
    let (_, patched) = answer(response).await;
    let read = ward.read(&path).await;
    assert_eq!(patched, read);
    let mut expected = created;
    expected["status"] = json!("amended");
    expected["valueQuantity"] = json!({"value": 70.5, "unit": "kg"});
    for (key, value) in expected.as_object().unwrap().iter().filter(|(key, _)| *key != "meta") {
        if key != "valueQuantity" {
            assert_eq!(&read[key], value, "{key}");
        }
    }
    assert_eq!(read["valueQuantity"]["value"].to_string(), "70.50", "the number keeps its digits");

    let stale = ward.patch(&path, &[("if-match", "W/\"1\"")], &amend()).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let (status, failed) = answer(ward.patch(&path, &[], &amend()).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the test does not hold any more: {failed}");
    assert_eq!(ward.read(&path).await, read);

    let away = json!([{"op": "remove", "path": "/valueQuantity"}]);
    let minimal = ward.patch(&path, &[("prefer", "return=minimal")], &away).await;
    assert_eq!((minimal.status(), header(&minimal, "etag")), (StatusCode::OK, Some("W/\"3\"")));
    assert_eq!(minimal.text().await.unwrap(), "");
    assert!(ward.read(&path).await.get("valueQuantity").is_none());
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_halves_of_a_patient_are_patched() {
    let ward = Ward::open(31).await;
    let path = format!("/{}", ward.patient());
    let before = ward.read(&path).await;
    let operations = json!([
        {"op": "replace", "path": "/name/0/family", "value": "Changed"},
        {"op": "add", "path": "/maritalStatus", "value": {"text": "married"}}]);
    let (status, patched) = answer(ward.patch(&path, &[], &operations).await).await;
    assert_eq!(status, StatusCode::OK, "{patched}");
    let read = ward.read(&path).await;
    assert_eq!(
        (&read["name"][0]["family"], &read["maritalStatus"]["text"]),
        (&json!("Changed"), &json!("married"))
    );
    assert_eq!(read["identifier"], before["identifier"]);
    assert_eq!(version(&read), "2");
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_technician_does_not_see_is_neither_lost_nor_tested() {
    let ward = Ward::open(32).await;
    let task = json!({"resourceType": "Task", "status": "requested", "intent": "order",
        "for": {"reference": ward.patient()}, "description": "a visit",
        "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">hidden</div>"},
        "contained": [{"resourceType": "Basic", "id": "c", "code": {"text": "hidden"}}],
        "reasonReference": {"reference": "#c"}});
    let (status, created) =
        answer(ward.send_as(Role::Application, Method::POST, "/Task", &[], &task).await).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let path = format!("/Task/{}", created["id"].as_str().unwrap());
    ward.test.grant(ward.patient(), GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await;
    let mine = |ids: &str| ids.to_owned();
    // The technician knows the ticket by another id.
    let found = ward.test.get(Role::Technician, "/fhir/Task?status=requested").await;
    assert!(found.0 == StatusCode::BAD_REQUEST, "a ticket is looked for among one patient's");
    let (_, patients) = ward.test.get(Role::Technician, "/fhir/Patient").await;
    let house = patients["entry"][0]["resource"]["id"].as_str().map(mine).unwrap();
    let (_, tickets) = ward.test.get(Role::Technician, &format!("/fhir/Task?patient={house}")).await;
    let ticket = tickets["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    let ticket = ticket.clone().find(|task| task["description"] == "a visit").unwrap();
    assert!(ticket.get("contained").is_none() && ticket.get("text").is_none());
    let own = format!("/Task/{}", ticket["id"].as_str().unwrap());

    let json_patch = [("content-type", "application/json-patch+json")];
    for hidden in ["/contained", "/text", "/contained/0/id"] {
        let asked = json!([{"op": "test", "path": hidden, "value": "hidden"}]);
        let response = ward.send_as(Role::Technician, Method::PATCH, &own, &json_patch, &asked).await;
        let (status, outcome) = answer(response).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = outcome["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(said.contains("leads nowhere"), "as if it were not there: {said}");
    }
    let accepted = json!([{"op": "replace", "path": "/status", "value": "accepted"},
        {"op": "add", "path": "/text", "value": {"status": "empty", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}]);
    let response = ward.send_as(Role::Technician, Method::PATCH, &own, &json_patch, &accepted).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
    let (_, now) = ward.test.get(Role::Application, &format!("/fhir{path}")).await;
    assert_eq!(now["status"], "accepted");
    assert_eq!((&now["contained"], &now["text"]), (&created["contained"], &created["text"]));
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bundles_patch_with_a_binary() {
    let ward = Ward::open(33).await;
    let condition = of_type(&ward.ids, "Condition").to_owned();
    let binary = |operations: &Value| {
        json!({"resourceType": "Binary", "contentType": "application/json-patch+json",
            "data": BASE64.encode(operations.to_string().as_bytes())})
    };
    for (kind, expected) in [("batch", "3"), ("transaction", "5")] {
        let (path, _) = ward.observed(kind).await;
        let note = json!([{"op": "add", "path": "/note", "value": [{"text": kind}]}]);
        let patch = |path: &str, operations: &Value| {
            json!({"resource": binary(operations),
                "request": {"method": "PATCH", "url": path.trim_start_matches('/')}})
        };
        let (status, done) =
            ward.bundle(kind, &[], &json!([patch(&path, &amend()), patch(&condition, &note)])).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["entry"][0]["response"]["status"], "200 OK", "{done}");
        assert_eq!(ward.read(&path).await["status"], "amended");
        let (status, again) =
            ward.bundle(kind, &[], &json!([patch(&condition, &note), patch(&path, &amend())])).await;
        let alone = kind == "batch";
        assert_eq!(status, if alone { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, "{again}");
        let read = ward.read(&format!("/{condition}")).await;
        let version = version(&read).parse::<u32>().unwrap();
        assert_eq!(
            version,
            if alone { 3 } else { 4 },
            "the other entry is done in a batch only ({expected})"
        );
        assert_eq!(ward.read(&path).await["meta"]["versionId"], "2");
        let twice = json!([patch(&path, &note), patch(&path, &note)]);
        let (status, refused) = ward.bundle("transaction", &[], &twice).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the same resource twice: {refused}");
    }
    let parameters = json!([{"resource": {"resourceType": "Parameters"},
        "request": {"method": "PATCH", "url": condition}}]);
    let (status, refused) = ward.bundle("transaction", &[], &parameters).await;
    assert_eq!((status, &refused["issue"][0]["code"]), (StatusCode::BAD_REQUEST, &json!("not-supported")));
    verified(&ward.test).await;
    ward.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_patches_at_the_same_time_each_is_done_or_refused() {
    let ward = Ward::open(34).await;
    let (path, _) = ward.observed("a").await;
    let add = |text: &'static str| {
        let (ward, path) = (&ward, &path);
        async move {
            let operations = json!([{"op": "add", "path": "/note", "value": [{"text": text}]}]);
            ward.patch(path, &[], &operations).await.status()
        }
    };
    let statuses: [StatusCode; 3] = tokio::join!(add("a"), add("b"), add("c")).into();
    let done = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    assert!(statuses.iter().all(|status| [StatusCode::OK, StatusCode::PRECONDITION_FAILED].contains(status)));
    assert_eq!(version(&ward.read(&path).await), (done + 1).to_string(), "{statuses:?}");
    ward.test.stop().await;
}
