//! A whole system with a hospital's provider, for one test.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tacenda::{
    databases::{Databases, PREFIX},
    demo::{accounts::DemoAccounts, seed},
    system::{System, SystemParts},
};
use tacenda_accounts::{AccountRules, Provider, ProviderApi, ProviderCredential, SecondFactor};
use tacenda_contracts::{
    accounts::sign_in::{Session, SessionToken, SignIn as _, Visit},
    entry::{Entry, EntrySubject},
    keystore::{PermitRequest, Subject},
};
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_gateway::{Listener, serve, with_pages};
use tacenda_kernel::{
    Action, Clock, CompartmentSet, Language, Purpose, Role, Secret, Service, SystemClock, TraceId,
};
use tacenda_postgres::Cluster;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::hospital::{AUDIENCE, Browser, Hospital, SECRET, location};

pub(crate) struct Bed {
    pub(crate) hospital: Hospital,
    pub(crate) system: Arc<System>,
    pub(crate) demo: DemoAccounts,
    pub(crate) clock: MovedClock,
    pub(crate) origin: String,
    client: Client,
    cluster: Cluster,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

/// This machine's clock, by which the hospital goes as well, moved on by as much as a test wants.
#[derive(Clone, Default)]
pub(crate) struct MovedClock(Arc<AtomicI64>);

impl MovedClock {
    pub(crate) fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// Somebody who came back signed in.
pub(crate) struct Arrived {
    /// Where the browser goes next.
    pub(crate) next: String,
    /// What its session cookie holds.
    pub(crate) token: SessionToken,
}

impl Bed {
    pub(crate) async fn start() -> Option<Self> {
        let listener = Listener::plain("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let origin = format!("http://{}", listener.address().unwrap());
        let hospital = Hospital::start(&origin).await?;
        let (cluster, folder) = (Cluster::start_temporary().await.unwrap(), tempfile::tempdir().unwrap());
        let clock = MovedClock::default();
        let databases = Databases::in_cluster(&cluster, PREFIX).await.unwrap();
        let root = RootKey::make(&SystemRandom);
        tacenda::keys::make_first(&databases, &root, &clock, &SystemRandom).await.unwrap();
        let parts = SystemParts {
            databases,
            root,
            origin: origin.clone(),
            witness: folder.path().join("witness"),
            rules: AccountRules::default(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        };
        let system = Arc::new(System::open_with(parts, vec![provider(&hospital.issuer)]).await.unwrap());
        let demo = DemoAccounts::make(&system.accounts, &SystemRandom, &origin).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, with_pages(system.edge(), system.pages()), stopped));
        let client = Client::new();
        Some(Self { hospital, system, demo, clock, origin, client, cluster, stop, _folder: folder })
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(true);
        self.cluster.stop().await;
    }

    /// Follows the button of the sign-in page: the URL at the hospital.
    pub(crate) async fn depart(&self, browser: &Browser) -> String {
        let page = browser.0.get(format!("{}/sign-in?next=/account", self.origin)).send().await.unwrap();
        let page = page.text().await.unwrap();
        let mut links = page.split("href=\"").map(|rest| rest.split('"').next().unwrap());
        let href = links.find(|href| href.starts_with("/sign-in/with/hospital")).unwrap();
        assert!(page.contains("Sign in with Ospedale"), "{page}");
        location(&browser.0.get(format!("{}{href}", self.origin)).send().await.unwrap())
    }

    /// Follows the way back. What is no way on is a page that says why not.
    pub(crate) async fn arrive(&self, browser: &Browser, url: &str) -> Result<Arrived, StatusCode> {
        assert!(url.starts_with(&format!("{}/sign-in/from/hospital?", self.origin)), "{url}");
        let answer = browser.0.get(url).send().await.unwrap();
        let session = answer.cookies().find(|cookie| cookie.name() == "session");
        let session = session.map(|cookie| cookie.value().to_owned());
        if answer.status() != StatusCode::SEE_OTHER {
            assert_eq!(session, None, "nobody is signed in");
            let status = answer.status();
            let page = answer.text().await.unwrap();
            assert!(page.contains("<h1"), "{page}");
            return Err(status);
        }
        let next = location(&answer).strip_prefix(&self.origin).unwrap().to_owned();
        Ok(Arrived { next, token: Secret::new(session.unwrap()) })
    }

