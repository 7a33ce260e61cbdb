//! What those who ask are answered, and what is found.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, Instant},
};

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Compartment, Role};
use tokio::sync::Mutex;

use super::scene::{Scene, Subject};
use crate::{common::TestSystem, tampering::verified_after};

/// What of the scene is looked at after an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Watched {
    /// The records of one vault, by their number among the subjects.
    Vault(usize),
    /// One of them, and whether another can be created there.
    Writing(usize),
    /// What becomes of the transactions that were left.
    Sagas,
    /// A transaction that is sent again.
    Repeated,
    /// The log, and a record.
    Ledger,
}

/// Access tokens, which last five minutes.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<Role, (Instant, String)>>);

impl Tokens {
    pub(super) async fn of(&self, test: &TestSystem, role: Role) -> String {
        self.get(test, role).await.unwrap()
    }

    pub(super) async fn get(&self, test: &TestSystem, role: Role) -> anyhow::Result<String> {
        let mut known = self.0.lock().await;
        match known.get(&role) {
            Some((since, token)) if since.elapsed() < Duration::from_secs(120) => Ok(token.clone()),
            _ => {
                let token = test.accounts.token(&test.system.accounts, &SystemRandom, role).await?;
                let token = token.expose().clone();
                known.insert(role, (Instant::now(), token.clone()));
                Ok(token)
            }
        }
    }
}

/// Answers, by what was asked.
#[derive(Clone, Debug)]
pub(super) struct Look(Vec<(&'static str, Answer)>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    status: String,
    shown: String,
}

/// An answer that is another one than before.
pub(super) struct Change {
    what: &'static str,
    now: String,
}

impl Change {
    fn of(what: &'static str, now: &Answer, was: &Answer) -> Self {
        let now = if now.status == was.status { "altered".to_owned() } else { now.status.clone() };
        Self { what, now }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.now)
    }
}

impl Look {
    pub(super) fn changes_since(&self, before: &Self) -> Vec<Change> {
        let both = self.0.iter().zip(&before.0);
        both.filter(|(now, was)| now.1 != was.1).map(|(now, was)| Change::of(now.0, &now.1, &was.1)).collect()
    }
}

pub(super) const BROKEN_OFF: &str = "broken off";

/// Who asks for what.
struct Ask {
    what: &'static str,
    role: Role,
    method: Method,
    path: String,
    body: Option<Value>,
    /// Whether what is in the answer is compared, or its status alone.
    is_compared: bool,
}

impl Ask {
    fn get(what: &'static str, role: Role, path: &str) -> Self {
        Self { what, role, method: Method::GET, path: path.to_owned(), body: None, is_compared: true }
    }
}

impl Scene {
    pub(super) async fn look(&self, watched: Watched) -> Look {
        let asks = match watched {
            Watched::Vault(place) => self.of_vault(&self.subjects[place]),
            Watched::Writing(place) => self.of_writing(&self.subjects[place]),
            Watched::Ledger => self.of_ledger(),
            Watched::Repeated => {
                let status = self.repeat().await;
                let answer = Answer { status: status.as_u16().to_string(), shown: String::new() };
                return Look(vec![("sent again", answer)]);
            }
            Watched::Sagas => {
                let _said_below = self.test.system.records.recover().await;
                self.of_left()
            }
        };
        let answers = asks.into_iter().map(|ask| async move { (ask.what, self.ask(ask).await) });
        Look(join_all(answers).await)
    }

    /// How it is without any edit.
    pub(super) async fn base(&self, watched: Watched) -> Look {
        if let Some(known) = self.bases.lock().await.get(&watched) {
            return known.clone();
        }
        let backup = self.back_up(watched).await;
        let look = self.look(watched).await;
        backup.put_back().await;
        self.bases.lock().await.insert(watched, look.clone());
        look
    }

