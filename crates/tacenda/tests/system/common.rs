//! A whole system for one test: its own PostgreSQL, its own data folder, its own port.

use std::{net::SocketAddr, sync::Arc};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tacenda::{
    databases::{Databases, PREFIX},
    demo::accounts::DemoAccounts,
    system::{System, SystemParts},
};
use tacenda_accounts::{AccountKind, Author, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_contracts::keystore::{Grant, GrantKind};
use tacenda_crypto::{MasterKey, RootKey, SystemRandom};
use tacenda_gateway::{Listener, serve, with_pages};
use tacenda_kernel::{ActorId, Clock, Language, Purpose, Role, Secret, SystemClock, TraceId};
use tacenda_postgres::Cluster;
use tempfile::TempDir;
use tokio::sync::watch;

/// The public URL of every test system.
pub(crate) const ORIGIN: &str = "https://tacenda.test";

pub(crate) struct TestSystem {
    pub(crate) system: Arc<System>,
    pub(crate) accounts: DemoAccounts,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) folder: TempDir,
    pub(crate) root: RootKey,
    pub(crate) keys: MasterKey,
    address: SocketAddr,
    client: Client,
    stop: watch::Sender<bool>,
}

impl TestSystem {
    pub(crate) async fn start() -> Self {
        let cluster = Arc::new(Cluster::start_temporary().await.unwrap());
        Self::on(cluster, tempfile::tempdir().unwrap(), RootKey::make(&SystemRandom), None).await
    }

    /// A system whose time a test sets.
    pub(crate) async fn start_by(clock: Arc<dyn Clock>) -> Self {
        let cluster = Arc::new(Cluster::start_temporary().await.unwrap());
        let root = RootKey::make(&SystemRandom);
        Self::on_by(cluster, tempfile::tempdir().unwrap(), root, None, clock).await
    }

    /// A system on a cluster that may have data, with the accounts it had.
    pub(crate) async fn on(
        cluster: Arc<Cluster>,
        folder: TempDir,
        root: RootKey,
        accounts: Option<DemoAccounts>,
    ) -> Self {
        Self::on_by(cluster, folder, root, accounts, Arc::new(SystemClock)).await
    }

    async fn on_by(
        cluster: Arc<Cluster>,
        folder: TempDir,
        root: RootKey,
        accounts: Option<DemoAccounts>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let databases = Databases::in_cluster(&cluster, PREFIX).await.unwrap();
        tacenda::keys::make_first(&databases, &root, clock.as_ref(), &SystemRandom).await.unwrap();
        let keys = tacenda::keys::unseal(&databases, &root).await.unwrap();
        let system = System::open(SystemParts {
            databases,
            root: root.clone(),
            origin: ORIGIN.to_owned(),
            witness: folder.path().join("witness"),
            rules: tacenda_accounts::AccountRules::default(),
            clock,
            random: Arc::new(SystemRandom),
        });
        let system = Arc::new(system.await.unwrap());
        let accounts = match accounts {
            Some(accounts) => accounts,
            None => DemoAccounts::make(&system.accounts, &SystemRandom, ORIGIN).await.unwrap(),
        };
        let listener = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.address().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, with_pages(system.edge(), system.pages()), stopped));
        Self { system, accounts, cluster, folder, root, keys, address, client: Client::new(), stop }
    }

    /// The same system in another process, as a command beside the server.
    pub(crate) async fn beside(&self) -> System {
        let parts = SystemParts {
            databases: self.system.databases.clone(),
            root: self.root.clone(),
            origin: ORIGIN.to_owned(),
            witness: self.folder.path().join("witness"),
            rules: tacenda_accounts::AccountRules::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        System::open(parts).await.unwrap()
    }

    /// Ends serving and PostgreSQL.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        self.cluster.stop().await;
    }

    pub(crate) async fn token(&self, role: Role) -> String {
        let token = self.accounts.token(&self.system.accounts, &SystemRandom, role).await.unwrap();
        token.expose().clone()
    }

    /// Where a path is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request as nobody.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A request as somebody of a role.
    pub(crate) async fn request_as(&self, role: Role, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(self.token(role).await)
    }

    pub(crate) async fn get(&self, role: Role, path: &str) -> (StatusCode, Value) {
        answer(self.request_as(role, Method::GET, path).await.send().await.unwrap()).await
    }

    /// Sends FHIR JSON.
    pub(crate) async fn send(
        &self,
        role: Role,
        method: Method,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let request = self.request_as(role, method, path).await;
        let request = request.header("content-type", "application/fhir+json").body(body.to_string());
        answer(request.send().await.unwrap()).await
    }

    /// Enrols a patient by a transaction of the application; the ids of everything in it, in its order, `Type/id`.
    pub(crate) async fn enrol(&self, bundle: &Value) -> Vec<String> {
        let (status, done) = self.send(Role::Application, Method::POST, "/fhir", bundle).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        let locations = done["entry"].as_array().unwrap().iter();
        let locations = locations.map(|entry| entry["response"]["location"].as_str().unwrap());
        locations.map(|location| location.split("/_history").next().unwrap().to_owned()).collect()
    }

    /// Gives an actor of a role a relation to a patient, for a day.
    pub(crate) async fn grant(&self, patient: &str, kind: GrantKind, role: Option<Role>, purpose: Purpose) {
        let caller = tacenda::demo::seed::importer(&self.system, &self.accounts).await.unwrap();
        let actor = role.map(|role| self.accounts.of(role).unwrap());
        let until = SystemClock.now() + jiff::SignedDuration::from_hours(24);
        let id = patient.strip_prefix("Patient/").unwrap_or(patient);
        self.system.records.grant(&caller, id, Grant { kind, actor, purpose, until }).await.unwrap();
    }

    /// Registers a public application that people let in, for patients' records.
    pub(crate) async fn application(&self, client_id: &str, redirect_uris: &[&str]) -> ActorId {
        let (accounts, trace) = (&self.system.accounts, TraceId::make(&SystemRandom));
        let new = NewAccount {
            kind: AccountKind::Application,
            display_name: Secret::new("An application".to_owned()),
            email: None,
            language: Language::English,
            patient: None,
            roles: vec![RoleGrant::lasting(Role::Application)],
        };
        let account = accounts.create_account(&Author::Operator, new, trace).await.unwrap();
        let scopes = ["launch/patient", "patient/*.rs"];
        let client = NewClient::for_people(client_id, Credential::None, redirect_uris, &scopes);
        accounts.register_client(&Author::Operator, account, client, trace).await.unwrap();
        account
    }

    /// The clinician's care relationship with a patient.
    pub(crate) async fn care(&self, patient: &str) {
        self.grant(patient, GrantKind::Care, Some(Role::Clinician), Purpose::Treatment).await;
    }
}

pub(crate) async fn answer(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
