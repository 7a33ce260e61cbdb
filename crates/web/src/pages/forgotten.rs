//! `/forgotten`: a link for a new password. The answer is the same whether or not there is an account.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::links::LinkError;
use tacenda_kernel::Secret;

use super::told::Told;
use crate::{
    edge::{
        answer::{see_other, show, show_with},
        form::{Fields, Form, Guard, secret},
        visitor::Visitor,
    },
    refusal::Refusal,
    view::{errors::Errors, page::Page},
    web::Web,
};

#[derive(Template)]
#[template(path = "forgotten.html")]
struct Forgotten {
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

impl Fields for Sent {
    const GUARD: Guard = Guard::Cookie;
}

/// `GET /forgotten`
pub(crate) async fn get(visitor: Visitor) -> Response {
    show(&Forgotten { page: visitor.page(), email: String::new(), errors: Errors::default() })
}

/// `POST /forgotten`
pub(crate) async fn post(
    State(web): State<Web>,
    visitor: Visitor,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let page = visitor.page();
    // EXPOSE: whoever typed the address gets it back.
    let email = sent.email.expose().trim().to_owned();
    let asked = match email.is_empty() {
        true => Err(page.w.sign_in.email_missing),
        false => match web.links.ask_new_password(&Secret::new(email.clone()), &visitor.visit).await {
            Ok(()) => Ok(()),
            Err(LinkError::Malformed(_)) => Err(page.w.frame.not_fitting),
            Err(LinkError::Slow { seconds }) => return Err(Refusal::Slow { seconds }),
            Err(_) => return Err(Refusal::Unavailable),
        },
    };
    Ok(match asked {
        Ok(()) => see_other("/forgotten/sent"),
        Err(text) => {
            let errors = Errors::one("email", text);
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &Forgotten { page, email, errors })
        }
    })
}

/// `GET /forgotten/sent`
pub(crate) async fn sent(visitor: Visitor) -> Response {
    let page = visitor.page();
    let words = &page.w.sign_in;
    show(&Told {
        title: words.sent_title,
        texts: vec![words.sent, words.sent_do],
        href: "/sign-in",
        link: words.to_sign_in,
        page,
    })
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template =
        Forgotten { page, email: "a@b.example".to_owned(), errors: Errors::one("email", "Missing") };
    template.render().unwrap()
}
