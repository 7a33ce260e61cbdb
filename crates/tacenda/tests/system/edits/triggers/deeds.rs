//! What is written while a trigger is there, and how one sees later whether it was done.

use std::pin::Pin;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::databases::{PREFIX, vault_name};
use tacenda_kernel::{Compartment, Role};
use tacenda_synthetic::Canary;
use uuid::Uuid;

use super::{super::table::Saved, Bed, Laid};
use crate::edits::scene::kind;

pub(super) type Holds<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Something that somebody did.
pub(super) struct Deed<'a> {
    pub(super) what: &'static str,
    /// Whether it was answered as done.
    pub(super) is_done: bool,
    /// Whether it is there.
    pub(super) is_there: Holds<'a>,
}

impl<'a> Deed<'a> {
    pub(super) fn new(
        what: &'static str,
        is_done: bool,
        is_there: impl Future<Output = bool> + Send + 'a,
    ) -> Self {
        Self { what, is_done, is_there: Box::pin(is_there) }
    }
}

impl Bed {
    /// What is done in that database, with the trigger.
    pub(super) async fn deeds<'a>(&'a self, saved: &Saved, laid: &Laid) -> Vec<Deed<'a>> {
        let service = saved.database.strip_prefix(PREFIX).unwrap();
        let vault = Compartment::ALL.into_iter().find(|&one| vault_name(one) == service);
        match (service, vault) {
            ("accounts", _) => self.of_people(saved, laid).await,
            ("keystore", _) => self.of_patients(saved, laid).await,
            ("records", _) => self.of_transactions(saved, laid).await,
            (_, Some(compartment)) => self.of_records(saved, laid, compartment).await,
            _ => self.of_records(saved, laid, Compartment::Clinical).await,
        }
    }

    pub(super) async fn send(
        &self,
        role: Role,
        method: Method,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        self.request(role, method, path, body, "").await
    }

    async fn request(
        &self,
        role: Role,
        method: Method,
        path: &str,
        body: &Value,
        key: &str,
    ) -> (StatusCode, Value) {
        let Ok(token) = self.scene.tokens.get(&self.scene.test, role).await else {
            return (StatusCode::SERVICE_UNAVAILABLE, Value::Null);
        };
        let mut request = self.scene.test.request(method, path).bearer_auth(token);
        if !body.is_null() {
            request = request.header("content-type", "application/fhir+json").body(body.to_string());
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        match request.send().await {
            Ok(response) => crate::common::answer(response).await,
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Value::Null),
        }
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Role::Application, Method::GET, path, &Value::Null).await
    }

    async fn is_in(&self, path: &str, language: &str) -> bool {
        let (status, found) = self.get(path).await;
        status == StatusCode::OK && found["language"] == language
    }

    /// A record is created, one is changed, and one is deleted where somebody may.
    async fn of_records<'a>(&'a self, saved: &Saved, laid: &Laid, compartment: Compartment) -> Vec<Deed<'a>> {
        let (patient, kind) = (self.scene.patient.as_str(), kind(compartment));
        // In the directory, which is nobody's, it is found by a name of its own.
        let name = Uuid::new_v4().simple().to_string().replace(|c: char| c.is_ascii_digit(), "q");
        let create = async |language: &str| {
            let mut resource = self.scene.resource(compartment, patient);
            resource["resourceType"] = json!(kind);
            resource["language"] = json!(language);
            if compartment == Compartment::Directory {
                resource["name"] = json!([{"family": name}]);
            }
            self.send(Role::Application, Method::POST, &format!("/fhir/{kind}"), &resource).await
        };
        let path = |made: &Value| format!("/fhir/{kind}/{}", made["id"].as_str().unwrap_or_default());
        let ((status, changed), (_, deleted)) = (create("en").await, create("en").await);
        assert_eq!(status, StatusCode::CREATED, "{changed}");
        let (changed_path, deleted_path) = (path(&changed), path(&deleted));
        laid.lay(saved).await;
        let (status, created) = create("fr").await;
        let created_path = path(&created);
        let search = match compartment {
            Compartment::Directory => format!("/fhir/{kind}?name={name}"),
            _ => format!("/fhir/{kind}?patient={}&_count=100", patient.strip_prefix("Patient/").unwrap()),
        };
        let mut deeds = vec![Deed::new("create", status == StatusCode::CREATED, async move {
            let id = created_path.rsplit('/').next().unwrap();
            let found = self.get(&search).await.1.to_string().contains(id);
            found && self.is_in(&created_path, "fr").await
        })];
        let mut again = changed.clone();
        again["language"] = json!("de");
        let (status, _) = self.send(Role::Application, Method::PUT, &changed_path, &again).await;
        let is_changed = status == StatusCode::OK;
        let before = format!("{changed_path}/_history/1");
        deeds.push(Deed::new("change", is_changed, async move {
            self.is_in(&changed_path, "de").await && self.is_in(&before, "en").await
        }));
        if [Compartment::Contact, Compartment::Identity, Compartment::Clinical].contains(&compartment) {
            let (status, _) = self.send(Role::Clinician, Method::DELETE, &deleted_path, &Value::Null).await;
            deeds.push(Deed::new("delete", status.is_success(), async move {
                self.get(&deleted_path).await.0 == StatusCode::GONE
            }));
        }
        deeds
    }

    /// A transaction over two vaults, and the same again.
    async fn of_transactions<'a>(&'a self, saved: &Saved, laid: &Laid) -> Vec<Deed<'a>> {
        let key = Uuid::new_v4().to_string();
        let entry = |compartment| {
            let mut resource = self.scene.resource(compartment, &self.scene.patient);
            resource["resourceType"] = json!(kind(compartment));
            resource["language"] = json!("fr");
            json!({"request": {"method": "POST", "url": kind(compartment)}, "resource": resource})
        };
        let both = [Compartment::Clinical, Compartment::Directory].map(entry);
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": both});
        laid.lay(saved).await;
        let (status, made) = self.request(Role::Application, Method::POST, "/fhir", &bundle, &key).await;
        let is_done = status == StatusCode::OK;
        let made = places(&made);
        let shown = made.clone();
        let is_there = async move {
            for path in &shown {
                if !self.is_in(path, "fr").await {
                    return false;
                }
            }
            true
        };
        let again = async move {
            let (_, again) = self.request(Role::Application, Method::POST, "/fhir", &bundle, &key).await;
            let again = places(&again);
            again.is_empty() || again == made
        };
        vec![Deed::new("transaction", is_done, is_there), Deed::new("done once", is_done, again)]
    }

    /// A patient is registered, and another one erased.
    async fn of_patients<'a>(&'a self, saved: &Saved, laid: &Laid) -> Vec<Deed<'a>> {
        let register = async || {
            let canary = Canary::new(Uuid::new_v4().as_u64_pair().0);
            let (status, made) = self.send(Role::Application, Method::POST, "/fhir", canary.bundle()).await;
            let patient = places(&made).into_iter().find(|path| path.starts_with("/fhir/Patient/"));
            (status == StatusCode::OK, patient.unwrap_or_default())
        };
        let (is_there, erased) = register().await;
        assert!(is_there);
        laid.lay(saved).await;
        let (is_registered, registered) = register().await;
        let registered =
            Deed::new(
                "register",
                is_registered,
                async move { self.get(&registered).await.0 == StatusCode::OK },
            );
        let erase = format!("{erased}/$erase");
        let (status, _) = self.send(Role::SecurityOfficer, Method::POST, &erase, &json!({})).await;
        let gone = Deed::new("erase", status == StatusCode::OK, async move {
            [StatusCode::GONE, StatusCode::NOT_FOUND].contains(&self.get(&erased).await.0)
        });
        vec![registered, gone]
    }
}

/// Where what a transaction made is.
fn places(made: &Value) -> Vec<String> {
    let entries = made["entry"].as_array().into_iter().flatten();
    let places = entries.filter_map(|entry| entry["response"]["location"].as_str());
    places.map(|place| format!("/fhir/{}", place.split("/_history").next().unwrap_or_default())).collect()
}
