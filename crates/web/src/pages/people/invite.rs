//! `/people/invite`: an account for somebody new.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::people::{Invitation, PeopleError, RoleGrant};
use tacenda_kernel::{Language, Role, Secret};

use super::{RoleChoice, given_role, role_choices, until};
use crate::{
    edge::{
        administrator::Administrator,
        answer::{see_other, show_with},
        form::{Fields, Form, several},
    },
    refusal::Refusal,
    view::{
        errors::Errors,
        page::{Area, Page},
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "people/invite.html")]
struct Invite {
    page: Page,
    sent: Sent,
    roles: Vec<RoleChoice>,
    errors: Errors,
}

/// The form.
#[derive(Default, Deserialize)]
pub(crate) struct Sent {
    name: String,
    email: String,
    #[serde(default)]
    language: String,
    #[serde(default, deserialize_with = "several")]
    role: Vec<String>,
    #[serde(default)]
    until: String,
}

impl Fields for Sent {}

/// `GET /people/invite`
pub(crate) async fn get(by: Administrator) -> Response {
    let language = by.member.session.language.tag().to_owned();
    shown(StatusCode::OK, &by, Sent { language, ..Sent::default() }, Errors::default())
}

/// `POST /people/invite`
pub(crate) async fn post(
    State(web): State<Web>,
    by: Administrator,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let words = by.member.page(Area::People).w;
    let again = |sent, errors| Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, &by, sent, errors));
    let (roles, until) = (sent.roles(), until(&web, &sent.until));
    let mut errors = Errors::default();
    errors.add_if(sent.name.trim().is_empty(), "name", words.people.name_missing);
    errors.add_if(sent.email.trim().is_empty(), "email", words.people.email_missing);
    errors.add_if(roles.is_empty(), "role", words.people.role_missing);
    errors.add_if(until.is_err(), "until", words.people.until_wrong);
    if !errors.is_empty() {
        return again(sent, errors);
    }
    let until = until.unwrap_or_default();
    let invitation = Invitation {
        display_name: Secret::new(sent.name.trim().to_owned()),
        email: Secret::new(sent.email.trim().to_owned()),
        language: sent.language.parse::<Language>().map_err(|_| Refusal::Malformed)?,
        roles: roles.into_iter().map(|role| RoleGrant { role, until }).collect(),
    };
    match web.people.invite(&by.token, invitation, by.trace()).await {
        Ok(person) => Ok(see_other(&format!("/people/{person}?done=invited"))),
        Err(PeopleError::Taken) => again(sent, Errors::one("email", words.people.email_taken)),
        Err(PeopleError::Invalid(field)) => {
            let field = if field.contains("mail") { "email" } else { "name" };
            again(sent, Errors::one(field, words.frame.not_fitting))
        }
        Err(other) => Err(other.into()),
    }
}

impl Sent {
    fn roles(&self) -> Vec<Role> {
        self.role.iter().filter_map(|code| given_role(code)).collect()
    }
}

fn shown(status: StatusCode, by: &Administrator, sent: Sent, errors: Errors) -> Response {
    let page = by.member.page(Area::People);
    let chosen = sent.roles();
    let roles = role_choices(page.w, |role| chosen.contains(&role));
    show_with(status, &Invite { page, sent, roles, errors })
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let roles = role_choices(page.w, |role| role == Role::Clinician);
    let mut errors = Errors::default();
    errors.add_if(true, "email", page.w.people.email_taken);
    errors.add_if(true, "role", page.w.people.role_missing);
    let sent = Sent { name: "Elena <b>".to_owned(), language: "it".to_owned(), ..Sent::default() };
    Invite { page, sent, roles, errors }.render().unwrap()
}
