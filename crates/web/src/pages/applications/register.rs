//! `/applications/new`: an application for people to let in, or one that acts for itself.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::{
    applications::{ApplicationProof, NewApplication},
    people::{PeopleError, RoleGrant},
};
use tacenda_kernel::Role;

use crate::{
    edge::{
        administrator::Administrator,
        answer::{see_other, show, show_with},
        form::{Fields, Form, several},
    },
    pages::people::RoleChoice,
    refusal::Refusal,
    view::{
        errors::Errors,
        page::{Area, Page},
        role::role_name,
    },
    web::Web,
    words::Words,
};

/// What programs may be when they act for themselves.
const OWN: [Role; 5] =
    [Role::Application, Role::Clinician, Role::Technician, Role::Monitor, Role::Researcher];

#[derive(Template)]
#[template(path = "applications/register.html")]
struct Register {
    page: Page,
    sent: Sent,
    roles: Vec<RoleChoice>,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "applications/secret.html")]
struct ShownOnce {
    page: Page,
    client_id: String,
    secret: String,
}

/// The form.
#[derive(Default, Deserialize)]
pub(crate) struct Sent {
    name: String,
    client_id: String,
    #[serde(default)]
    proof: String,
    #[serde(default)]
    keys: String,
    #[serde(default)]
    redirects: String,
    #[serde(default)]
    logouts: String,
    #[serde(default)]
    scopes: String,
    #[serde(default, deserialize_with = "several")]
    role: Vec<String>,
}

impl Fields for Sent {}

impl Sent {
    fn roles(&self) -> impl Iterator<Item = Role> {
        OWN.into_iter().filter(|role| self.role.iter().any(|code| code == role.as_str()))
    }

    fn application(&self) -> NewApplication {
        let lines = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let scopes = lines(&self.scopes);
        NewApplication {
            name: self.name.trim().to_owned(),
            client_id: self.client_id.trim().to_owned(),
            proof: match self.proof.as_str() {
                "secret" => ApplicationProof::Secret,
                "keys" => ApplicationProof::Keys(self.keys.trim().to_owned()),
                _ => ApplicationProof::Public,
            },
            redirect_uris: lines(&self.redirects),
            post_logout_uris: lines(&self.logouts),
            scopes: (!scopes.is_empty()).then_some(scopes),
            roles: self.roles().map(RoleGrant::lasting).collect(),
        }
    }
}

/// `GET /applications/new`
pub(crate) async fn get(by: Administrator) -> Response {
    let sent = Sent { proof: "public".to_owned(), ..Sent::default() };
    shown(StatusCode::OK, by.member.page(Area::Applications), sent, Errors::default())
}

/// `POST /applications/new`. A secret stands in this answer and nowhere else.
pub(crate) async fn post(
    State(web): State<Web>,
    by: Administrator,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let page = by.member.page(Area::Applications);
    let words = page.w;
    let new = sent.application();
    let client_id = new.client_id.clone();
    let errors = match web.applications.register_application(&by.token, new, by.trace()).await {
        Ok(registered) => {
            return Ok(match registered.secret {
                None => see_other("/applications?done=registered"),
                // EXPOSE: this is the one time that the administrator sees it.
                Some(secret) => show(&ShownOnce { page, client_id, secret: secret.expose().clone() }),
            });
        }
        Err(PeopleError::Taken) => Errors::one("client_id", words.people.client_taken),
        Err(PeopleError::Invalid(field)) => Errors::one(field_of(&field), words.people.field_wrong),
        Err(other) => return Err(other.into()),
    };
    Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, page, sent, errors))
}

/// The field of the form that the service means.
fn field_of(name: &str) -> &'static str {
    let known = [
        ("redirect", "redirects"),
        ("logout", "logouts"),
        ("scope", "scopes"),
        ("role", "roles"),
        ("key", "keys"),
        ("client", "client_id"),
    ];
    known.into_iter().find(|(part, _)| name.contains(part)).map_or("name", |(_, field)| field)
}

fn choices(words: &Words, sent: &Sent) -> Vec<RoleChoice> {
    let chosen: Vec<Role> = sent.roles().collect();
    let choice = |role: Role| RoleChoice {
        code: role.as_str(),
        name: role_name(role, &words.frame),
        hint: "",
        chosen: chosen.contains(&role),
    };
    OWN.into_iter().map(choice).collect()
}

fn shown(status: StatusCode, page: Page, sent: Sent, errors: Errors) -> Response {
    let roles = choices(page.w, &sent);
    show_with(status, &Register { page, sent, roles, errors })
}

/// The pages as a test sees them.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let sent = Sent { name: "Growth <b>".to_owned(), proof: "keys".to_owned(), ..Sent::default() };
    let mut errors = Errors::one("redirects", page.w.people.field_wrong);
    errors.add_if(true, "roles", page.w.people.field_wrong);
    let roles = choices(page.w, &sent);
    Register { page, sent, roles, errors }.render().unwrap()
}

#[cfg(test)]
pub(crate) fn sample_secret(page: Page) -> String {
    let (client_id, secret) = ("growth-charts".to_owned(), "Zm9vYmFyYmF6cXV4".repeat(2));
    ShownOnce { page, client_id, secret }.render().unwrap()
}
