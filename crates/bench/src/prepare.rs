//! Patients and their Observations, made through the server itself; and the first answer of each kind, looked at closely.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{client::Connection, documents};

/// Patients who are read and searched, and as many more who are written to.
pub(crate) const PATIENTS: usize = 8;
/// Observations of each patient who is read and searched.
pub(crate) const OBSERVATIONS: usize = 120;
/// Observations on a page.
pub(crate) const SEARCHED: usize = 20;

/// What the server was given.
#[derive(Clone, Debug)]
pub(crate) struct Subjects {
    /// Patients with Observations.
    pub(crate) read: Vec<String>,
    /// Patients who get new ones, so that the searched stay as they are.
    pub(crate) written: Vec<String>,
    /// The ids of the Observations.
    pub(crate) observations: Vec<String>,
}

/// Makes them.
pub(crate) async fn prepare(connection: &mut Connection) -> Result<Subjects> {
    let mut subjects = Subjects { read: Vec::new(), written: Vec::new(), observations: Vec::new() };
    for number in 0..PATIENTS {
        let patient = register(connection, number).await?;
        subjects.observations.extend(observe(connection, &patient).await?);
        subjects.read.push(patient);
        subjects.written.push(register(connection, PATIENTS + number).await?);
    }
    Ok(subjects)
}

/// Compares the first answer of each kind with what was written.
pub(crate) async fn check(connection: &mut Connection, subjects: &Subjects) -> Result<()> {
    let (patient, id) =
        subjects.read.first().zip(subjects.observations.first()).context("nothing was made")?;
    let read = get(connection, &format!("/fhir/Observation/{id}")).await?;
    same(&read, &documents::observation(patient, 0))?;
    let new = documents::observation(patient, OBSERVATIONS);
    let created = post(connection, "/fhir/Observation", &new, StatusCode::CREATED).await?;
    same(&created, &new)?;
    let again = get(connection, &format!("/fhir/Observation/{}", id_of(&created)?)).await?;
    ensure!(again == created, "what was created and what is read differ");
    let found = get(connection, &format!("/fhir/Observation?patient={patient}&_count={SEARCHED}")).await?;
    let entries = found["entry"].as_array().context("a searchset without entries")?;
    ensure!(entries.len() == SEARCHED, "a page of {SEARCHED} has {} entries", entries.len());
    for entry in entries {
        let id = id_of(&entry["resource"])?;
        let number = subjects.observations.iter().take(OBSERVATIONS).position(|other| *other == id);
        // The one created above may be found as well.
        same(&entry["resource"], &documents::observation(patient, number.unwrap_or(OBSERVATIONS)))?;
    }
    Ok(())
}

async fn register(connection: &mut Connection, number: usize) -> Result<String> {
    let made = post(connection, "/fhir/Patient", &documents::patient(number), StatusCode::CREATED).await?;
    id_of(&made)
}

/// Creates a patient's Observations in one transaction.
async fn observe(connection: &mut Connection, patient: &str) -> Result<Vec<String>> {
    let entry = |number| {
        json!({
            "resource": documents::observation(patient, number),
            "request": { "method": "POST", "url": "Observation" },
        })
    };
    let entries: Vec<Value> = (0..OBSERVATIONS).map(entry).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
    let answer = post(connection, "/fhir", &bundle, StatusCode::OK).await?;
    let entries = answer["entry"].as_array().context("a transaction without answers")?;
    let ids: Option<Vec<String>> = entries.iter().map(id_of_location).collect();
    let ids = ids.context("a transaction does not say what it created")?;
    ensure!(ids.len() == OBSERVATIONS, "a transaction of {OBSERVATIONS} has {} answers", ids.len());
    Ok(ids)
}

/// `[base/]Observation/<id>/_history/1`
fn id_of_location(entry: &Value) -> Option<String> {
    let (_, rest) = entry["response"]["location"].as_str()?.split_once("Observation/")?;
    rest.split('/').next().map(str::to_owned)
}

fn id_of(resource: &Value) -> Result<String> {
    Ok(resource["id"].as_str().context("a resource without an id")?.to_owned())
}

/// Equal, apart from what the server adds.
fn same(answered: &Value, sent: &Value) -> Result<()> {
    let mut answered = answered.clone();
    let members = answered.as_object_mut().context("the answer is no resource")?;
    ensure!(
        members.remove("id").is_some() && members.remove("meta").is_some(),
        "the answer has no id or meta"
    );
    ensure!(answered == *sent, "the answer is not what was written");
    Ok(())
}

async fn get(connection: &mut Connection, path: &str) -> Result<Value> {
    let answer = connection.send(Method::GET, path.parse()?, Bytes::new()).await?;
    ensure!(answer.status == StatusCode::OK, "GET answered {}: {}", answer.status, text(&answer.body));
    Ok(serde_json::from_slice(&answer.body)?)
}

async fn post(connection: &mut Connection, path: &str, body: &Value, expected: StatusCode) -> Result<Value> {
    let answer = connection.send(Method::POST, path.parse()?, body.to_string().into()).await?;
    ensure!(answer.status == expected, "POST {path} answered {}: {}", answer.status, text(&answer.body));
    Ok(serde_json::from_slice(&answer.body)?)
}

/// The patients are made up, so an answer may be shown.
fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(400).collect()
}