    /// Somebody signs in, from the first page to the last.
    pub(crate) async fn sign_in(&self, browser: &Browser, person: &str) -> Result<Arrived, StatusCode> {
        let away = self.depart(browser).await;
        let back = browser.log_in(&away, person).await;
        self.arrive(browser, &back).await
    }

    /// The session of somebody who signed in; none where it is over.
    pub(crate) async fn session(&self, arrived: &Arrived) -> Option<Session> {
        self.system.accounts.session(&arrived.token, &visit()).await.ok()
    }

    /// What the API answers to a token.
    pub(crate) async fn api(&self, token: &str) -> StatusCode {
        let request = self.client.get(format!("{}/fhir/Patient", self.origin)).bearer_auth(token);
        request.send().await.unwrap().status()
    }

    /// Claims of an access token of Anna's that is good.
    pub(crate) fn access_claims(&self) -> Value {
        let now = SystemClock.now().as_second();
        json!({ "iss": self.hospital.issuer, "sub": "anna", "aud": AUDIENCE, "azp": "viewer", "iat": now,
            "exp": now + 300, "amr": ["otp"], "realm_access": { "roles": ["dottore"] } })
    }

    /// Does something in the database of accounts as its administrator.
    pub(crate) async fn sql(&self, statement: &str) {
        let admin = self.cluster.admin_endpoint("tacenda_accounts").connect().await.unwrap();
        admin.batch_execute(statement).await.unwrap();
    }

    /// Everything in the ledger that concerns nobody's record.
    pub(crate) async fn ledger(&self) -> Vec<Entry> {
        let officer = seed::caller(&self.system, &self.demo, Role::SecurityOfficer, Purpose::Compliance);
        let officer = officer.await.unwrap();
        let request = PermitRequest {
            token: officer.token,
            action: Action::Audit,
            purpose: officer.purpose,
            subject: Subject::Nobody,
            compartments: CompartmentSet::default(),
            context: officer.context,
        };
        let permit = self.system.keystore.permit(&request).await.unwrap();
        let keys = self.system.keystore.audit_key(&permit, None).await.unwrap();
        let stored = self.system.ledger.entries(0, 500).await.unwrap();
        let entries = stored.into_iter().map(|stored| stored.entry);
        let own = entries.filter(|entry| entry.subject == EntrySubject::Nobody(Service::Accounts));
        own.map(|entry| entry.open(keys.of(entry.subject).unwrap()).unwrap()).collect()
    }

    /// The reason of the last refusal.
    pub(crate) async fn last_refusal(&self) -> String {
        let entries = self.ledger().await;
        let last = entries.iter().rev().find(|entry| entry.reason.is_some()).unwrap();
        assert!(last.said().contains(&"provider/hospital".to_owned()), "{last:?}");
        last.reason.clone().unwrap()
    }
}

fn provider(issuer: &str) -> Provider {
    let roles = [("dottore", Role::Clinician), ("unimi", Role::Researcher)];
    Provider {
        id: "hospital".to_owned(),
        name: "Ospedale".to_owned(),
        issuer: issuer.to_owned(),
        client_id: "tacenda".to_owned(),
        credential: ProviderCredential::Secret(Secret::new(SECRET.to_owned())),
        scopes: vec!["profile".to_owned(), "email".to_owned()],
        role_claim: "realm_access.roles".to_owned(),
        roles: BTreeMap::from(roles.map(|(name, role)| (name.to_owned(), role))),
        second_factor: SecondFactor { acr: Vec::new(), amr: vec!["otp".to_owned()] },
        new_accounts: Some(Language::Italian),
        api: Some(ProviderApi { audience: AUDIENCE.to_owned(), clients: vec!["viewer".to_owned()] }),
    }
}

pub(crate) fn visit() -> Visit {
    Visit {
        network: "192.0.2.7".parse().ok(),
        agent: "a browser".to_owned(),
        device: None,
        trace: TraceId::make(&SystemRandom),
    }
}
