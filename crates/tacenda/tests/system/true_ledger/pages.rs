//! The pages that say something of people who are not the one who looks: the ledger names each of them.

use std::collections::BTreeSet;

use reqwest::{Client, StatusCode, header, redirect::Policy};
use tacenda_accounts::{Author, authenticator_code};
use tacenda_contracts::{
    accounts::{
        own_account::OwnAccount as _,
        sign_in::{SignIn as _, Visit},
    },
    entry::{Entry, Event, Fact, Outcome},
};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Action, Clock as _, Role, Secret, SystemClock, TraceId};

use super::{Answer, Ground};
use crate::{
    audit::{Audit, traced},
    audit_events::number,
    common::{ORIGIN, TestSystem},
    pages::routes,
};

/// Where others than the one who looks are shown.
pub(crate) const OTHERS: [(&str, &str); 5] = [
    ("GET", "/people"),
    ("POST", "/people"),
    ("GET", "/people/{id}"),
    ("GET", "/oauth/authorize"),
    ("POST", "/oauth/authorize"),
];
/// Where people see what is their own, or a form, or are led elsewhere; and the registered programs.
const OWN: [&str; 9] = [
    "/account",
    "/applications",
    "/assets/",
    "/forgotten",
    "/link/",
    "/people/invite",
    "/people/{id}/",
    "/sign-in",
    "/sign-out",
];
const PASSWORD: &str = "violet anchor pepper mosaic 41";
const CALLBACK: &str = "https://app.example/callback";

/// Somebody with a browser who is signed in and owes nothing.
pub(crate) struct Member<'a> {
    test: &'a TestSystem,
    client: Client,
    cookie: String,
}

impl<'a> Member<'a> {
    pub(crate) async fn sign_in(test: &'a TestSystem, role: Role) -> Self {
        let (accounts, trace) = (&test.system.accounts, TraceId::make(&SystemRandom));
        let (person, password) = (test.accounts.of(role).unwrap(), Secret::new(PASSWORD.to_owned()));
        accounts.set_password(&Author::Operator, person, &password, trace).await.unwrap();
        let visit = Visit { network: None, agent: String::new(), device: None, trace };
        let email = Secret::new(format!("{role}@demo.example"));
        let session = accounts.sign_in(&email, &password, &visit).await.unwrap();
        let offer = accounts.begin_totp(&session.token, &visit).await.unwrap();
        let code = authenticator_code(&offer.secret, SystemClock.now()).unwrap();
        let session = accounts.finish_totp(&session.token, &code, &visit).await.unwrap().session;
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { test, client, cookie: format!("__Host-session={}", session.token.expose()) }
    }

    /// Asks for a page; sends a form, if there are fields.
    pub(crate) async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut request = if fields.is_empty() {
            self.client.get(self.test.url(path))
        } else {
            let form = reqwest::Url::parse_with_params("http://x/", fields).unwrap();
            let request = self.client.post(self.test.url(path)).header(header::ORIGIN, ORIGIN);
            let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            request.body(form.query().unwrap().to_owned())
        };
        request = request.header(header::COOKIE, &self.cookie);
        let (trace, request) = traced(request);
        let answer = request.send().await.unwrap();
        Answer { trace, status: answer.status(), etag: None, text: answer.text().await.unwrap() }
    }

    /// What a form of a page carries.
    pub(crate) async fn form_token(&self) -> String {
        let page = self.ask("/account", &[]).await.text;
        page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

/// Registers an application that is started for a patient; the address at which it asks for that.
pub(crate) async fn application(test: &TestSystem) -> String {
    test.application("app", &[CALLBACK]).await;
    let challenge = data_encoding::BASE64URL_NOPAD.encode(&tacenda_crypto::sha256(&[7; 43]));
    let url = reqwest::Url::parse_with_params(
        "http://x/oauth/authorize",
        [
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", CALLBACK),
            ("scope", "launch/patient patient/*.rs"),
            ("state", "s"),
            ("aud", &format!("{ORIGIN}/fhir")),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ],
    );
    url.unwrap().query().unwrap().to_owned()
}

/// What stands between two texts, wherever it does.
fn between<'t>(page: &'t str, before: &str, after: &str) -> BTreeSet<&'t str> {
    page.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

