//! A whole system for one story: its own PostgreSQL, its own certificate, its own mailbox, and a browser.

use std::sync::Arc;

use tacenda::{
    databases::{Databases, PREFIX},
    system::{System, SystemParts},
    tls::make_demo_certificate,
    upkeep,
};
use tacenda_accounts::{AccountKind, Author, NewAccount, RoleGrant};
use tacenda_crypto::{RootKey, SystemRandom};
use tacenda_gateway::{Listener, serve, with_pages};
use tacenda_kernel::{ActorId, Language, Role, Secret, SystemClock, TraceId};
use tacenda_postgres::Cluster;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::{browser::Browser, mail::Mailbox};

/// Long enough for every role, and in no list of passwords.
pub(crate) const PASSWORD: &str = "violet anchor pepper mosaic 41";

pub(crate) struct Bed {
    pub(crate) system: Arc<System>,
    pub(crate) browser: Browser,
    pub(crate) mailbox: Mailbox,
    cluster: Cluster,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl Bed {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tls = make_demo_certificate(&folder.path().join("tls")).unwrap();
        let tls = tls.certificates().unwrap().server_config().unwrap();
        let listener = Listener::tls("127.0.0.1:0".parse().unwrap(), tls).await.unwrap();
        let origin = format!("https://localhost:{}", listener.address().unwrap().port());
        let cluster = Cluster::start_temporary().await.unwrap();
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
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(serve(listener, with_pages(system.edge(), system.pages()), stopped.clone()));
        let mailbox = Mailbox::open().await;
        let (_, way) = watch::channel(Arc::new(mailbox.post(&origin)));
        tokio::spawn(upkeep::send_mail(Arc::clone(&system), way, stopped));
        let browser = Browser::start(&origin).await;
        browser.plug_in_authenticator().await;
        Self { system, browser, mailbox, cluster, stop, _folder: folder }
    }

    pub(crate) async fn stop(self) {
        self.browser.stop().await;
        let _ = self.stop.send(true);
        self.cluster.stop().await;
    }

    /// Somebody of a role with a password, `<role>@tacenda.test`.
    pub(crate) async fn person(&self, role: Role, name: &str) -> ActorId {
        let (accounts, operator) = (&self.system.accounts, Author::Operator);
        let new = NewAccount {
            kind: AccountKind::Person,
            display_name: Secret::new(name.to_owned()),
            email: Some(Secret::new(address(role))),
            language: Language::English,
            patient: None,
            roles: vec![RoleGrant::lasting(role)],
        };
        let id = accounts.create_account(&operator, new, trace()).await.unwrap();
        let password = Secret::new(PASSWORD.to_owned());
        accounts.set_password(&operator, id, &password, trace()).await.unwrap();
        id
    }

    /// From the sign-in page to what comes after the password.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) {
        self.browser.open("/sign-in").await;
        self.browser.see("Sign in").await;
        self.browser.fill("email", email).await;
        self.browser.fill("password", password).await;
        self.browser.send("/sign-in").await;
    }

    /// Enrols the authenticator app that is owed; its secret and the recovery codes.
    pub(crate) async fn enrol_app(&self) -> (String, Vec<String>) {
        let browser = &self.browser;
        browser.see("Set up your second step").await;
        browser.press("a[href^='/account/factors/totp']").await;
        browser.see("Set up an authenticator app").await;
        let secret = browser.text(".key code").await;
        browser.fill("code", &crate::one_time_code::code(&secret, 0)).await;
        browser.send("/account/factors/totp").await;
        browser.see("Your recovery codes").await;
        let codes = browser.texts(".codes code").await;
        browser.press("main a.button").await;
        (secret, codes)
    }

    /// Enrols the passkey that is owed.
    pub(crate) async fn enrol_passkey(&self) {
        let browser = &self.browser;
        browser.see("Set up your second step").await;
        browser.press("a[href^='/account/factors/passkey']").await;
        browser.see("Add a passkey").await;
        browser.fill("name", "Work laptop").await;
        browser.send("/account/factors/passkey").await;
        browser.see("Your recovery codes").await;
        browser.press("main a.button").await;
    }

    pub(crate) async fn sign_out(&self) {
        self.browser.send("/sign-out").await;
        self.browser.see("Sign in").await;
    }
}

pub(crate) fn address(role: Role) -> String {
    format!("{role}@tacenda.test")
}

pub(crate) fn trace() -> TraceId {
    TraceId::make(&SystemRandom)
}
