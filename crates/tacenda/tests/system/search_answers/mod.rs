//! What a search answers: in which order, how many, how much of each, and what was left out.

mod counted;
mod excerpts;
mod left_out;
mod order;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;

use crate::{common::TestSystem, searches::bundle};

pub(super) async fn enrolled(test: &TestSystem) -> (String, Vec<String>) {
    let made = test.enrol(&bundle()).await;
    test.care(&made[0]).await;
    (made[0].strip_prefix("Patient/").unwrap().to_owned(), made)
}

pub(super) async fn observe(test: &TestSystem, patient: &str, date: Option<&str>, device: bool) -> String {
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
pub(super) fn date(one: &Value) -> Option<String> {
    one["effectiveDateTime"].as_str().map(str::to_owned)
}

pub(super) fn in_order(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

pub(super) fn link(page: &Value, relation: &str) -> Option<String> {
    let links = page["link"].as_array().unwrap();
    let link = links.iter().find(|link| link["relation"] == relation)?;
    Some(link["url"].as_str().unwrap().to_owned())
}
