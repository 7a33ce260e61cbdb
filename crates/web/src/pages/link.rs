//! `/link/{token}`: what is done by mailed links.
//!
//! Opening the page uses nothing up, since mail filters open links, too; the form on it does.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::{
    links::{AddressChange, LinkError, LinkPurpose, LinkToken, OpenLink},
    sign_in::NewSession,
};
use tacenda_kernel::Secret;

use super::{sign_in::enter, told::Told};
use crate::{
    edge::{
        answer::{see_other, show, show_with},
        form::{Fields, Form, Guard, secret},
        next::Next,
        url::Path,
        visitor::Visitor,
    },
    refusal::Refusal,
    view::{errors::Errors, page::Page, password::fault_text},
    web::Web,
};

#[derive(Template)]
#[template(path = "link_password.html")]
struct PasswordPage {
    page: Page,
    title: String,
    intro: String,
    hint: String,
    email: String,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "link_address.html")]
struct AddressPage {
    page: Page,
    title: &'static str,
    intro: String,
}

/// The form: a password where one is to be set.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(default, deserialize_with = "optional_secret")]
    password: Option<Secret<String>>,
}

fn optional_secret<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret<String>>, D::Error> {
    secret(deserializer).map(Some)
}

impl Fields for Sent {
    const GUARD: Guard = Guard::Cookie;
}

/// `GET /link/{token}`
pub(crate) async fn get(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refusal> {
    match web.links.open(&Secret::new(token), &visitor.visit).await {
        Ok(link) => Ok(shown(StatusCode::OK, &visitor.in_language(link.language), &link, Errors::default())),
        Err(error) => over(&visitor, error),
    }
}

/// `POST /link/{token}`
pub(crate) async fn post(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let token = Secret::new(token);
    let link = match web.links.open(&token, &visitor.visit).await {
        Ok(link) => link,
        Err(error) => return over(&visitor, error),
    };
    let visitor = visitor.in_language(link.language);
    match link.purpose {
        LinkPurpose::Invitation | LinkPurpose::NewPassword => {
            let password = sent.password.unwrap_or_else(|| Secret::new(String::new()));
            set_password(&web, &visitor, &token, &link, &password).await
        }
        LinkPurpose::LeaveAddress | LinkPurpose::JoinAddress => {
            match web.links.confirm_address(&token, &visitor.visit).await {
                Ok(AddressChange::Done) => Ok(see_other("/sign-in?note=address-changed")),
                Ok(AddressChange::OtherAwaited) => Ok(other_awaited(&visitor)),
                Err(error) => over(&visitor, error),
            }
        }
    }
}

async fn set_password(
    web: &Web,
    visitor: &Visitor,
    token: &LinkToken,
    link: &OpenLink,
    password: &Secret<String>,
) -> Result<Response, Refusal> {
    let words = visitor.page().w;
    // EXPOSE: only whether there is one.
    if password.expose().is_empty() {
        let errors = Errors::one("password", words.sign_in.new_password_missing);
        return Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, visitor, link, errors));
    }
    let set: Result<NewSession, LinkError> = match link.purpose {
        LinkPurpose::Invitation => web.links.accept_invitation(token, password, &visitor.visit).await,
        _ => web.links.set_new_password(token, password, &visitor.visit).await,
    };
    match set {
        Ok(session) => Ok(enter(web, &session, &Next::default())),
        Err(LinkError::Password(fault)) => {
            let errors = Errors::one("password", fault_text(fault, words));
            Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, visitor, link, errors))
        }
        Err(LinkError::Malformed(_)) => {
            let errors = Errors::one("password", words.frame.not_fitting);
            Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, visitor, link, errors))
        }
        Err(error) => over(visitor, error),
    }
}

fn shown(status: StatusCode, visitor: &Visitor, link: &OpenLink, errors: Errors) -> Response {
    let page = visitor.page();
    let words = &page.w.sign_in;
    // EXPOSE: whoever holds the link is shown for whom it is.
    let (name, email) = (link.display_name.expose(), link.email.expose());
    let fill = |text: &str| text.replace("{name}", name).replace("{email}", email);
    let length = link.least_password_length.to_string();
    let hint = words.new_password_hint.replace("{length}", &length);
    let password = |title: &str, intro: &str, page| {
        let (title, intro, email) = (fill(title), fill(intro), email.clone());
        show_with(status, &PasswordPage { page, title, intro, hint: hint.clone(), email, errors })
    };
    match link.purpose {
        LinkPurpose::Invitation => password(words.invitation_title, words.invitation_intro, page),
        LinkPurpose::NewPassword => password(words.new_password_title, words.new_password_intro, page),
        LinkPurpose::LeaveAddress => {
            let (title, intro) = (words.leave_title, fill(words.leave_intro));
            show_with(status, &AddressPage { page, title, intro })
        }
        LinkPurpose::JoinAddress => {
            let (title, intro) = (words.join_title, fill(words.join_intro));
            show_with(status, &AddressPage { page, title, intro })
        }
    }
}

fn other_awaited(visitor: &Visitor) -> Response {
    let page = visitor.page();
    let words = page.w;
    show(&Told {
        title: words.sign_in.other_awaited_title,
        texts: vec![words.sign_in.other_awaited],
        href: "/",
        link: words.refused.start,
        page,
    })
}

fn over(visitor: &Visitor, error: LinkError) -> Result<Response, Refusal> {
    let page = visitor.page();
    let words = &page.w.sign_in;
    let text = match error {
        LinkError::Slow { seconds } => return Err(Refusal::Slow { seconds }),
        LinkError::Full => return Err(Refusal::Full),
        LinkError::Unavailable => return Err(Refusal::Unavailable),
        LinkError::Taken => words.address_taken,
        LinkError::Invalid | LinkError::Password(_) | LinkError::Malformed(_) => words.link_over_do,
    };
    let told =
        Told { title: words.link_over, texts: vec![text], href: "/forgotten", link: words.link_again, page };
    Ok(show_with(StatusCode::GONE, &told))
}

/// The pages as a test sees them.
#[cfg(test)]
pub(crate) fn sample_password(page: Page) -> String {
    let words = &page.w.sign_in;
    let template = PasswordPage {
        title: words.invitation_title.replace("{name}", "Elena Marchetti"),
        intro: words.invitation_intro.replace("{email}", "elena@hospital.example"),
        hint: words.new_password_hint.replace("{length}", "12"),
        email: "elena@hospital.example".to_owned(),
        errors: Errors::default(),
        page,
    };
    template.render().unwrap()
}

#[cfg(test)]
pub(crate) fn sample_address(page: Page) -> String {
    let words = &page.w.sign_in;
    let intro = words.leave_intro.replace("{name}", "Elena").replace("{email}", "elena@hospital.example");
    AddressPage { title: words.leave_title, intro, page }.render().unwrap()
}
