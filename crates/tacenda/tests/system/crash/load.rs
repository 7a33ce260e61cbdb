//! Clients that write until they are told to stop, and keep what they were told.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

const SYSTEM: &str = "urn:crash";
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What a client tried to do.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// A patient with six records in all five compartments.
    Register,
    /// Four records in three compartments of a patient.
    Transact { patient: String },
    /// One record of a patient.
    Create { patient: String },
    /// A record's text changed.
    Update { path: String },
}

/// A deed, under a marker that is nowhere else, and what the server said to it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) deed: Deed,
    pub(crate) marker: String,
    /// Where it was acknowledged: what was made, `Type/id`.
    pub(crate) acknowledged: Option<Vec<String>>,
}

/// One client of a round.
pub(crate) struct Worker {
    pub(crate) client: Client,
    pub(crate) base: String,
    pub(crate) token: String,
    pub(crate) stop: Arc<AtomicBool>,
    /// A patient that is there.
    pub(crate) patient: Option<String>,
}

impl Worker {
    /// Writes until told to stop; everything that was tried.
    pub(crate) async fn run(mut self) -> Vec<Attempt> {
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut own: Option<String> = None;
        for turn in 0_u32.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let deed = match (turn % 5, self.patient.clone(), own.clone()) {
                (1, Some(patient), _) => Deed::Create { patient },
                (3, Some(patient), _) => Deed::Transact { patient },
                (2 | 4, _, Some(path)) => Deed::Update { path },
                _ => Deed::Register,
            };
            let attempt = self.attempt(deed).await;
            let lost = attempt.acknowledged.is_none();
            if let Some(made) = &attempt.acknowledged {
                self.patient = made.iter().find(|one| one.starts_with("Patient/")).cloned().or(self.patient);
                own = own.or_else(|| made.iter().find(|one| one.starts_with("Condition/")).cloned());
            }
            attempts.push(attempt);
            if lost {
                // An update that may or may not have happened is not followed by another: the check knows what to expect.
                own = None;
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
        attempts
    }

    async fn attempt(&self, deed: Deed) -> Attempt {
        let marker = format!("m{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let acknowledged = self.send(&deed, &marker).await.ok().map(|(_, made)| made);
        Attempt { deed, marker, acknowledged }
    }

    /// Sends a deed; the status and what was made. An error is a request whose fate is not known.
    pub(crate) async fn send(&self, deed: &Deed, marker: &str) -> Result<(StatusCode, Vec<String>), ()> {
        let (method, path, body) = match deed {
            Deed::Register => (Method::POST, "/fhir".to_owned(), registration(marker)),
            Deed::Transact { patient } => (Method::POST, "/fhir".to_owned(), transaction(patient, marker)),
            Deed::Create { patient } => {
                (Method::POST, "/fhir/Condition".to_owned(), condition(&json!(patient), marker))
            }
            Deed::Update { path } => {
                let mut changed = self.get(path).await?;
                changed["code"]["text"] = json!(marker);
                (Method::PUT, format!("/fhir/{path}"), changed)
            }
        };
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let request =
            request.header("content-type", "application/fhir+json").header("idempotency-key", marker);
        let answer = request.body(body.to_string()).send().await.map_err(drop)?;
        let status = answer.status();
        let text = answer.text().await.map_err(drop)?;
        match status {
            StatusCode::SERVICE_UNAVAILABLE => Err(()),
            StatusCode::CONFLICT => Ok((status, Vec::new())),
            StatusCode::OK | StatusCode::CREATED => Ok((status, made(&serde_json::from_str(&text).unwrap()))),
            other => panic!("{deed:?} {marker}: {other} {text}"),
        }
    }

    /// Reads a resource or a bundle.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, ()> {
        let request = self.client.get(format!("{}/fhir/{path}", self.base)).bearer_auth(&self.token);
        let answer = request.send().await.map_err(drop)?;
        let status = answer.status();
        let text = answer.text().await.map_err(drop)?;
        match status {
            StatusCode::OK => serde_json::from_str(&text).map_err(drop),
            StatusCode::SERVICE_UNAVAILABLE => Err(()),
            other => panic!("GET {path}: {other} {text}"),
        }
    }

    /// How many records of each kind a patient has under a marker.
    pub(crate) async fn census(&self, patient: &str, marker: &str) -> [usize; 5] {
        let mut counts = [0; 5];
        for (count, kind) in
            counts.iter_mut().zip(["RelatedPerson", "Consent", "Condition", "Observation", "Device"])
        {
            let query = format!("{kind}?patient={patient}&identifier={SYSTEM}%7C{marker}");
            let bundle = self.get(&query).await.expect("a search is answered after the start");
            *count = bundle["entry"].as_array().map_or(0, Vec::len);
        }
        counts
    }

    /// The patients registered under a marker, `Patient/id`.
    pub(crate) async fn registered(&self, marker: &str) -> Vec<String> {
        let query = format!("Patient?identifier={SYSTEM}%7C{marker}");
        let bundle = self.get(&query).await.expect("a search is answered after the start");
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| format!("Patient/{}", entry["resource"]["id"].as_str().unwrap())).collect()
    }
}

