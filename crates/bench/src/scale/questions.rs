//! What is asked at every size: of patients drawn from all there are, always as many.

use std::{fmt, net::SocketAddr, sync::Arc};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

use super::load::Population;
use crate::{
    client::{Connection, headers},
    draw::Draw,
    drive::Caller,
    prepare::{SEARCHED, Subjects},
};

/// Patients who are asked for, and records of each that are read.
const PATIENTS: usize = 64;
const OF_EACH: usize = 15;

/// One kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// One Observation by its id.
    Read,
    /// A patient by an identifier.
    Identifier,
    /// A patient by the beginning of a name that few have.
    Name,
    /// A patient by family and given name.
    FullName,
    /// Twenty Observations of a patient who has more than a hundred.
    Search,
}

impl Question {
    pub(crate) const ALL: [Self; 5] =
        [Self::Read, Self::Identifier, Self::Name, Self::FullName, Self::Search];
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Identifier => "Patient?identifier=",
            Self::Name => "Patient?name=",
            Self::FullName => "Patient?family=&given=",
            Self::Search => "search, 20 of 120",
        })
    }
}

/// Requests made in advance.
pub(crate) struct Questions {
    address: SocketAddr,
    clinician: HeaderMap,
    application: HeaderMap,
    uris: [Arc<Vec<Uri>>; 5],
}

impl Questions {
    /// Draws patients and finds out what they are called here.
    pub(crate) async fn of(
        population: &Population,
        subjects: &Subjects,
        address: SocketAddr,
        [clinician, application]: [&str; 2],
    ) -> Result<Self> {
        let (clinician, application) = (headers(address, clinician)?, headers(address, application)?);
        let mut as_clinician = Connection::open(address, clinician.clone()).await?;
        let mut as_application = Connection::open(address, application.clone()).await?;
        let mut draw = Draw::new(population.people.len() as u64);
        let (mut read, mut identifier, mut full) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PATIENTS {
            let person = draw.one_of(&population.people).context("nobody was imported")?;
            let by_identifier = format!("/fhir/Patient?identifier={}", person.identifier);
            let id = first(&mut as_clinician, &by_identifier).await?;
            let observations = format!("/fhir/Observation?patient={id}&_count={OF_EACH}");
            // Whoever imported a patient is in charge of them.
            let found = get(&mut as_application, &observations).await?;
            let entries = found["entry"].as_array().context("a patient without observations")?;
            for id in entries.iter().filter_map(|entry| entry["resource"]["id"].as_str()) {
                read.push(format!("/fhir/Observation/{id}").parse()?);
            }
            identifier.push(by_identifier.parse()?);
            full.push(
                format!("/fhir/Patient?family={}&given={}", encoded(&person.family), encoded(&person.given))
                    .parse()?,
            );
        }
        ensure!(read.len() > PATIENTS, "the patients have too few observations");
        let name = (2..8).map(|number| format!("/fhir/Patient?name=bench{number}").parse());
        let search = subjects
            .read
            .iter()
            .map(|id| format!("/fhir/Observation?patient={id}&_count={SEARCHED}").parse());
        let uris =
            [read, identifier, name.collect::<Result<_, _>>()?, full, search.collect::<Result<_, _>>()?];
        Ok(Self { address, clinician, application, uris: uris.map(Arc::new) })
    }

    /// Connects as many callers.
    pub(crate) async fn callers(&self, question: Question, connections: usize) -> Result<Vec<Asker>> {
        let place = Question::ALL.iter().position(|one| *one == question).unwrap_or_default();
        let headers = if question == Question::Read { &self.application } else { &self.clinician };
        let mut callers = Vec::with_capacity(connections);
        for seed in (0_u64..).take(connections) {
            let connection = Connection::open(self.address, headers.clone()).await?;
            let uris = Arc::clone(self.uris.get(place).context("no such question")?);
            callers.push(Asker { connection, uris, question, draw: Draw::new(seed) });
        }
        Ok(callers)
    }
}

/// Every byte of a name as a URL may hold it.
fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn first(connection: &mut Connection, path: &str) -> Result<String> {
    let found = get(connection, path).await?;
    let id = found.pointer("/entry/0/resource/id").and_then(Value::as_str);
    id.map(str::to_owned).context("a patient who was imported is not found")
}

async fn get(connection: &mut Connection, path: &str) -> Result<Value> {
    let answer = connection.send(Method::GET, path.parse()?, Bytes::new()).await?;
    ensure!(answer.status == StatusCode::OK, "a question was answered {}", answer.status);
    Ok(serde_json::from_slice(&answer.body)?)
}

/// A connection that asks.
pub(crate) struct Asker {
    connection: Connection,
    uris: Arc<Vec<Uri>>,
    question: Question,
    draw: Draw,
}

impl Caller for Asker {
    async fn call(&mut self) -> Result<bool> {
        let uri = self.draw.one_of(&self.uris).cloned().context("nothing to ask for")?;
        let answer = self.connection.send(Method::GET, uri, Bytes::new()).await?;
        let (begins, shortest): (&[u8], usize) = match self.question {
            Question::Read => (b"{\"resourceType\":\"Observation\"", 500),
            // An empty answer is shorter.
            Question::Identifier | Question::Name | Question::FullName => {
                (b"{\"resourceType\":\"Bundle\"", 500)
            }
            Question::Search => (b"{\"resourceType\":\"Bundle\"", SEARCHED * 1_400),
        };
        let body = &answer.body;
        Ok(answer.status == StatusCode::OK && body.len() > shortest && body.starts_with(begins))
    }
}
