//! `/account/password`: another password, by choice or because it is owed.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::{own_account::OwnAccountError, sign_in::Duty};
use tacenda_kernel::Secret;

use crate::{
    edge::{
        answer::{see_other, show_with, with_cookies},
        cookies::begun,
        form::{Fields, Form, secret},
        member::Member,
        next::{Asked, Next},
        url::Query,
    },
    refusal::Refusal,
    view::{
        errors::Errors,
        page::{Area, Page},
        password::fault_text,
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    page: Page,
    owed: bool,
    hint: String,
    next: Next,
    errors: Errors,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "secret")]
    old: Secret<String>,
    #[serde(deserialize_with = "secret")]
    new: Secret<String>,
    #[serde(default)]
    next: Next,
}

impl Fields for Sent {}

/// `GET /account/password`
pub(crate) async fn get(
    State(web): State<Web>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    shown(StatusCode::OK, &web, &member, asked.next, Errors::default()).await
}

/// `POST /account/password`
pub(crate) async fn post(
    State(web): State<Web>,
    member: Member,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let words = member.page(Area::None).w;
    let mut errors = Errors::default();
    // EXPOSE: only whether there is one.
    errors.add_if(sent.old.expose().is_empty(), "old", words.account.password_old_missing);
    errors.add_if(sent.new.expose().is_empty(), "new", words.sign_in.new_password_missing);
    if !errors.is_empty() {
        return shown(StatusCode::UNPROCESSABLE_ENTITY, &web, &member, sent.next, errors).await;
    }
    let errors = match web.own.change_password(&member.token, &sent.old, &sent.new, &member.visit).await {
        Ok(session) => {
            let owed = sent.next != Next::default();
            let to = if owed { sent.next.as_str() } else { "/account?done=password" };
            return Ok(with_cookies(see_other(to), begun(&web, &session)));
        }
        Err(OwnAccountError::Wrong) => Errors::one("old", words.account.password_old_wrong),
        Err(OwnAccountError::Password(fault)) => Errors::one("new", fault_text(fault, words)),
        Err(OwnAccountError::Malformed(_)) => Errors::one("new", words.frame.not_fitting),
        Err(other) => return Err(other.into()),
    };
    shown(StatusCode::UNPROCESSABLE_ENTITY, &web, &member, sent.next, errors).await
}

async fn shown(
    status: StatusCode,
    web: &Web,
    member: &Member,
    next: Next,
    errors: Errors,
) -> Result<Response, Refusal> {
    let profile = web.own.profile(&member.token, &member.visit).await?;
    let page = member.page(Area::Security);
    let hint = page.w.sign_in.new_password_hint;
    let hint = hint.replace("{length}", &profile.least_password_length.to_string());
    let owed = member.duty() == Some(Duty::ChangePassword);
    Ok(show_with(status, &PasswordPage { page, owed, hint, next, errors }))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = PasswordPage {
        owed: true,
        hint: page.w.sign_in.new_password_hint.replace("{length}", "12"),
        next: Next::default(),
        errors: Errors::one("new", page.w.sign_in.guessable),
        page,
    };
    template.render().unwrap()
}
