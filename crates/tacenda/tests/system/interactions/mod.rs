//! What a caller may do to a record beside reading and writing the whole of it.

mod conditional;
mod history;
mod history_limits;
mod patch;
mod prefer;
mod references;
mod repeated;
mod restore;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;
use tacenda_synthetic::Canary;

use crate::{
    common::{TestSystem, answer},
    transaction::of_type,
};

/// A system with a patient in the clinician's care.
struct Ward {
    test: TestSystem,
    ids: Vec<String>,
}

impl Ward {
    async fn open(seed: u64) -> Self {
        let test = TestSystem::start().await;
        let ids = test.enrol(Canary::new(seed).bundle()).await;
        test.care(of_type(&ids, "Patient")).await;
        Self { test, ids }
    }

    fn patient(&self) -> &str {
        of_type(&self.ids, "Patient")
    }

    fn number(&self) -> &str {
        self.patient().strip_prefix("Patient/").unwrap()
    }

    /// An observation with an identifier, to be found by.
    fn observation(&self, identifier: &str) -> Value {
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "identifier": [{"system": "urn:ward", "value": identifier}], "subject": {"reference": self.patient()}})
    }

    /// The criteria that find it.
    fn criteria(&self, identifier: &str) -> String {
        format!("patient={}&identifier=urn:ward|{identifier}", self.number())
    }

    /// As the clinician, with these headers.
    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Response {
        self.send_as(Role::Clinician, method, path, headers, body).await
    }

    async fn send_as(
        &self,
        role: Role,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &Value,
    ) -> Response {
        let mut request = self.test.request_as(role, method, &format!("/fhir{path}")).await;
        if headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/fhir+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        request.send().await.unwrap()
    }

    async fn patch(&self, path: &str, headers: &[(&'static str, &str)], operations: &Value) -> Response {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json-patch+json"));
        self.send(Method::PATCH, path, &headers, operations).await
    }

    /// Creates an observation: its path and what was answered.
    async fn observed(&self, identifier: &str) -> (String, Value) {
        let response = self.send(Method::POST, "/Observation", &[], &self.observation(identifier)).await;
        let (status, created) = answer(response).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        (format!("/Observation/{}", created["id"].as_str().unwrap()), created)
    }

    async fn read(&self, path: &str) -> Value {
        let (status, read) = self.test.get(Role::Clinician, &format!("/fhir{path}")).await;
        assert_eq!(status, StatusCode::OK, "{read}");
        read
    }

    async fn bundle(
        &self,
        kind: &str,
        headers: &[(&'static str, &str)],
        entries: &Value,
    ) -> (StatusCode, Value) {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        answer(self.send(Method::POST, "", headers, &bundle).await).await
    }
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn version(resource: &Value) -> &str {
    resource["meta"]["versionId"].as_str().unwrap()
}
