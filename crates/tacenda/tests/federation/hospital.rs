//! The hospital's provider, running, and somebody's browser there.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use reqwest::{Client, StatusCode, Url, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::OnceCell,
};

const PACKAGE: &str = "oidc-provider@9.13.3";
pub(crate) const SECRET: &str = "what-only-the-hospital-and-tacenda-know";
const VIEWER_SECRET: &str = "what-only-the-hospital-and-the-viewer-know";
const VIEWER: &str = "http://127.0.0.1:9/viewer";
pub(crate) const AUDIENCE: &str = "https://tacenda.example/fhir";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

static INSTALLED: OnceCell<Option<PathBuf>> = OnceCell::const_new();

/// Where the package is; none where npm cannot install it.
async fn installed() -> Option<&'static PathBuf> {
    INSTALLED.get_or_init(install).await.as_ref()
}

async fn install() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("federation-provider");
    let done = folder.join("installed");
    if done.exists() {
        return Some(folder);
    }
    std::fs::create_dir_all(&folder).unwrap();
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
        .arg(&folder)
        .arg(PACKAGE)
        .stdin(Stdio::null())
        .output()
        .await;
    match npm {
        Ok(output) if output.status.success() => {
            std::fs::write(done, "").unwrap();
            Some(folder)
        }
        _ => {
            eprintln!("left out: npm cannot install {PACKAGE} here");
            None
        }
    }
}

pub(crate) struct Hospital {
    pub(crate) issuer: String,
    client: Client,
    /// Ends when its standard input does, so also with the test.
    _process: Child,
}

impl Hospital {
    /// A provider that knows some people and the Tacenda at this address.
    pub(crate) async fn start(origin: &str) -> Option<Self> {
        let packages = installed().await?;
        let person = |name: &str, email: &str, roles: Value, amr: Value| {
            json!({ "password": format!("pw of {email}"), "roles": roles, "amr": amr,
                "claims": { "name": name, "email": email, "email_verified": true } })
        };
        let (two, one) = (json!(["pwd", "otp"]), json!(["pwd"]));
        let configuration = json!({
            "packages": packages,
            "audience": AUDIENCE,
            "people": {
                "anna": person("Anna Bianchi", "anna@hospital.example", json!(["dottore", "staff"]), two.clone()),
                "ugo": person("Ugo Neri", "ugo@hospital.example", json!(["unimi"]), one),
                "eva": person("Eva Blu", "eva@hospital.example", json!(["dottore", "unimi"]), two.clone()),
                "max": person("Max Rossi", "max@hospital.example", json!(["administrator"]), two),
            },
            "clients": [
                { "client_id": "tacenda", "client_secret": SECRET,
                  "redirect_uris": [format!("{origin}/sign-in/from/hospital")],
                  "backchannel_logout_uri": format!("{origin}/oauth/backchannel-logout/hospital"),
                  "backchannel_logout_session_required": true },
                { "client_id": "viewer", "client_secret": VIEWER_SECRET, "redirect_uris": [VIEWER] },
            ],
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/federation/provider.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .arg(configuration.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut issuer).await.unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://127.0.0.1:"), "the provider did not start: {issuer}");
        Some(Self { issuer, client: Client::new(), _process: process })
    }

    /// What the test asks of the provider behind its back.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> String {
        let request = self.client.post(format!("{}/test/{path}", self.issuer)).body(body.to_string());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// A token that the provider signs, or that is signed as nobody should.
    pub(crate) async fn sign(&self, how: &str, claims: Value) -> String {
        self.ask("sign", json!({ "how": how, "typ": "JWT", "claims": claims })).await
    }

    /// An access token for the API, as an application of the hospital gets it for somebody.
    pub(crate) async fn access_token(&self, person: &str, scope: &str) -> String {
        let browser = Browser::new();
        let mut url = Url::parse(&format!("{}/auth", self.issuer)).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", "viewer"),
            ("redirect_uri", VIEWER),
            ("scope", scope),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let back = browser.log_in(url.as_str(), person).await;
        let code = parameter(&back, "code").unwrap();
        let form = form(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", VIEWER),
            ("code_verifier", VERIFIER),
        ]);
        let request = self.client.post(format!("{}/token", self.issuer));
        let request = request.basic_auth("viewer", Some(VIEWER_SECRET));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// Somebody's browser, with its cookies.
pub(crate) struct Browser(pub(crate) Client);

impl Browser {
    pub(crate) fn new() -> Self {
        Self(Client::builder().cookie_store(true).redirect(Policy::none()).build().unwrap())
    }

    /// Follows a sign-in from its first page to where the provider sends the browser back; fills the form in on the way.
    pub(crate) async fn log_in(&self, url: &str, person: &str) -> String {
        self.log_in_with(url, person, &format!("pw of {person}@hospital.example")).await
    }

    pub(crate) async fn log_in_with(&self, url: &str, person: &str, password: &str) -> String {
        let provider = Url::parse(url).unwrap().origin();
        let mut at = url.to_owned();
        for _ in 0..8 {
            if Url::parse(&at).unwrap().origin() != provider {
                return at;
            }
            let page = self.0.get(&at).send().await.unwrap();
            at = match page.status() {
                StatusCode::OK => self.send_form(&at, page.text().await.unwrap(), person, password).await,
                _ => location(&page),
            };
        }
        panic!("the provider sends the browser around");
    }

    async fn send_form(&self, at: &str, page: String, person: &str, password: &str) -> String {
        let action = page.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let url = Url::parse(at).unwrap().join(action).unwrap();
        let sent = form(&[("user", person), ("password", password)]);
        let request = self.0.post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        location(&request.body(sent).send().await.unwrap())
    }
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://form").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap().to_owned()
}

/// A parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Where an answer leads.
pub(crate) fn location(answer: &reqwest::Response) -> String {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.unwrap_or_else(|| panic!("{} leads nowhere", answer.status()));
    answer.url().join(location).unwrap().to_string()
}
