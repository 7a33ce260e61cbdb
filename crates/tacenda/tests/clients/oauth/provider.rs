//! A system with the browser of a patient who is signed in.

use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;
use tacenda_accounts::{AccountKind, Author, Credential, NewAccount, NewClient, RoleGrant};
use tacenda_contracts::accounts::{
    launch::LaunchPatients as _,
    sign_in::{SessionToken, SignIn as _, Visit},
};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Language, Role, Secret, TraceId};
use tacenda_records::LaunchPicker;

use crate::bed::Bed;

const PASSWORD: &str = "kelp-vortex-93-lamp-river";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const GOODBYE: &str = "https://app.example/goodbye";

pub(crate) struct Provider {
    pub(crate) bed: Bed,
    session: SessionToken,
}

impl Provider {
    /// A system with two patients, one of whom is signed in.
    pub(crate) async fn start() -> Self {
        let bed = Bed::start().await;
        let (accounts, person) = (&bed.system.accounts, bed.demo.of(Role::Patient).unwrap());
        let password = Secret::new(PASSWORD.to_owned());
        accounts.set_password(&Author::Operator, person, &password, trace()).await.unwrap();
        let email = Secret::new("patient@demo.example".to_owned());
        let session = accounts.sign_in(&email, &password, &visit()).await.unwrap().token;
        Self { bed, session }
    }

    /// Registers an application; its secret, where it has one.
    pub(crate) async fn register(&self, credential: Credential, scopes: &[&str]) -> Option<Secret<String>> {
        let new = NewAccount {
            kind: AccountKind::Application,
            display_name: Secret::new("An application".to_owned()),
            email: None,
            language: Language::English,
            patient: None,
            roles: vec![RoleGrant::lasting(Role::Application)],
        };
        let accounts = &self.bed.system.accounts;
        let account = accounts.create_account(&Author::Operator, new, trace()).await.unwrap();
        let client = NewClient {
            post_logout_uris: vec![GOODBYE.to_owned()],
            ..NewClient::for_people("app", credential, &[CALLBACK], scopes)
        };
        accounts.register_client(&Author::Operator, account, client, trace()).await.unwrap()
    }

    /// What the browser does with the address of an authorization request: where it is sent in the end, once the person
    /// pressed the button that allows it.
    pub(crate) async fn browse(&self, url: &str) -> String {
        self.browse_with(url, &[]).await
    }

    /// The same, with some fields of the form changed on the way.
    pub(crate) async fn browse_with(&self, url: &str, changes: &[(&str, &str)]) -> String {
        assert!(url.starts_with(&format!("{}/oauth/authorize?", self.bed.origin)), "{url}");
        let response = self.as_browser(Method::GET, url).send().await.unwrap();
        if response.status() == 303 {
            return response.headers()["location"].to_str().unwrap().to_owned();
        }
        assert_eq!(response.status(), 200);
        let page = response.text().await.unwrap();
        assert!(page.contains("name=\"answer\" value=\"allow\""), "{page}");
        let mut fields = hidden(&page);
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        fields.extend(changes.chain([("answer".to_owned(), "allow".to_owned())]));
        let form = reqwest::Url::parse_with_params("http://x/", fields).unwrap();
        let request = self.as_browser(Method::POST, &format!("{}/oauth/authorize", self.bed.origin));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("origin", &self.bed.origin);
        let response = request.body(form.query().unwrap().to_owned()).send().await.unwrap();
        let (status, page) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{page}");
        let href = page.split("<a class=\"button\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        unescaped(href.unwrap())
    }

    fn as_browser(&self, method: Method, url: &str) -> RequestBuilder {
        let browser = Client::builder().redirect(Policy::none()).build().unwrap();
        browser.request(method, url).header("cookie", format!("session={}", self.session.expose()))
    }

    /// A token of the person's own, for all that they may do.
    pub(crate) async fn own_token(&self) -> Secret<String> {
        let issued = self.bed.system.accounts.token(&self.session, Role::Patient, trace()).await;
        issued.unwrap().access_token
    }

    /// The FHIR id of the person who is signed in.
    pub(crate) async fn own_id(&self) -> String {
        let (accounts, token) = (&self.bed.system.accounts, self.own_token().await);
        let picker = LaunchPicker {
            records: Arc::clone(&self.bed.system.records),
            accounts: Arc::clone(accounts) as _,
        };
        picker.own(&token, trace()).await.unwrap().unwrap()
    }

    /// A token of the clinician, for all that they may do.
    pub(crate) async fn clinician(&self) -> Secret<String> {
        self.bed.demo.token(&self.bed.system.accounts, &SystemRandom, Role::Clinician).await.unwrap()
    }

    /// The id of the other patient, as clinicians know them too: it is of the same realm.
    pub(crate) async fn another_patient(&self) -> String {
        let own = self.own_id().await;
        let (_, found) = self.fhir(self.clinician().await.expose(), "Patient").await;
        let ids =
            found["entry"].as_array().unwrap().iter().map(|entry| entry["resource"]["id"].as_str().unwrap());
        ids.map(str::to_owned).find(|id| *id != own).unwrap()
    }

    /// Where the browser is sent by a link of the application, with the session's cookie.
    pub(crate) async fn follow(&self, url: &str) -> String {
        let response = self.as_browser(Method::GET, url).send().await.unwrap();
        assert_eq!(response.status(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        self.bed.system.accounts.session(&self.session, &visit()).await.is_ok()
    }

    /// A request to the FHIR API; its status and body.
    pub(crate) async fn fhir(&self, token: &str, path: &str) -> (u16, Value) {
        let url = format!("{}/fhir/{path}", self.bed.origin);
        let response = Client::new().get(url).bearer_auth(token).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }
}

/// Names and values of the fields of a page's form that nobody sees.
fn hidden(page: &str) -> Vec<(String, String)> {
    let attribute = |input: &str, name: &str| {
        let rest = input.split(&format!(" {name}=\"")).nth(1)?;
        rest.split('"').next().map(unescaped)
    };
    let inputs = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let inputs = inputs.filter(|input| input.contains("type=\"hidden\""));
    inputs.map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap())).collect()
}

fn unescaped(html: &str) -> String {
    let signs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    signs.iter().fold(html.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

pub(crate) fn trace() -> TraceId {
    TraceId::make(&SystemRandom)
}

fn visit() -> Visit {
    Visit { network: None, agent: String::new(), device: None, trace: trace() }
}