/// The accounts that the entries of a request say were shown.
fn accounts(entries: &[&Entry]) -> BTreeSet<String> {
    let read = entries
        .iter()
        .filter(|entry| (&entry.event, entry.outcome) == (&Event::AccountsRead, Outcome::Allowed));
    let facts = read.flat_map(|entry| &entry.facts);
    facts.filter_map(|fact| if let Fact::Account(id) = fact { Some(id.to_string()) } else { None }).collect()
}

#[test]
fn no_page_is_left_out() {
    for (method, path) in routes() {
        let shows = OTHERS.contains(&(method.as_str(), path.as_str()));
        let own = path == "/" || OWN.iter().any(|one| path.starts_with(one));
        assert!(shows != own, "{method} {path}: whom it shows is to be in the ledger");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_page_of_people_shows_is_in_the_ledger() {
    let test = TestSystem::start().await;
    let member = Member::sign_in(&test, Role::Administrator).await;
    let person = test.accounts.of(Role::Clinician).unwrap().to_string();
    let token = member.form_token().await;
    let mut asked = vec![("list", member.ask("/people", &[]).await)];
    let search =
        [("form_token", token.as_str()), ("name", "elena"), ("email", ""), ("role", ""), ("state", "")];
    asked.push(("search", member.ask("/people", &search).await));
    asked.push(("person", member.ask(&format!("/people/{person}"), &[]).await));
    asked.push(("nobody", member.ask("/people/0190c1e4-0000-7000-8000-000000000001", &[]).await));
    let audit = Audit::read(&test).await;
    for (what, answer) in &asked {
        let told = accounts(&audit.of(answer.trace));
        let shown: BTreeSet<String> = match *what {
            "nobody" => BTreeSet::new(),
            "person" => [person.clone()].into(),
            _ => between(&answer.text, "<a href=\"/people/", "\"")
                .into_iter()
                .filter(|id| *id != "invite")
                .map(str::to_owned)
                .collect(),
        };
        assert_eq!(answer.status == StatusCode::OK, *what != "nobody", "{what}: {}", answer.text);
        assert!(*what != "person" || answer.text.contains("Elena Marchetti"));
        assert_eq!(told, shown, "{what}");
        assert!(*what != "list" || shown.len() > 5, "{shown:?}");
    }
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patients_a_page_offers_are_in_the_ledger_with_what_it_says_of_them() {
    let ground = Ground::make().await;
    let test = &ground.scene.test;
    let (query, member) = (application(test).await, Member::sign_in(test, Role::Clinician).await);
    let (token, patient) = (member.form_token().await, number(&ground.scene.ids));
    let page = member.ask(&format!("/oauth/authorize?{query}"), &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let form = |answer, name| {
        let all = [("form_token", token.as_str()), ("query", &query), ("role", "clinician")];
        [&all[..], &[("patient", patient), ("answer", answer), ("name", name)]].concat()
    };
    let (_, resource) = test.get(Role::Clinician, &format!("/fhir/Patient/{patient}")).await;
    let family = resource["name"][0]["family"].as_str().unwrap();
    let found = member.ask("/oauth/authorize", &form("find", family)).await;
    let none = member.ask("/oauth/authorize", &form("find", "Zzyzx")).await;
    let allowed = member.ask("/oauth/authorize", &form("allow", "")).await;
    assert!(allowed.text.contains("code="), "{}", allowed.text);
    let audit = Audit::read(test).await;
    for (what, answer, names) in [
        ("offered", &page, true),
        ("found", &found, true),
        ("none", &none, false),
        ("allowed", &allowed, false),
    ] {
        let offered = between(&answer.text, "name=\"patient\" value=\"", "\"");
        assert_eq!(
            offered,
            if names { [patient].into() } else { BTreeSet::new() },
            "{what}: {}",
            answer.text
        );
        assert_eq!(answer.text.contains(family), names, "{what}");
        let entries = audit.of(answer.trace);
        let read = entries
            .iter()
            .filter(|entry| entry.event == Event::Access(Action::Search) && !entry.records.is_empty());
        let elements: BTreeSet<&str> =
            read.clone().flat_map(|entry| &entry.elements).map(String::as_str).collect();
        let expected = if names { ["birthDate", "name"].into() } else { BTreeSet::new() };
        assert_eq!(elements, expected, "{what}");
        // Who allows it was offered that patient: so much was looked at, and nothing of it shown.
        assert_eq!(read.count() > 0, names || what == "allowed", "{what}: {entries:?}");
    }
    ground.scene.test.stop().await;
}
