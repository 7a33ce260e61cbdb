//! The requests of each operation over HTTP.

use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::{
    cell::{Cell, Operation},
    client::{Answer, Connection, form_headers, session_headers},
    documents,
    draw::Draw,
    drive::Caller,
    identities::Identities,
    prepare::{SEARCHED, Subjects},
};

/// Documents to choose from when one is created.
const DIFFERENT: usize = 64;
/// Every Observation is longer.
const SHORTEST: usize = 1_400;

/// Requests made in advance, so that making them costs nothing while it is measured.
pub(crate) struct Requests {
    read: Vec<Uri>,
    search: Vec<Uri>,
    create: Vec<Bytes>,
    creates: Uri,
    identities: Identities,
}

impl Requests {
    pub(crate) fn of(subjects: &Subjects, identities: Identities) -> Result<Arc<Self>> {
        let read = subjects.observations.iter().map(|id| format!("/fhir/Observation/{id}").parse());
        let search = subjects
            .read
            .iter()
            .map(|patient| format!("/fhir/Observation?patient={patient}&_count={SEARCHED}").parse());
        let create = subjects.written.iter().flat_map(|patient| {
            (0..DIFFERENT).map(move |number| documents::observation(patient, number).to_string().into())
        });
        Ok(Arc::new(Self {
            read: read.collect::<Result<_, _>>()?,
            search: search.collect::<Result<_, _>>()?,
            create: create.collect(),
            creates: "/fhir/Observation".parse()?,
            identities,
        }))
    }

    /// Connects the callers of a cell.
    pub(crate) async fn callers(
        self: &Arc<Self>,
        cell: Cell,
        address: std::net::SocketAddr,
        headers: &HeaderMap,
    ) -> Result<Vec<HttpCaller>> {
        let headers = match cell.operation {
            Operation::Read | Operation::Create | Operation::Search => headers.clone(),
            Operation::Token => form_headers(address)?,
            Operation::Session => session_headers(address, &self.identities.session)?,
        };
        let mut callers = Vec::with_capacity(cell.connections);
        for number in (0u64..).take(cell.connections) {
            let connection = Connection::open(address, headers.clone()).await?;
            let requests = Arc::clone(self);
            callers.push(HttpCaller {
                connection,
                requests,
                operation: cell.operation,
                draw: Draw::new(number),
            });
        }
        Ok(callers)
    }
}

/// A connection that asks the server.
pub(crate) struct HttpCaller {
    connection: Connection,
    requests: Arc<Requests>,
    operation: Operation,
    draw: Draw,
}

impl Caller for HttpCaller {
    async fn call(&mut self) -> Result<bool> {
        let Self { connection, requests, draw, .. } = self;
        let one = |uri: Option<&Uri>| uri.cloned().context("nothing to ask for");
        let (method, uri, body) = match self.operation {
            Operation::Read => (Method::GET, one(draw.one_of(&requests.read))?, Bytes::new()),
            Operation::Search => (Method::GET, one(draw.one_of(&requests.search))?, Bytes::new()),
            Operation::Create => {
                let body = draw.one_of(&requests.create).cloned().context("nothing to create")?;
                (Method::POST, requests.creates.clone(), body)
            }
            Operation::Token => {
                let body = requests.identities.program.asks()?;
                (Method::POST, Uri::from_static("/oauth/token"), body)
            }
            Operation::Session => (Method::GET, Uri::from_static("/"), Bytes::new()),
        };
        let answer = connection.send(method, uri, body).await?;
        Ok(plausible(self.operation, &answer))
    }
}

/// Whether the answer has the right status, beginning, end and length. Reading all of it would cost more than it took.
fn plausible(operation: Operation, answer: &Answer) -> bool {
    let (expected, begins, shortest): (_, &[u8], _) = match operation {
        Operation::Read => (StatusCode::OK, b"{\"resourceType\":\"Observation\"", SHORTEST),
        Operation::Create => (StatusCode::CREATED, b"{\"resourceType\":\"Observation\"", SHORTEST),
        Operation::Search => (StatusCode::OK, b"{\"resourceType\":\"Bundle\"", SEARCHED * SHORTEST),
        Operation::Token => (StatusCode::OK, b"{\"access_token\":\"", 200),
        // Whoever is not signed in is led elsewhere.
        Operation::Session => {
            return answer.location.as_ref().is_some_and(|location| location == "/account");
        }
    };
    let body = &answer.body;
    answer.status == expected && body.len() > shortest && body.starts_with(begins) && body.ends_with(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_or_a_short_answer_is_not_plausible() {
        let body = format!("{{\"resourceType\":\"Observation\"{}}}", " ".repeat(SHORTEST));
        let outcome = body.replace("Observation", "OperationOutcome");
        let ok = StatusCode::OK;
        let plausible = |operation, status, body: &[u8]| {
            plausible(operation, &Answer { status, body: Bytes::copy_from_slice(body), location: None })
        };
        assert!(plausible(Operation::Read, ok, body.as_bytes()));
        assert!(!plausible(Operation::Read, StatusCode::NOT_FOUND, body.as_bytes()));
        assert!(!plausible(Operation::Create, ok, body.as_bytes()));
        assert!(!plausible(Operation::Search, ok, body.as_bytes()));
        assert!(!plausible(Operation::Read, ok, outcome.as_bytes()));
        assert!(!plausible(Operation::Read, ok, b"{\"resourceType\":\"Observation\"}"));
        assert!(!plausible(Operation::Token, ok, b"{\"error\":\"invalid_client\"}"));
        assert!(!plausible(Operation::Session, StatusCode::SEE_OTHER, b""), "it leads nowhere");
    }
}