/// What a deed leaves behind where it was done: how many of each kind that [`Worker::census`] counts.
pub(crate) const fn whole(deed: &Deed) -> [usize; 5] {
    match deed {
        Deed::Register => [1, 1, 1, 2, 1],
        Deed::Transact { .. } => [1, 0, 1, 1, 1],
        Deed::Create { .. } => [0, 0, 1, 0, 0],
        Deed::Update { .. } => [0; 5],
    }
}

fn made(answer: &Value) -> Vec<String> {
    match answer["entry"].as_array() {
        None => {
            vec![format!("{}/{}", answer["resourceType"].as_str().unwrap(), answer["id"].as_str().unwrap())]
        }
        Some(entries) => {
            let locations = entries.iter().map(|entry| entry["response"]["location"].as_str().unwrap());
            locations.map(|location| location.split("/_history").next().unwrap().to_owned()).collect()
        }
    }
}

fn condition(patient: &Value, marker: &str) -> Value {
    json!({"resourceType": "Condition", "identifier": identifier(marker), "subject": {"reference": patient},
        "code": {"text": "as it was"}})
}

fn identifier(marker: &str) -> Value {
    json!([{"system": SYSTEM, "value": marker}])
}

fn observation(patient: &Value, marker: &str) -> Value {
    json!({"resourceType": "Observation", "status": "final", "identifier": identifier(marker),
        "subject": {"reference": patient}, "code": {"text": "weight"}, "valueQuantity": {"value": 70.5, "unit": "kg"}})
}

fn transaction(patient: &str, marker: &str) -> Value {
    let patient = json!(patient);
    bundle(&[
        condition(&patient, marker),
        observation(&patient, marker),
        json!({"resourceType": "Device", "identifier": identifier(marker), "patient": {"reference": patient}}),
        json!({"resourceType": "RelatedPerson", "identifier": identifier(marker), "patient": {"reference": patient}}),
    ])
}

fn registration(marker: &str) -> Value {
    let (patient, device) = (json!(urn(0)), json!({"reference": urn(1)}));
    let mut measured = observation(&patient, marker);
    measured["device"] = device;
    bundle(&[
        json!({"resourceType": "Patient", "identifier": identifier(marker), "name": [{"family": "Crash"}]}),
        json!({"resourceType": "Device", "identifier": identifier(marker), "patient": {"reference": patient}}),
        json!({"resourceType": "RelatedPerson", "identifier": identifier(marker), "patient": {"reference": patient}}),
        json!({"resourceType": "Consent", "identifier": identifier(marker), "status": "active",
            "scope": {"text": "research"}, "category": [{"text": "research"}], "patient": {"reference": patient},
            "policy": [{"uri": "urn:crash:policy"}]}),
        condition(&patient, marker),
        observation(&patient, marker),
        measured,
    ])
}

fn urn(index: usize) -> String {
    format!("urn:uuid:00000000-0000-4000-8000-{index:012}")
}

fn bundle(resources: &[Value]) -> Value {
    let entry = |(index, resource): (usize, &Value)| {
        json!({"fullUrl": urn(index), "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]}})
    };
    let entries: Vec<Value> = resources.iter().enumerate().map(entry).collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}