    /// What verification says is wrong, without the numbers that differ each time.
    pub(super) async fn found(&self) -> Vec<String> {
        let Ok(verified) = verified_after(&self.test, Duration::from_millis(50)).await else {
            return vec!["it cannot be verified".to_owned()];
        };
        let mut found: Vec<String> = wrong(verified.lines()).iter().map(|line| plain(line)).collect();
        // What follows from a finding is none of its own.
        let (not_compared, wrong): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|line| line.contains("not compared, because"));
        found = if wrong.is_empty() { not_compared } else { wrong };
        found.sort();
        found.dedup();
        found
    }

    fn of_vault(&self, subject: &Subject) -> Vec<Ask> {
        let Subject { role, kind, path, deleted, searches, .. } = subject;
        let ask = |what, path: &str| Ask::get(what, *role, path);
        let mut asks = vec![
            ask("read", path),
            ask("version", &format!("{path}/_history/1")),
            ask("history", &format!("{path}/_history")),
            ask("search", &searches[0]),
            ask("everything", &format!("/fhir/{}/$everything?_type={kind}", self.patient)),
        ];
        asks.extend(deleted.iter().map(|path| ask("deleted", path)));
        asks.push(Ask::get("another's", Role::Clinician, &searches[1]));
        asks
    }

    fn of_writing(&self, subject: &Subject) -> Vec<Ask> {
        let Subject { role, path, searches, compartment, kind, .. } = subject;
        let mut resource = self.resource(*compartment, &self.third);
        resource["resourceType"] = json!(kind);
        // The directory's are found whoever they are of: this one is found by nothing that is asked.
        if *compartment == Compartment::Directory {
            resource["name"] = json!([{"family": "Wright"}]);
        }
        let create = Ask {
            what: "create",
            role: Role::Application,
            method: Method::POST,
            path: format!("/fhir/{kind}"),
            body: Some(resource),
            is_compared: false,
        };
        vec![Ask::get("read", *role, path), Ask::get("search", *role, &searches[0]), create]
    }

    fn of_left(&self) -> Vec<Ask> {
        let ask = |path: &String| Ask::get("left", Role::Application, path);
        self.left.iter().map(ask).collect()
    }

    fn of_ledger(&self) -> Vec<Ask> {
        let (officer, clinician) = (Role::SecurityOfficer, Role::Clinician);
        let (event, until) = (&self.event, &self.until);
        let patient = self.patient.strip_prefix("Patient/").unwrap();
        let record = &self.subjects[2].path;
        let target = record.strip_prefix("/fhir/").unwrap();
        let about = format!("/fhir/AuditEvent?patient={patient}&date=lt{until}&_count=200");
        let proof = Ask::get("proof", officer, &format!("/fhir/AuditEvent/{event}/$proof"));
        vec![
            Ask::get("event", officer, &format!("/fhir/AuditEvent/{event}")),
            Ask::get("events", officer, &about),
            Ask::get("settled", officer, &format!("/fhir/AuditEvent?date=lt{until}&subtype=settled")),
            Ask { is_compared: false, ..proof },
            Ask::get("provenance", clinician, &format!("/fhir/Provenance?target={target}")),
            Ask::get("read", clinician, record),
        ]
    }

    async fn ask(&self, ask: Ask) -> Answer {
        let token = self.tokens.of(&self.test, ask.role).await;
        let mut request = self.test.request(ask.method, &ask.path).bearer_auth(token);
        if let Some(body) = &ask.body {
            request = request.header("content-type", "application/fhir+json").body(body.to_string());
        }
        let broken = Answer { status: BROKEN_OFF.to_owned(), shown: String::new() };
        let Ok(response) = request.send().await else { return broken };
        let status = response.status().as_u16().to_string();
        let Ok(text) = response.text().await else { return broken };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let shown = if ask.is_compared { shown(&body) } else { String::new() };
        Answer { status, shown }
    }
}

/// What is disclosed: resources as they are, of a Bundle its entries. How a refusal is worded is not compared.
fn shown(body: &Value) -> String {
    match body["resourceType"].as_str() {
        Some("Bundle") => {
            let entries = body["entry"].as_array().into_iter().flatten();
            entries.map(|entry| format!("{}\n", entry["resource"])).collect()
        }
        Some("OperationOutcome") | None => String::new(),
        Some(_) => body.to_string(),
    }
}

/// The lines that name what is wrong.
pub(super) fn wrong(lines: Vec<String>) -> Vec<String> {
    let of = ["ledger: ", "catalogue of ", "vaults: ", "keystore: ", "accounts: "];
    lines.into_iter().filter(|line| of.iter().any(|of| line.starts_with(of))).collect()
}

/// A line without numbers and names, which differ each time.
pub(super) fn plain(line: &str) -> String {
    let is_name = |word: &str| {
        word.len() >= 16 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
            || !word.is_empty() && word.chars().all(|c| c.is_ascii_digit())
            || Compartment::ALL.iter().any(|compartment| compartment.as_str() == word)
    };
    let words = line.split(' ').map(|word| {
        let bare = word.trim_end_matches([':', ',', ';']);
        if is_name(bare) { format!("*{}", &word[bare.len()..]) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}
