//! `/account/factors/passkey`: another passkey.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::own_account::OwnAccountError;
use tacenda_kernel::Secret;

use super::{Done, recovery::after_enrolling, totp::may_enrol};
use crate::{
    edge::{
        answer::show_with,
        form::{Fields, Form, Nothing, secret},
        headers::with_script,
        member::Member,
        next::{Asked, Next},
        url::Query,
    },
    pages::passkey::challenge_answer,
    refusal::{Refusal, come_back},
    view::{
        errors::Errors,
        page::{Area, Page},
    },
    web::Web,
};

const HERE: &str = "/account/factors/passkey";

#[derive(Template)]
#[template(path = "account/passkey.html")]
struct PasskeyPage {
    page: Page,
    next: Next,
    name: String,
    errors: Errors,
}

/// The form with the browser's answer.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "secret")]
    handle: Secret<String>,
    response: String,
    name: String,
    #[serde(default)]
    next: Next,
}

impl Fields for Sent {}

/// `GET /account/factors/passkey`
///
/// A challenge is asked for at once and thrown away: whoever must prove themselves anew does so before they type a name.
pub(crate) async fn get(
    State(web): State<Web>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    may_enrol(&member)?;
    let here = asked.next.after(HERE);
    match web.own.begin_passkey_enrolment(&member.token, &member.visit).await {
        Ok(_) => Ok(shown(StatusCode::OK, &member, asked.next, String::new(), Errors::default())),
        Err(OwnAccountError::ProofNeeded) => Err(Refusal::ProofFirst(Next::parse(&here))),
        Err(OwnAccountError::TooMany) => {
            Err(Refusal::Elsewhere(Next::parse("/account/factors?done=too-many")))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /account/factors/passkey/options`: JSON for the script.
pub(crate) async fn options(
    State(web): State<Web>,
    member: Member,
    _: Form<Nothing>,
) -> Result<Response, Refusal> {
    may_enrol(&member)?;
    let challenge = web.own.begin_passkey_enrolment(&member.token, &member.visit).await;
    challenge_answer(&challenge.map_err(come_back(HERE))?)
}

/// `POST /account/factors/passkey`
pub(crate) async fn post(
    State(web): State<Web>,
    member: Member,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    may_enrol(&member)?;
    let words = member.page(Area::None).w;
    let name = sent.name.trim().to_owned();
    let again = |text: &str, field| {
        let errors = Errors::one(field, text);
        Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, &member, sent.next.clone(), name.clone(), errors))
    };
    if name.is_empty() {
        return again(words.account.passkey_name_missing, "name");
    }
    let named = Secret::new(name.clone());
    let enrolled = web
        .own
        .finish_passkey_enrolment(&member.token, &sent.handle, &named, &sent.response, &member.visit)
        .await;
    match enrolled {
        Ok(enrolled) => {
            let done = (Done::PasskeyAdded, "/account/factors?done=passkey-added");
            Ok(after_enrolling(&web, &member, &enrolled, done, sent.next))
        }
        Err(OwnAccountError::Malformed(_)) => again(words.frame.not_fitting, "name"),
        Err(OwnAccountError::Wrong | OwnAccountError::NotFound) => {
            again(words.sign_in.passkey_failed, "name")
        }
        Err(OwnAccountError::TooMany) => again(words.account.too_many, "name"),
        Err(other) => Err(come_back(HERE)(other)),
    }
}

fn shown(status: StatusCode, member: &Member, next: Next, name: String, errors: Errors) -> Response {
    let page = member.page(Area::None);
    with_script(show_with(status, &PasskeyPage { page, next, name, errors }))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template =
        PasskeyPage { page, next: Next::default(), name: String::new(), errors: Errors::default() };
    template.render().unwrap()
}
