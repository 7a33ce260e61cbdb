//! What cannot be done is refused at its element, without a value, and nothing is written.

mod content;
mod definitions;
mod interactions;
mod parameters;
mod requests;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tacenda_synthetic::Canary;

use crate::{
    audit::{Audit, traced},
    common::{TestSystem, answer},
    transaction::counts,
};
use tacenda_contracts::entry::{Event, Outcome};

/// Stands wherever a value is: no answer may contain it, in any case.
const VALUE: &str = "Zyxomorph7";

const CASES: [fn(&Given) -> Vec<Wrong>; 13] = [
    content::malformed,
    content::invalid,
    content::references,
    definitions::against_r4,
    requests::headers,
    requests::searches,
    requests::bundles,
    interactions::patches,
    interactions::conditions,
    interactions::entries,
    interactions::versions,
    parameters::unknown,
    parameters::of_other_bundles,
];

/// One request that is wrong in one way.
struct Wrong {
    what: &'static str,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    status: StatusCode,
    /// The element the outcome names, where there is one.
    at: Option<&'static str>,
}

impl Wrong {
    fn new(what: &'static str, method: Method, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", "application/fhir+json".to_owned())];
        let (path, body, status) = (format!("/fhir{}", path.into()), body.into(), StatusCode::BAD_REQUEST);
        Self { what, method, path, headers, body, status, at: None }
    }

    fn post(what: &'static str, value: &Value) -> Self {
        let path = format!("/{}", value["resourceType"].as_str().unwrap());
        Self::new(what, Method::POST, path, value.to_string())
    }

    fn get(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::GET, path, "")
    }

    fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    fn body(self, value: &Value) -> Self {
        Self { body: value.to_string().into_bytes(), ..self }
    }

    fn at(self, element: &'static str) -> Self {
        Self { at: Some(element), ..self }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }
}

/// Records that exist, and a patient the caller may not see.
struct Given {
    patient: String,
    observation: String,
    task: String,
    other: String,
    others_condition: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_at_its_element_without_a_value_and_nothing_is_written() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(1).bundle()).await;
    let others = test.enrol(Canary::new(2).bundle()).await;
    let of_type = |ids: &[String], kind: &str| {
        ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap().clone()
    };
    let given = Given {
        patient: of_type(&ids, "Patient"),
        observation: of_type(&ids, "Observation"),
        task: of_type(&ids, "Task"),
        other: of_type(&others, "Patient"),
        others_condition: of_type(&others, "Condition"),
    };
    test.care(&given.patient).await;
    test.care(&given.other).await;
    let before = counts(&test).await;
    let token = test.token(Role::Clinician).await;
    let mut traces = Vec::new();
    let cases = CASES.map(|cases| cases(&given));
    for wrong in cases.into_iter().flatten() {
        let mut request =
            test.request(wrong.method.clone(), &wrong.path).bearer_auth(&token).body(wrong.body);
        for (name, value) in &wrong.headers {
            request = request.header(*name, value);
        }
        let (trace, request) = traced(request);
        let (status, outcome) = answer(request.send().await.unwrap()).await;
        let what = format!("{}: {outcome}", wrong.what);
        assert_eq!(status, wrong.status, "{what}");
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{what}");
        let issues = outcome["issue"].as_array().unwrap();
        assert!(
            issues.iter().all(|issue| issue["severity"] == "error" && issue["diagnostics"].is_string()),
            "{what}"
        );
        if let Some(element) = wrong.at {
            assert!(issues.iter().any(|issue| issue["expression"][0] == element), "{what}: not at {element}");
        }
        assert!(
            !outcome.to_string().to_lowercase().contains(&VALUE.to_lowercase()),
            "{what}: a value is in the answer"
        );
        assert_eq!(counts(&test).await, before, "{what}: something was written");
        traces.push((trace, wrong.what));
    }
    let audit = Audit::read(&test).await;
    for (trace, what) in traces {
        for entry in audit.of(trace) {
            let wrote = matches!(&entry.event, Event::Access(action) if !["read", "search", "history"].contains(&action.as_str()));
            assert!(entry.outcome != Outcome::Allowed || !wrote, "{what}: {entry:?}");
        }
    }
    test.stop().await;
}

fn observation(patient: &str) -> Value {
    json!({"resourceType": "Observation", "status": "final", "code": {"text": VALUE}, "subject": {"reference": patient}})
}

fn with(patient: &str, element: &str, value: Value) -> Value {
    let mut observation = observation(patient);
    observation[element] = value;
    observation
}

fn uuid() -> &'static str {
    "0d4b2a4e-3f2b-4c4e-9d38-1d2d3c4b5a69"
}
