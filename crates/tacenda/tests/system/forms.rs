//! Every field of every form of every page, sent what no person types: the answer is a page that says what is wrong, leads
//! nowhere else, and carries nothing of it as markup or header.

use std::collections::BTreeMap;

use reqwest::{Client, Method, Response, StatusCode, header, redirect::Policy};
use tacenda::databases::PREFIX;
use tacenda_accounts::{AccountKind, Author, NewAccount, RoleGrant, authenticator_code};
use tacenda_contracts::accounts::{
    own_account::OwnAccount as _,
    sign_in::{NewSession, SignIn as _, Visit},
};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Clock as _, Language, Role, Secret, SystemClock, TraceId};

use crate::common::{ORIGIN, TestSystem};

const PASSWORD: &str = "violet anchor pepper mosaic 41";

/// Where forms are, for nobody and for an administrator.
const OPEN: [&str; 3] = ["/sign-in", "/forgotten", "/link/none"];
const OWN: [&str; 11] = [
    "/account",
    "/account/email",
    "/account/password",
    "/account/factors",
    "/account/factors/passkey",
    "/account/sessions",
    "/account/applications",
    "/sign-in/factor",
    "/people",
    "/people/invite",
    "/applications/new",
];
/// What the script of a page adds to its form, and fields that only some people's pages have.
const MORE: [(&str, &[&str]); 9] = [
    ("/sign-in/passkey", &["handle", "response", "next"]),
    ("/account/factors/passkey", &["handle", "response", "name", "next"]),
    ("/account/factors/totp", &["code", "next"]),
    ("/account/factors/remove", &["factor"]),
    ("/account/applications/end", &["client_id"]),
    ("/account/sessions/end", &["id"]),
    ("/applications/disable", &["client_id"]),
    ("/applications/enable", &["client_id"]),
    ("/oauth/authorize", &["query", "answer", "role", "patient", "name"]),
];

/// What stands in the other fields, so that the odd one is looked at.
const TYPED: [(&str, &str, &str); 5] = [
    ("/sign-in", "email", "nobody@tacenda.test"),
    ("/sign-in", "password", PASSWORD),
    ("/account/password", "old", "not the password"),
    ("/account/password", "new", PASSWORD),
    ("/account/factors/passkey", "name", "A key"),
];

/// As they stand in the body of a form.
const ODD: [&str; 14] = [
    "",
    "%00",
    "%0D%0AX-Injected%3A+1%0D%0A%0D%0A%3Cb%3E",
    "a%0D%0ABcc%3A+x%40evil.example",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
    "%FF%FE%C0%80",
    "%D0%B0nna%40example.org",
    "%E2%80%AEgnp.exe",
    "%27%3B+drop+table+accounts%3B--",
    "%2F%2Fevil.example",
    "%2F%5Cevil.example",
    "%2F%255c%255cevil.example",
    "%2F%09%2Fevil.example",
];

struct Forms<'a> {
    bed: &'a TestSystem,
    client: Client,
}

/// A form as a page shows it.
struct Form {
    action: String,
    /// Its fields with what they have before anything is typed.
    fields: BTreeMap<String, String>,
}

impl Forms<'_> {
    async fn page(&self, path: &str, cookies: &str) -> (String, String) {
        let request = self.client.get(self.bed.url(path)).header(header::COOKIE, cookies);
        let answer = request.send().await.unwrap();
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        let set = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        let key = set.filter(|cookie| cookie.starts_with("__Host-form=")).collect::<Vec<_>>();
        let all = [cookies.to_owned()].into_iter().chain(key).filter(|one| !one.is_empty());
        (all.collect::<Vec<_>>().join("; "), answer.text().await.unwrap())
    }

    async fn send(&self, form: &Form, cookies: &str, field: &str, value: &str) -> Response {
        self.try_send(form, cookies, field, value).await.unwrap()
    }

    async fn try_send(
        &self,
        form: &Form,
        cookies: &str,
        field: &str,
        value: &str,
    ) -> reqwest::Result<Response> {
        let encode = |text: &str| form_encoded(text);
        let others = form.fields.iter().filter(|(name, _)| *name != field);
        let pairs = others.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.chain([format!("{field}={value}")]).collect::<Vec<_>>().join("&");
        let request = self.client.request(Method::POST, self.bed.url(&form.action));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::ORIGIN, ORIGIN).header(header::COOKIE, cookies);
        request.body(body).send().await
    }
}

