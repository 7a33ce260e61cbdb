//! `/account/email`: moving to another address, which both addresses confirm.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::own_account::OwnAccountError;
use tacenda_kernel::Secret;

use crate::{
    edge::{
        answer::{see_other, show, show_with},
        form::{Fields, Form, secret},
        member::SignedIn,
    },
    refusal::{Refusal, come_back},
    view::{
        errors::Errors,
        page::{Area, Page},
    },
    web::Web,
};

const HERE: &str = "/account/email";

#[derive(Template)]
#[template(path = "account/email.html")]
struct EmailPage {
    page: Page,
    email: String,
    errors: Errors,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "secret")]
    email: Secret<String>,
}

impl Fields for Sent {}

/// `GET /account/email`
pub(crate) async fn get(member: SignedIn) -> Response {
    show(&EmailPage { page: member.page(Area::Overview), email: String::new(), errors: Errors::default() })
}

/// `POST /account/email`
pub(crate) async fn post(
    State(web): State<Web>,
    member: SignedIn,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let page = member.page(Area::Overview);
    // EXPOSE: whoever typed the address gets it back.
    let email = sent.email.expose().trim().to_owned();
    let text = match email.is_empty() {
        true => page.w.account.email_missing,
        false => {
            let new = Secret::new(email.clone());
            match web.links.ask_address_change(&member.token, &new, &member.visit).await {
                Ok(()) => return Ok(see_other("/account?done=email-asked")),
                Err(OwnAccountError::KeptElsewhere) => page.w.account.email_kept_elsewhere,
                Err(OwnAccountError::Malformed(_)) => page.w.frame.not_fitting,
                Err(other) => return Err(come_back(HERE)(other)),
            }
        }
    };
    let errors = Errors::one("email", text);
    Ok(show_with(StatusCode::UNPROCESSABLE_ENTITY, &EmailPage { page, email, errors }))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = EmailPage { page, email: String::new(), errors: Errors::default() };
    template.render().unwrap()
}
