//! A whole system at an address of its own, with the demo's people and a few of its patients.

use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tacenda::{
    databases::{Databases, PREFIX},
    demo::{accounts::DemoAccounts, seed::seed},
    system::{System, SystemParts},
};
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_gateway::{Listener, serve, with_pages};
use tacenda_kernel::{Role, SystemClock};
use tacenda_postgres::Cluster;
use tempfile::TempDir;
use tokio::sync::watch;

pub(crate) struct Bed {
    pub(crate) origin: String,
    pub(crate) system: Arc<System>,
    pub(crate) demo: DemoAccounts,
    client: Client,
    cluster: Cluster,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl Bed {
    pub(crate) async fn start() -> Self {
        let (cluster, folder) = (Cluster::start_temporary().await.unwrap(), tempfile::tempdir().unwrap());
        let listener = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let origin = format!("http://{}", listener.address().unwrap());
        let databases = Databases::in_cluster(&cluster, PREFIX).await.unwrap();
        let root = RootKey::make(&SystemRandom);
        tacenda::keys::make_first(&databases, &root, &SystemClock, &SystemRandom).await.unwrap();
        let system = System::open(SystemParts {
            databases,
            root,
            origin: origin.clone(),
            witness: folder.path().join("witness"),
            rules: tacenda_accounts::AccountRules::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        });
        let system = Arc::new(system.await.unwrap());
        let mut demo = DemoAccounts::make(&system.accounts, &SystemRandom, &origin).await.unwrap();
        seed(&system, &mut demo, 2, |_| {}).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, with_pages(system.edge(), system.pages()), stopped));
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { origin, system, demo, client, cluster, stop, _folder: folder }
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        self.cluster.stop().await;
    }

    /// A clinician's access token. It lasts five minutes.
    pub(crate) async fn token(&self) -> String {
        let token = self.demo.token(&self.system.accounts, &SystemRandom, Role::Clinician).await.unwrap();
        token.expose().clone()
    }

    /// A request as nobody.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin))
    }

    /// What the clinician reads at a path.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).bearer_auth(self.token().await).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// The OpenAPI document as it is served.
    pub(crate) async fn document(&self) -> Value {
        self.get("/docs/openapi.json").await
    }
}
