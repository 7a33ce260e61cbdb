//! FHIR REST, interaction by interaction.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tacenda_synthetic::{DirectoryRefs, Population};

use crate::common::{TestSystem, answer};

fn observation(patient: &str, value: &str) -> Value {
    let number = format!(
        r#"{{"resourceType":"Observation","status":"final","code":{{"text":"weight"}},
        "subject":{{"reference":"{patient}","display":"A. Name"}},"valueQuantity":{{"value":{value},"unit":"kg"}}}}"#
    );
    serde_json::from_str(&number).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_from_create_to_delete() {
    let test = TestSystem::start().await;
    let bundle = Population::new(1).patient(0, jiff::civil::date(2026, 3, 1), &DirectoryRefs::default());
    let ids = test.enrol(&bundle).await;
    let patient = ids.iter().find(|id| id.starts_with("Patient/")).unwrap();
    let role = Role::Clinician;
    let (status, _) =
        test.send(role, Method::POST, "/fhir/Observation", &observation(patient, "70.50")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "no care relationship yet");
    test.care(patient).await;

    let (status, created) =
        test.send(role, Method::POST, "/fhir/Observation", &observation(patient, "70.50")).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    assert_eq!(created["valueQuantity"]["value"].to_string(), "70.50", "the number keeps its digits");
    assert_eq!(created["subject"], json!({"reference": patient}), "no name beside the reference");
    let path = format!("/fhir/Observation/{}", created["id"].as_str().unwrap());
    assert_eq!(test.get(role, &path).await, (StatusCode::OK, created.clone()));

    let mut changed = created.clone();
    changed["status"] = json!("amended");
    let stale = test.request_as(role, Method::PUT, &path).await.header("if-match", "W/\"7\"");
    let stale = stale.header("content-type", "application/fhir+json").body(changed.to_string());
    assert_eq!(stale.send().await.unwrap().status(), StatusCode::PRECONDITION_FAILED);
    let (status, updated) = test.send(role, Method::PUT, &path, &changed).await;
    assert_eq!((status, &updated["meta"]["versionId"]), (StatusCode::OK, &json!("2")));

    let delete = test.request_as(role, Method::DELETE, &path).await.send().await.unwrap();
    assert_eq!(delete.status(), StatusCode::NO_CONTENT);
    assert_eq!(test.get(role, &path).await.0, StatusCode::GONE);
    assert_eq!(test.get(role, &format!("{path}/_history/1")).await, (StatusCode::OK, created));
    let (_, history) = test.get(role, &format!("{path}/_history")).await;
    let versions: Vec<_> =
        history["entry"].as_array().unwrap().iter().map(|e| &e["request"]["method"]).collect();
    assert_eq!(versions, ["DELETE", "PUT", "POST"]);
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_capability_statement_names_as_definitions_is_there() {
    let test = TestSystem::start().await;
    let get = async |path: &str| answer(test.request(Method::GET, path).send().await.unwrap()).await;
    let (status, statement) = get("/fhir/metadata").await;
    assert_eq!(status, StatusCode::OK);
    let base = statement["implementation"]["url"].as_str().unwrap();
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let operations = resources.iter().flat_map(|one| one["operation"].as_array().into_iter().flatten());
    let named = operations.map(|one| one["definition"].as_str().unwrap());
    let own: BTreeSet<&str> = named.filter_map(|url| url.strip_prefix(base)).collect();
    assert_eq!(own.len(), 4, "{own:?}");
    for path in own {
        let (status, definition) = get(&format!("/fhir{path}")).await;
        assert_eq!((status, &definition["url"]), (StatusCode::OK, &json!(format!("{base}{path}"))));
    }
    let (status, outcome) = get("/fhir/OperationDefinition/everything").await;
    assert_eq!((status, &outcome["resourceType"]), (StatusCode::NOT_FOUND, &json!("OperationOutcome")));
    test.stop().await;
}
