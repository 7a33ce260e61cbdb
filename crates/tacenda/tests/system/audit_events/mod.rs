//! The ledger read over FHIR, as a security officer and as the patient; and everybody else who tries.

mod faulty;
mod looking;
mod proving;
mod refusing;
mod searching;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tacenda_crypto::SystemRandom;
use tacenda_fhir::Limits;
use tacenda_kernel::{Role, TraceId};
use tacenda_synthetic::Canary;

use crate::{
    audit::traced,
    common::{TestSystem, answer},
};

/// Two patients: one with an account and in the clinician's care, and another.
pub(crate) struct Scene {
    pub(crate) test: TestSystem,
    pub(crate) ids: Vec<String>,
    pub(crate) others: Vec<String>,
}

impl Scene {
    pub(crate) async fn make() -> Self {
        let mut test = TestSystem::start().await;
        let ids = test.enrol(Canary::new(1).bundle()).await;
        let others = test.enrol(Canary::new(2).bundle()).await;
        test.care(of_type(&ids, "Patient")).await;
        let caller = tacenda::demo::seed::importer(&test.system, &test.accounts).await.unwrap();
        let account = test.system.records.account_of(&caller, number(&ids)).await.unwrap();
        test.accounts.make_patient(&test.system.accounts, &SystemRandom, account).await.unwrap();
        Self { test, ids, others }
    }

    /// A request under a trace of its own.
    pub(crate) async fn ask(
        &self,
        role: Role,
        method: Method,
        path: &str,
        purpose: Option<&str>,
    ) -> (TraceId, StatusCode, Value) {
        let (trace, request) = traced(self.test.request_as(role, method, path).await);
        let request = match purpose {
            Some(purpose) => request.header("x-purpose-of-use", purpose),
            None => request,
        };
        let (status, body) = answer(request.send().await.unwrap()).await;
        (trace, status, body)
    }

    pub(crate) async fn get(&self, role: Role, path: &str) -> (TraceId, StatusCode, Value) {
        self.ask(role, Method::GET, path, None).await
    }

    /// All that a search of the audit log finds, page after page; every event is valid FHIR R4.
    pub(crate) async fn events(&self, role: Role, query: &str) -> Vec<Value> {
        let mut path = format!("/fhir/AuditEvent{query}");
        let mut found = Vec::new();
        for _ in 0..100 {
            let (_, status, page) = self.get(role, &path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {page}");
            assert_eq!(page["type"], "searchset");
            for entry in page["entry"].as_array().into_iter().flatten() {
                let event = &entry["resource"];
                let text = event.to_string();
                let read = tacenda_fhir::read_resource(text.as_bytes(), &Limits::default());
                assert!(read.is_ok(), "{read:?}: {text}");
                assert!(entry["fullUrl"].as_str().unwrap().ends_with(event["id"].as_str().unwrap()));
                found.push(event.clone());
            }
            let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
            let Some(next) = next else { return found };
            let next = next["url"].as_str().unwrap();
            path = next.split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
        }
        panic!("{query} has no end");
    }
}

/// The id of the patient.
pub(crate) fn number(ids: &[String]) -> &str {
    of_type(ids, "Patient").strip_prefix("Patient/").unwrap()
}

pub(crate) fn of_type<'a>(ids: &'a [String], kind: &str) -> &'a str {
    ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap()
}

/// What an extension of this project says.
pub(crate) fn extension<'a>(resource: &'a Value, name: &str) -> &'a str {
    let mut extensions = resource["extension"].as_array().unwrap().iter();
    let found = extensions.find(|one| one["url"] == format!("urn:tacenda:{name}")).unwrap();
    found.get("valueString").or_else(|| found.get("valueUrl")).unwrap().as_str().unwrap()
}

pub(crate) fn position(event: &Value) -> u64 {
    extension(event, "ledger-position").parse().unwrap()
}

/// The events of one request.
pub(crate) fn of_trace(events: &[Value], trace: TraceId) -> Vec<&Value> {
    events.iter().filter(|event| extension(event, "trace") == trace.to_string()).collect()
}