fn form_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// The forms of a page, each with the fields that it or its script sends.
fn forms(path: &str, page: &str) -> Vec<Form> {
    let mut found = Vec::new();
    for text in page.split("<form ").skip(1) {
        let text = text.split("</form>").next().unwrap();
        let opening = format!(" {}", text.split('>').next().unwrap());
        let action = attribute(&opening, "action").unwrap_or(path).to_owned();
        let tags = text
            .split('<')
            .filter(|tag| ["input ", "select ", "textarea "].iter().any(|t| tag.starts_with(t)));
        let mut fields = BTreeMap::new();
        for tag in tags {
            if let Some(name) = attribute(tag, "name") {
                fields.insert(name.to_owned(), attribute(tag, "value").unwrap_or_default().to_owned());
            }
        }
        let typed = TYPED.iter().filter(|(path, ..)| *path == action);
        for (_, name, value) in typed {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        let more = MORE.iter().filter(|(path, _)| *path == action).flat_map(|(_, more)| more.iter());
        for name in more {
            fields.entry((*name).to_owned()).or_default();
        }
        found.push(Form { action, fields });
    }
    found
}

async fn check(answer: Response, at: &str) {
    let status = answer.status();
    assert!(!status.is_server_error(), "{at}: {status}");
    assert!(answer.headers().get("x-injected").is_none(), "{at}");
    if let Some(location) = answer.headers().get(header::LOCATION) {
        let location = location.to_str().unwrap();
        let here = location.starts_with('/') && !location.starts_with("//") && !location.contains('\\');
        assert!(here && !location.contains('\t'), "{at}: {location}");
    }
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    assert!(cookies.into_iter().all(|line| !line.to_str().unwrap().contains("evil")), "{at}");
    let text = answer.text().await.unwrap();
    for markup in ["<script>alert", "<img src=x", "<b>\r\n"] {
        assert!(!text.contains(markup), "{at}: {text}");
    }
    if status.is_client_error() {
        assert!(text.contains("<h1"), "{at}: an error is a page: {text}");
    }
}

async fn people(bed: &TestSystem) -> i64 {
    let endpoint = bed.cluster.admin_endpoint(&format!("{PREFIX}accounts"));
    let client = endpoint.connect().await.unwrap();
    client.query_one("select count(*) from accounts", &[]).await.unwrap().get(0)
}

/// An administrator who is signed in and owes nothing.
async fn administrator(bed: &TestSystem) -> NewSession {
    let (accounts, trace) = (&bed.system.accounts, TraceId::make(&SystemRandom));
    let email = Secret::new("paolo@tacenda.test".to_owned());
    let new = NewAccount {
        kind: AccountKind::Person,
        display_name: Secret::new("Paolo Serra".to_owned()),
        email: Some(email.clone()),
        language: Language::English,
        patient: None,
        roles: vec![RoleGrant::lasting(Role::Administrator)],
    };
    let person = accounts.create_account(&Author::Operator, new, trace).await.unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    accounts.set_password(&Author::Operator, person, &password, trace).await.unwrap();
    let visit = Visit { network: None, agent: String::new(), device: None, trace };
    let session = accounts.sign_in(&email, &password, &visit).await.unwrap();
    let offer = accounts.begin_totp(&session.token, &visit).await.unwrap();
    let code = authenticator_code(&offer.secret, SystemClock.now()).unwrap();
    accounts.finish_totp(&session.token, &code, &visit).await.unwrap().session
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_of_any_form_does_harm() {
    let bed = TestSystem::start().await;
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let session = administrator(&bed).await;
    let own = format!("__Host-session={}", session.token.expose());
    let all = Forms { bed: &bed, client };
    let pages = OPEN.map(|path| (path, "")).into_iter().chain(OWN.map(|path| (path, own.as_str())));
    let (mut sent, before) = (0, people(&bed).await);
    for (path, cookies) in pages {
        let (cookies, page) = all.page(path, cookies).await;
        for form in forms(path, &page) {
            for field in form.fields.keys().filter(|field| *field != "form_token") {
                for value in ODD {
                    let at = format!("{path}: {} {field}={value}", form.action);
                    check(all.send(&form, &cookies, field, value).await, &at).await;
                    sent += 1;
                }
                let at = format!("{path}: {} {field}, large", form.action);
                let (long, large, huge) = ("x".repeat(20_000), "x".repeat(100_000), "x".repeat(10 << 20));
                check(all.send(&form, &cookies, field, &long).await, &at).await;
                let answer = all.send(&form, &cookies, field, &large).await;
                assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{at}");
                check(answer, &at).await;
                // The rest of it is not read, so that the connection may end before it is sent.
                if let Ok(answer) = all.try_send(&form, &cookies, field, &huge).await {
                    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{at}");
                }
            }
        }
    }
    assert!(sent > 300, "the forms were not found: {sent}");
    assert_eq!(people(&bed).await, before, "nobody was made of it");
    bed.stop().await;
}
