//! `/sign-in/factor`: the second step of signing in, and the proof anew that some changes need.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::sign_in::{Duty, FactorKind, NewSession, SignInError};
use tacenda_kernel::Secret;

use super::{
    provider::{Way, ways},
    sign_in::{Note, enter, wait},
};
use crate::{
    edge::{
        answer::show_with,
        form::{Fields, Form, secret},
        headers::with_script,
        member::Member,
        next::Next,
        url::Query,
    },
    refusal::Refusal,
    view::{
        errors::Errors,
        page::{Area, Page},
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "factor.html")]
struct FactorPage {
    page: Page,
    next: Next,
    note: Option<&'static str>,
    title: &'static str,
    intro: &'static str,
    hint: &'static str,
    code: bool,
    passkey: bool,
    password: bool,
    ways: Vec<Way>,
    errors: Errors,
}

/// `?next=…&note=…`
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: Next,
    note: Option<Note>,
}

/// A code.
#[derive(Deserialize)]
pub(crate) struct SentCode {
    #[serde(deserialize_with = "secret")]
    code: Secret<String>,
    #[serde(default)]
    next: Next,
}

impl Fields for SentCode {}

/// The password once more.
#[derive(Deserialize)]
pub(crate) struct SentPassword {
    #[serde(deserialize_with = "secret")]
    password: Secret<String>,
    #[serde(default)]
    next: Next,
}

impl Fields for SentPassword {}

/// `GET /sign-in/factor`
pub(crate) async fn get(State(web): State<Web>, member: Member, Query(asked): Query<Asked>) -> Response {
    let note = asked.note.map(|note| note.text(member.page(Area::None).w));
    shown_with(&web, StatusCode::OK, &member, asked.next, note, Errors::default()).await
}

/// `POST /sign-in/factor`
pub(crate) async fn post(
    State(web): State<Web>,
    member: Member,
    Form(sent): Form<SentCode>,
) -> Result<Response, Refusal> {
    let words = &member.page(Area::None).w.sign_in;
    // EXPOSE: people type codes in groups; only whether there is one is looked at.
    let code: String = sent.code.expose().chars().filter(|c| !c.is_whitespace()).collect();
    if code.is_empty() {
        let errors = Errors::one("code", words.code_missing);
        return Ok(shown(&web, StatusCode::UNPROCESSABLE_ENTITY, &member, sent.next, errors).await);
    }
    let proven = web.sign_in.prove_code(&member.token, &Secret::new(code), &member.visit).await;
    answer(&web, &member, proven, sent.next, ("code", words.code_wrong)).await
}

/// `POST /sign-in/password`
pub(crate) async fn post_password(
    State(web): State<Web>,
    member: Member,
    Form(sent): Form<SentPassword>,
) -> Result<Response, Refusal> {
    let words = &member.page(Area::None).w.sign_in;
    // EXPOSE: only whether there is one.
    if sent.password.expose().is_empty() {
        let errors = Errors::one("password", words.password_missing);
        return Ok(shown(&web, StatusCode::UNPROCESSABLE_ENTITY, &member, sent.next, errors).await);
    }
    let proven = web.sign_in.prove_password(&member.token, &sent.password, &member.visit).await;
    answer(&web, &member, proven, sent.next, ("password", words.password_wrong)).await
}

async fn answer(
    web: &Web,
    member: &Member,
    proven: Result<NewSession, SignInError>,
    next: Next,
    (field, wrong): (&'static str, &'static str),
) -> Result<Response, Refusal> {
    match proven {
        Ok(session) => Ok(enter(web, &session, &next)),
        Err(SignInError::Wrong | SignInError::Malformed(_)) => {
            Ok(shown(web, StatusCode::UNPROCESSABLE_ENTITY, member, next, Errors::one(field, wrong)).await)
        }
        Err(SignInError::Slow { seconds }) => {
            let words = &member.page(Area::None).w.frame;
            let text = words.too_many_attempts.replace("{seconds}", &seconds.to_string());
            let errors = Errors::one(field, text);
            let response = shown(web, StatusCode::TOO_MANY_REQUESTS, member, next, errors).await;
            Ok(wait(response, seconds))
        }
        Err(other) => Err(other.into()),
    }
}

async fn shown(web: &Web, status: StatusCode, member: &Member, next: Next, errors: Errors) -> Response {
    shown_with(web, status, member, next, None, errors).await
}

async fn shown_with(
    web: &Web,
    status: StatusCode,
    member: &Member,
    next: Next,
    note: Option<&'static str>,
    errors: Errors,
) -> Response {
    let page = member.page(Area::None);
    let (words, has) = (&page.w.sign_in, |kind| member.session.factors.contains(&kind));
    let (title, intro) = match member.duty() {
        Some(Duty::ProveSecondFactor) => (words.factor_title, words.factor_intro),
        _ => (words.again_title, words.again_intro),
    };
    let (app, passkey, recovery) =
        (has(FactorKind::Totp), has(FactorKind::Passkey), has(FactorKind::RecoveryCode));
    // Somebody without a factor of their own may have come by a provider.
    let none = member.session.factors.is_empty();
    let template = FactorPage {
        ways: if none { ways(web, true, &next).await } else { Vec::new() },
        next,
        note,
        title,
        intro,
        hint: if app { words.code_hint } else { words.code_hint_recovery },
        code: app || recovery,
        passkey,
        password: none,
        errors,
        page,
    };
    let response = show_with(status, &template);
    if passkey { with_script(response) } else { response }
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = FactorPage {
        next: Next::default(),
        note: None,
        title: page.w.sign_in.factor_title,
        intro: page.w.sign_in.factor_intro,
        hint: page.w.sign_in.code_hint,
        code: true,
        passkey: true,
        password: true,
        ways: vec![Way { name: "Ospedale".to_owned(), href: "/sign-in/again/hospital".to_owned() }],
        errors: Errors::default(),
        page,
    };
    template.render().unwrap()
}
