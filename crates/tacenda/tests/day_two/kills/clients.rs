//! Clients that write until the server is gone, and note what they were told.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::{
    databases::Databases,
    demo::accounts::DemoAccounts,
    folder::read_root_key,
    system::{System, SystemParts},
};
use tacenda_crypto::{MasterKey, SystemRandom};
use tacenda_kernel::{Role, SystemClock};
use tokio::task::JoinSet;

use crate::site::{PREFIX, Site};

const CLIENTS: usize = 4;
/// A token lasts for five minutes.
const FRESH: Duration = Duration::from_secs(200);

/// Something that was acknowledged, and that nobody changes any more.
pub(super) struct Made {
    pub(super) path: String,
}

/// What was acknowledged in one life of a server.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<(usize, Vec<Made>)>>);

impl Shared {
    fn add(&self, path: String) {
        let mut shared = self.0.lock().unwrap();
        shared.0 += 1;
        shared.1.push(Made { path });
    }

    /// The newest, where as many came since somebody took one.
    pub(super) fn newest_of(&self, many: usize) -> Option<Made> {
        let mut shared = self.0.lock().unwrap();
        if shared.0 < many {
            return None;
        }
        shared.0 = 0;
        shared.1.pop()
    }
}

/// Who writes, and by what.
pub(super) struct Clients {
    pub(super) keys: MasterKey,
    accounts: DemoAccounts,
    base: String,
    tokens: [String; 2],
    since: Instant,
}

impl Clients {
    /// Makes the accounts.
    pub(super) async fn prepare(site: &Site) -> Self {
        let root = read_root_key(&site.path("data/root.key")).unwrap();
        let databases = Databases::in_cluster(&site.cluster, PREFIX).await.unwrap();
        tacenda::keys::make_first(&databases, &root, &SystemClock, &SystemRandom).await.unwrap();
        let keys = tacenda::keys::unseal(&databases, &root).await.unwrap();
        let system = Arc::new(open(site).await);
        let accounts = DemoAccounts::make(&system.accounts, &SystemRandom, &system.origin).await.unwrap();
        let base = format!("http://127.0.0.1:{}", site.ports.1);
        let tokens = tokens(&system, &accounts).await;
        Self { keys, accounts, base, tokens, since: Instant::now() }
    }

    /// Gets new tokens where the old ones end soon. Nobody serves meanwhile.
    pub(super) async fn renew(&mut self, site: &Site) {
        if self.since.elapsed() > FRESH {
            self.tokens = tokens(&open(site).await, &self.accounts).await;
            self.since = Instant::now();
        }
    }

    /// Lets them write.
    pub(super) fn begin(&self) -> (Beside, Shared) {
        let (shared, stop) = (Shared::default(), Arc::new(AtomicBool::new(false)));
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
            let [application, officer] = self.tokens.clone();
            let client =
                Client { http, base: self.base.clone(), application, officer, shared: shared.clone() };
            let stop = Arc::clone(&stop);
            tasks.spawn(async move { client.run(&stop).await });
        }
        (Beside { tasks, stop }, shared)
    }
}

