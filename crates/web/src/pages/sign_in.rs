//! `/sign-in`: e-mail address and password.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use tacenda_contracts::accounts::sign_in::{NewSession, SignInError, Standing};
use tacenda_kernel::Secret;

use super::provider::{Way, ways};
use crate::{
    edge::{
        answer::{see_other, show_with, with_cookies},
        cookies::begun,
        form::{Fields, Form, Guard, secret},
        headers::with_script,
        member::SignedIn,
        next::Next,
        url::Query,
        visitor::Visitor,
    },
    refusal::Refusal,
    view::{errors::Errors, page::Page},
    web::Web,
    words::Words,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    next: Next,
    note: Option<&'static str>,
    email: String,
    ways: Vec<Way>,
    errors: Errors,
}

/// Why somebody is here.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Note {
    SignedOut,
    AddressChanged,
    PasskeyFailed,
}

impl Note {
    pub(crate) const fn text(self, words: &Words) -> &'static str {
        match self {
            Self::SignedOut => words.sign_in.signed_out,
            Self::AddressChanged => words.sign_in.address_changed,
            Self::PasskeyFailed => words.sign_in.passkey_failed,
        }
    }
}

/// `?next=…&note=…`
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: Next,
    note: Option<Note>,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "secret")]
    email: Secret<String>,
    #[serde(deserialize_with = "secret")]
    password: Secret<String>,
    #[serde(default)]
    next: Next,
}

impl Fields for Sent {
    const GUARD: Guard = Guard::Cookie;
}

/// `GET /sign-in`. Who is signed in goes on at once.
pub(crate) async fn get(
    State(web): State<Web>,
    visitor: Visitor,
    member: Result<SignedIn, Refusal>,
    Query(Asked { next, note }): Query<Asked>,
) -> Result<Response, Refusal> {
    match member {
        Ok(_) => return Ok(see_other(next.as_str())),
        Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
        Err(_) => {}
    }
    let page = visitor.page();
    let note = note.map(|note| note.text(page.w));
    let ways = ways(&web, false, &next).await;
    Ok(shown(
        StatusCode::OK,
        SignInPage { page, next, note, email: String::new(), ways, errors: Errors::default() },
    ))
}

/// `POST /sign-in`
pub(crate) async fn post(
    State(web): State<Web>,
    visitor: Visitor,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let page = visitor.page();
    let words = page.w;
    // EXPOSE: whoever typed the address gets it back.
    let email = sent.email.expose().trim().to_owned();
    let mut errors = Errors::default();
    errors.add_if(email.is_empty(), "email", words.sign_in.email_missing);
    // EXPOSE: only whether there is one.
    errors.add_if(sent.password.expose().is_empty(), "password", words.sign_in.password_missing);
    let again = async |status, errors| {
        let (next, email) = (sent.next.clone(), email.clone());
        let ways = ways(&web, false, &next).await;
        shown(status, SignInPage { page, next, note: None, email, ways, errors })
    };
    if !errors.is_empty() {
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, errors).await);
    }
    match web.sign_in.sign_in(&Secret::new(email.clone()), &sent.password, &visitor.visit).await {
        Ok(session) => Ok(enter(&web, &session, &sent.next)),
        Err(SignInError::Wrong | SignInError::Malformed(_)) => {
            Ok(again(StatusCode::UNPROCESSABLE_ENTITY, Errors::one("email", words.sign_in.wrong)).await)
        }
        Err(SignInError::Slow { seconds }) => {
            let text = words.frame.too_many_attempts.replace("{seconds}", &seconds.to_string());
            let response = again(StatusCode::TOO_MANY_REQUESTS, Errors::one("email", text)).await;
            Ok(wait(response, seconds))
        }
        Err(other) => Err(other.into()),
    }
}

fn shown(status: StatusCode, page: SignInPage) -> Response {
    with_script(show_with(status, &page))
}

/// Says how long to wait (RFC 9110 §10.2.3).
pub(crate) fn wait(response: Response, seconds: u32) -> Response {
    ([(header::RETRY_AFTER, HeaderValue::from(seconds))], response).into_response()
}

/// On to where somebody wanted to go, or first to the second factor.
pub(crate) fn enter(web: &Web, session: &NewSession, next: &Next) -> Response {
    let to = match session.standing {
        Standing::Partial => next.after("/sign-in/factor"),
        Standing::Single | Standing::Multi => next.as_str().to_owned(),
    };
    with_cookies(see_other(&to), begun(web, session))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = SignInPage {
        page,
        next: Next::parse("/account?a=\"<b>"),
        note: Some("A note"),
        email: "nurse@hospital.example".to_owned(),
        ways: vec![Way { name: "Ospedale <b>".to_owned(), href: "/sign-in/with/hospital".to_owned() }],
        errors: Errors::one("email", "Not right"),
    };
    template.render().unwrap()
}
