//! Asking every endpoint for everything, in the words of every realm.

use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tacenda_fhir::ResourceType;
use tacenda_kernel::{ApiRealm, Compartment, Purpose, Role};

use super::known::Known;
use crate::{common::TestSystem, ids::in_realm};

const AT_ONCE: usize = 8;

/// Everything that was ever answered to somebody.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) text: String,
    pub(super) answers: Vec<Value>,
}

struct Ask {
    method: Method,
    path: String,
    form: bool,
    body: String,
    purpose: Option<Purpose>,
}

impl Ask {
    fn new(method: Method, path: String, body: String) -> Self {
        Self { method, path, form: false, body, purpose: None }
    }

    fn get(path: String) -> Self {
        Self::new(Method::GET, path, String::new())
    }
}

pub(super) async fn crawl(test: &TestSystem, role: Role, patients: &[&Known]) -> Collected {
    let token = test.token(role).await;
    let asks = asks(test, role, patients);
    assert!(asks.len() > 300, "only {} requests", asks.len());
    // What may change something is asked last, and alone.
    let (reads, writes): (Vec<Ask>, Vec<Ask>) =
        asks.into_iter().partition(|ask| ask.method == Method::GET || ask.form);
    let mut collected = Collected::default();
    for (asks, at_once) in [(reads, AT_ONCE), (if role == Role::Clinician { Vec::new() } else { writes }, 1)]
    {
        let answers =
            stream::iter(asks).map(|ask| answered(test, &token, ask)).buffered(at_once).collect::<Vec<_>>();
        for text in answers.await {
            let body = text.split_once("\n\n").unwrap().1;
            collected.answers.extend(serde_json::from_str::<Value>(body).ok());
            collected.text.push_str(&text);
        }
    }
    collected
}

/// Headers and body, as text.
async fn answered(test: &TestSystem, token: &str, ask: Ask) -> String {
    let content = if ask.form { "application/x-www-form-urlencoded" } else { "application/fhir+json" };
    let mut request = test.request(ask.method, &ask.path).bearer_auth(token).header("content-type", content);
    if let Some(purpose) = ask.purpose {
        request = request.header("x-purpose-of-use", purpose.code());
    }
    let answer = request.body(ask.body).send().await.unwrap();
    assert!(!answer.status().is_server_error(), "{}: {}", ask.path, answer.status());
    format!("{:?}\n\n{}", answer.headers().clone(), answer.text().await.unwrap())
}

/// Every endpoint with every id, in the words of every realm, for every purpose.
fn asks(test: &TestSystem, role: Role, patients: &[&Known]) -> Vec<Ask> {
    let mut asks: Vec<Ask> = ["/health/live", "/oauth/jwks", "/fhir/metadata", "/fhir/Patient"]
        .map(|path| Ask::get(path.to_owned()))
        .into();
    for known in patients {
        for realm in ApiRealm::ALL {
            let ids: Vec<String> = known.ids.iter().map(|id| in_realm(&test.keys, id, realm)).collect();
            let own = realm == role.realm();
            asks.extend(of_ids(&ids));
            let patient = in_realm(&test.keys, known.patient(), realm);
            asks.extend(of_patient(patient.strip_prefix("Patient/").unwrap()));
            for purpose in Purpose::ALL.into_iter().filter(|_| own) {
                let other =
                    of_ids(&ids).into_iter().chain(of_patient(patient.strip_prefix("Patient/").unwrap()));
                let other = other.filter(|ask| ask.method == Method::GET);
                asks.extend(other.map(|ask| Ask { purpose: Some(purpose), ..ask }));
            }
        }
        asks.extend(by_value(known));
    }
    asks
}

/// Reading, history, versions, writing, deleting, erasing; each also in a batch.
fn of_ids(ids: &[String]) -> Vec<Ask> {
    let mut asks = Vec::new();
    let mut entries = Vec::new();
    for reference in ids {
        let (kind, id) = reference.split_once('/').unwrap();
        let urls = [
            reference.clone(),
            format!("{reference}/_history/1"),
            format!("{kind}?_id={id}"),
            format!("{reference}/_history"),
        ];
        entries.extend(urls.iter().map(|url| json!({"request": {"method": "GET", "url": url}})));
        asks.extend(urls.map(|url| Ask::get(format!("/fhir/{url}"))));
        // The wrong type in the URL opens nothing either.
        asks.push(Ask::get(format!("/fhir/Task/{id}")));
        asks.push(Ask::get(format!("/fhir/Patient/{id}")));
        let body = json!({"resourceType": kind, "id": id}).to_string();
        asks.push(Ask::new(Method::PUT, format!("/fhir/{reference}"), body));
        asks.push(Ask::new(Method::DELETE, format!("/fhir/{reference}"), String::new()));
        asks.push(Ask::new(Method::POST, format!("/fhir/Patient/{id}/$erase"), String::new()));
    }
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        asks.push(Ask::new(Method::POST, "/fhir".to_owned(), bundle.to_string()));
    }
    asks
}

/// Searching every type for a patient, by URL and by form.
fn of_patient(number: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    for kind in ResourceType::ALL {
        for name in ["patient", "subject"] {
            asks.push(Ask::get(format!("/fhir/{kind}?{name}={number}")));
        }
        let form =
            Ask::new(Method::POST, format!("/fhir/{kind}/_search"), format!("patient=Patient/{number}"));
        asks.push(Ask { form: true, ..form });
    }
    asks
}

/// Searching for people by everything that is known of them.
fn by_value(known: &Known) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (compartment, needle) in &known.needles {
        if matches!(compartment, Compartment::Contact | Compartment::Identity)
            && needle.chars().all(char::is_alphanumeric)
        {
            asks.extend(
                ["name", "family", "given", "identifier"]
                    .map(|name| Ask::get(format!("/fhir/Patient?{name}={needle}"))),
            );
        }
        if *compartment == Compartment::Field && needle.starts_with('7') {
            asks.push(Ask::get(format!("/fhir/Device?identifier={needle}")));
        }
    }
    asks
}