async fn open(site: &Site) -> System {
    let parts = SystemParts {
        databases: Databases::in_cluster(&site.cluster, PREFIX).await.unwrap(),
        root: read_root_key(&site.path("data/root.key")).unwrap(),
        origin: format!("https://localhost:{}", site.ports.0),
        witness: site.path("data/witness"),
        rules: tacenda_accounts::AccountRules::default(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    System::open(parts).await.unwrap()
}

async fn tokens(system: &System, accounts: &DemoAccounts) -> [String; 2] {
    let mut tokens = [Role::Application, Role::SecurityOfficer].map(|role| (role, String::new()));
    for (role, token) in &mut tokens {
        token.clone_from(accounts.token(&system.accounts, &SystemRandom, *role).await.unwrap().expose());
    }
    tokens.map(|(_, token)| token)
}

/// The clients of one life of a server.
pub(super) struct Beside {
    tasks: JoinSet<Option<String>>,
    stop: Arc<AtomicBool>,
}

impl Beside {
    /// What was acknowledged and is still there, the newest last; each client's own record first.
    pub(super) async fn end(mut self, shared: &Shared) -> Vec<Made> {
        self.stop.store(true, Ordering::Relaxed);
        let mut made = Vec::new();
        while let Some(own) = self.tasks.join_next().await {
            made.extend(
                own.expect("no client is told anything else than yes, or not now").map(|path| Made { path }),
            );
        }
        made.append(&mut shared.0.lock().unwrap().1);
        made
    }
}

struct Client {
    http: reqwest::Client,
    base: String,
    application: String,
    officer: String,
    shared: Shared,
}

/// Nobody knows what became of it.
struct Unknown;

impl Client {
    /// Writes until the server is gone; the record of its own, where its newest version was acknowledged.
    async fn run(self, stop: &AtomicBool) -> Option<String> {
        let (mut patient, mut own): (Option<String>, Option<String>) = (None, None);
        for turn in 0_usize.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let known = patient.clone().zip(own.clone());
            let done = match (turn % 8, &known) {
                (7, Some((of, _))) => {
                    self.shared_own(&mut own);
                    patient = None;
                    self.erase(of).await
                }
                (1 | 4, Some((of, _))) => self.create(of).await,
                (2 | 5, Some((_, path))) => self.update(path).await,
                (3, Some((of, path))) => self.amend(of, path).await,
                (6, Some((of, _))) => self.transact(of).await,
                _ => self.register().await.map(|(of, path)| {
                    self.shared_own(&mut own);
                    (patient, own) = (Some(of), Some(path));
                }),
            };
            if done.is_err() {
                // What was being changed is at one version or the other.
                return own.filter(|_| !matches!(turn % 8, 2 | 3 | 5));
            }
        }
        own
    }

    fn shared_own(&self, own: &mut Option<String>) {
        if let Some(path) = own.take() {
            self.shared.add(path);
        }
    }

    async fn create(&self, patient: &str) -> Result<(), Unknown> {
        let made = self.send(Method::POST, "/fhir/Condition", &self.application, condition(patient)).await?;
        self.shared.add(format!("Condition/{}", made["id"].as_str().unwrap()));
        Ok(())
    }

    async fn update(&self, path: &str) -> Result<(), Unknown> {
        let body = changed(path);
        self.send(Method::PUT, &format!("/fhir/{path}"), &self.application, body).await.map(drop)
    }

    /// Changes what is and makes something new, in two vaults.
    async fn amend(&self, patient: &str, path: &str) -> Result<(), Unknown> {
        let put = json!({"resource": changed(path), "request": {"method": "PUT", "url": path}});
        let made = self.bundle(vec![put, post(1, related(patient))]).await?;
        self.shared.add(made[1].clone());
        Ok(())
    }

    async fn transact(&self, patient: &str) -> Result<(), Unknown> {
        let entries = [condition(patient), device(patient), related(patient)];
        let entries = entries.into_iter().enumerate().map(|(index, one)| post(index, one)).collect();
        self.bundle(entries).await?.into_iter().for_each(|path| self.shared.add(path));
        Ok(())
    }

    async fn register(&self) -> Result<(String, String), Unknown> {
        let of = "urn:uuid:00000000-0000-4000-8000-000000000000";
        let patient = json!({"resourceType": "Patient", "name": [{"family": "Kill"}]});
        let entries = [patient, condition(of), device(of), related(of)];
        let entries = entries.into_iter().enumerate().map(|(index, one)| post(index, one)).collect();
        let mut made = self.bundle(entries).await?;
        made.drain(2..).for_each(|path| self.shared.add(path));
        let own = made.remove(1);
        Ok((made.remove(0), own))
    }

    async fn erase(&self, patient: &str) -> Result<(), Unknown> {
        self.send(Method::POST, &format!("/fhir/{patient}/$erase"), &self.officer, json!({})).await.map(drop)
    }

    async fn bundle(&self, entry: Vec<Value>) -> Result<Vec<String>, Unknown> {
        let body = json!({"resourceType": "Bundle", "type": "transaction", "entry": entry});
        let done = self.send(Method::POST, "/fhir", &self.application, body).await?;
        let entries = done["entry"].as_array().unwrap().iter();
        let locations = entries.map(|entry| entry["response"]["location"].as_str().unwrap());
        Ok(locations.map(|location| location.split("/_history").next().unwrap().to_owned()).collect())
    }

    async fn send(&self, method: Method, path: &str, token: &str, body: Value) -> Result<Value, Unknown> {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        let request = request.header("content-type", "application/fhir+json").body(body.to_string());
        let answer = request.send().await.map_err(|_| Unknown)?;
        let (status, text) = (answer.status(), answer.text().await.map_err(|_| Unknown)?);
        match status {
            StatusCode::OK | StatusCode::CREATED => Ok(serde_json::from_str(&text).unwrap()),
            StatusCode::SERVICE_UNAVAILABLE => Err(Unknown),
            other => panic!("{path}: {other} {text}"),
        }
    }
}

fn condition(patient: &str) -> Value {
    json!({"resourceType": "Condition", "subject": {"reference": patient}, "code": {"text": "as it was"}})
}

fn changed(path: &str) -> Value {
    let (kind, id) = path.split_once('/').unwrap();
    let patient = format!("Patient/{}", id.split('-').next().unwrap());
    json!({"resourceType": kind, "id": id, "subject": {"reference": patient}, "code": {"text": "changed"}})
}

fn device(patient: &str) -> Value {
    json!({"resourceType": "Device", "patient": {"reference": patient}})
}

fn related(patient: &str) -> Value {
    json!({"resourceType": "RelatedPerson", "patient": {"reference": patient}})
}

fn post(index: usize, resource: Value) -> Value {
    json!({"fullUrl": format!("urn:uuid:00000000-0000-4000-8000-{index:012}"), "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]}})
}
