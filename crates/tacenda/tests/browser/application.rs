//! An application that sends its people to sign in here, and listens for their browsers to come back.

use std::sync::{Arc, Mutex};

use reqwest::{Client, Url};
use serde_json::Value;
use tacenda_accounts::{AccountKind, Author, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_kernel::{Language, Role, Secret};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    bed::{Bed, trace},
    browser::until_some,
};

const CLIENT: &str = "charts";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B: the challenge of this verifier.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Application {
    /// Where its own page is, with a link to the server.
    pub(crate) home: String,
    back: String,
    token_endpoint: String,
    secret: Secret<String>,
    arrived: Arc<Mutex<Vec<String>>>,
}

impl Application {
    /// Registers it with a secret, and listens.
    pub(crate) async fn start(bed: &Bed) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let home = format!("http://{}", listener.local_addr().unwrap());
        let back = format!("{home}/back");
        let accounts = &bed.system.accounts;
        let new = NewAccount {
            kind: AccountKind::Application,
            display_name: Secret::new("Growth charts".to_owned()),
            email: None,
            language: Language::English,
            patient: None,
            roles: vec![RoleGrant::lasting(Role::Application)],
        };
        let account = accounts.create_account(&Author::Operator, new, trace()).await.unwrap();
        let client = NewClient::for_people(CLIENT, Credential::Secret, &[&back], &["openid", "profile"]);
        let secret = accounts.register_client(&Author::Operator, account, client, trace()).await.unwrap();
        let arrived: Arc<Mutex<Vec<String>>> = Arc::default();
        let asks = asks(&format!("{}/oauth/authorize", bed.system.origin), &back);
        tokio::spawn(listen(listener, asks, Arc::clone(&arrived)));
        let token_endpoint = format!("{}/oauth/token", bed.system.origin);
        Self { home, back, token_endpoint, secret: secret.unwrap(), arrived }
    }

    /// The code with which the next browser came.
    pub(crate) async fn code(&self) -> String {
        let arrived = || self.arrived.lock().unwrap().pop();
        let target = until_some("the browser at the application", async || arrived()).await;
        let url = Url::parse(&self.home).unwrap().join(&target).unwrap();
        let field = |name: &str| {
            url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
        };
        assert_eq!(field("state").as_deref(), Some("what & only / I know"), "{target}");
        field("code").unwrap_or_else(|| panic!("{target}"))
    }

    /// Exchanges the code for tokens.
    pub(crate) async fn redeem(&self, code: &str) -> Value {
        // The server's certificate is of an authority of its own.
        let client = Client::builder().danger_accept_invalid_certs(true).build().unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.back),
            ("code_verifier", VERIFIER),
        ];
        let body = Url::parse_with_params(&self.home, fields).unwrap().query().unwrap().to_owned();
        let request = client.post(&self.token_endpoint).basic_auth(CLIENT, Some(self.secret.expose()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.unwrap().json().await.unwrap()
    }
}

fn asks(endpoint: &str, back: &str) -> String {
    let fields = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", back),
        ("scope", "openid profile"),
        ("state", "what & only / I know"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    Url::parse_with_params(endpoint, fields).unwrap().to_string()
}

async fn listen(listener: TcpListener, asks: String, arrived: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, asks.clone(), Arc::clone(&arrived)));
    }
}

async fn answer(mut stream: TcpStream, asks: String, arrived: Arc<Mutex<Vec<String>>>) {
    let mut request = vec![0; 16 << 10];
    let length = stream.read(&mut request).await.unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let heading = if target.starts_with("/back?") { "Back at the application" } else { "An application" };
    if target.starts_with("/back?") {
        arrived.lock().unwrap().push(target);
    }
    let link = asks.replace('&', "&amp;");
    let page = format!("<!doctype html><h1>{heading}</h1><a id=\"go\" href=\"{link}\">Sign in</a>");
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}", page.len());
    let _ = stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n{page}").as_bytes()).await;
}
