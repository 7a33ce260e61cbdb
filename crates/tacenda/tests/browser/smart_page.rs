//! A SMART application that lives in a page of another origin: npm's `fhirclient` as it comes, and nothing of ours on its
//! side but two short pages.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use axum::{Router, response::Html, routing::get};
use tacenda::demo::{accounts::DemoAccounts, seed::seed};
use tacenda_accounts::{AccountKind, Author, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Language, Role, Secret};
use tokio::net::TcpListener;

use crate::{
    bed::{Bed, PASSWORD, trace},
    browser::there_is_none,
};

const PACKAGE: &str = "fhirclient@2.6.3";
const CLIENT: &str = "growth-page";
const SCOPES: [&str; 4] = ["launch/patient", "openid", "fhirUser", "patient/*.rs"];

/// The library, as it is published for pages; none where npm cannot get it.
fn library() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("smart-page");
    let built = folder.join("package/build/fhir-client.min.js");
    if !built.exists() && !fetched(&folder) {
        return None;
    }
    Some(std::fs::read_to_string(built).unwrap())
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests must know what was left out")]
fn fetched(folder: &Path) -> bool {
    std::fs::create_dir_all(folder).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let command = Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).output();
        command.is_ok_and(|done| done.status.success())
    };
    let there = run("npm", &["pack", "--silent", PACKAGE])
        && run("tar", &["-xzf", &format!("{}.tgz", PACKAGE.replace('@', "-"))]);
    if !there {
        eprintln!("LEFT OUT: npm cannot get {PACKAGE} here");
    }
    there
}

/// The application's own server: a page that begins, and one that its user comes back to.
async fn serve(library: String, base: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let page = |script: &str| {
        Html(format!(
            "<!doctype html><title>Growth</title><h1>Growth</h1><script src=/fhir-client.js></script>\
             <script>const say = (text) => document.querySelector('h1').textContent = text;{script}</script>"
        ))
    };
    let begins = page(&format!(
        "FHIR.oauth2.authorize({{clientId: '{CLIENT}', scope: '{}', redirectUri: '/back', iss: '{base}'}})\
         .catch((error) => say(`Failed: ${{error.message}}`));",
        SCOPES.join(" "),
    ));
    let comes_back = page(
        "FHIR.oauth2.ready().then(async (client) => { window.client = client; \
         const patient = await client.patient.read(); say(`Hello ${patient.birthDate}`); })\
         .catch((error) => say(`Failed: ${error.message}`));",
    );
    let script = ([("content-type", "text/javascript")], library);
    let router = Router::new()
        .route("/", get(async || begins))
        .route("/back", get(async || comes_back))
        .route("/fhir-client.js", get(async || script));
    tokio::spawn(async { axum::serve(listener, router).await });
    origin
}

/// A patient with records and a password; and an application at the origin that they may let in.
async fn prepare(bed: &Bed, origin: &str) {
    let accounts = &bed.system.accounts;
    let mut demo = DemoAccounts::make(accounts, &SystemRandom, &bed.system.origin).await.unwrap();
    seed(&bed.system, &mut demo, 2, |_| {}).await.unwrap();
    let (patient, password) = (demo.of(Role::Patient).unwrap(), Secret::new(PASSWORD.to_owned()));
    accounts.set_password(&Author::Operator, patient, &password, trace()).await.unwrap();
    let new = NewAccount {
        kind: AccountKind::Application,
        display_name: Secret::new("Growth page".to_owned()),
        email: None,
        language: Language::English,
        patient: None,
        roles: vec![RoleGrant::lasting(Role::Application)],
    };
    let account = accounts.create_account(&Author::Operator, new, trace()).await.unwrap();
    let back = format!("{origin}/back");
    let client = NewClient::for_people(CLIENT, Credential::None, &[&back], &SCOPES);
    accounts.register_client(&Author::Operator, account, client, trace()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_signs_in_and_reads() {
    if there_is_none() {
        return;
    }
    let Some(library) = library() else { return };
    let bed = Bed::start().await;
    let (browser, base) = (&bed.browser, format!("{}/fhir", bed.system.origin));
    let origin = serve(library, base.clone()).await;
    prepare(&bed, &origin).await;
    browser.open_elsewhere(&origin).await;
    browser.see("Sign in").await;
    browser.fill("email", "patient@demo.example").await;
    browser.fill("password", PASSWORD).await;
    browser.send("/sign-in").await;
    browser.see("Growth page asks for access").await;
    browser.press("button[value='allow']").await;
    browser.see("Hello ").await;
    // It reads headers, searches, hears in FHIR's words why it is refused, and what is not for it at all.
    let said = browser.run_and_wait(READS, vec![base.clone().into()]).await;
    assert!(said["found"].as_u64().is_some_and(|found| found > 0), "{said}");
    assert_eq!(said["etag"], "W/\"1\"", "{said}");
    assert_eq!(said["refused"], "OperationOutcome", "{said}");
    assert_eq!(said["unknown"], 404, "{said}");
    assert_eq!(said["introspect"], "TypeError", "{said}");
    // Nothing was registered for another origin: its pages read what is public and nothing else.
    let elsewhere = serve(String::new(), base.clone()).await.replace("localhost", "127.0.0.1");
    browser.open_elsewhere(&format!("{elsewhere}/back")).await;
    let said = browser.run_and_wait(STRANGE, vec![base.into()]).await;
    assert_eq!(said, serde_json::json!({"metadata": 200, "read": "TypeError", "token": "TypeError"}));
    bed.stop().await;
}

/// What the page does with its token, by the browser's own `fetch`.
const READS: &str = "const [base, done] = arguments; (async () => { \
    const token = client.state.tokenResponse.access_token, id = client.patient.id; \
    const ask = (path, more) => fetch(base + path, {headers: {authorization: `Bearer ${token}`, ...more}}); \
    const patient = await ask(`/Patient/${id}`, {'if-none-match': 'W/\"999\"', 'x-not-known': '1'}); \
    const found = await client.request(`Observation?patient=${id}&_count=5`); \
    const refused = await ask(`/Observation?patient=${id}&no-such-parameter=1`); \
    const unknown = await ask('/Nothing/1'); \
    const introspect = await fetch(base.replace('/fhir', '/oauth/introspect'), {method: 'POST'}).catch((e) => e.name); \
    return {etag: patient.headers.get('etag'), found: (found.entry ?? []).length, \
        refused: (await refused.json()).resourceType, unknown: unknown.status, introspect}; \
    })().then(done, (error) => done(String(error)));";

const STRANGE: &str = "const [base, done] = arguments; (async () => { \
    const status = (path, options) => fetch(path, options).then((got) => got.status, (error) => error.name); \
    return {metadata: await status(base + '/metadata', {headers: {authorization: 'Bearer x'}}), \
        read: await status(base + '/Patient/1', {headers: {authorization: 'Bearer x'}}), \
        token: await status(base.replace('/fhir', '/oauth/token'), {method: 'POST', body: 'grant_type=x'})}; \
    })().then(done, (error) => done(String(error)));";
