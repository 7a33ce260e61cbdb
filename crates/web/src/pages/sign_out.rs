//! `/sign-out`: ending one's session; by the button of every page, or on a page of its own where an application asks.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    edge::{
        answer::{see_other, show, with_cookies},
        cookies::Cookie,
        form::{Form, Nothing},
        member::Member,
    },
    refusal::Refusal,
    view::page::{Area, Page},
    web::Web,
};

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOut {
    page: Page,
}

/// `GET /sign-out`: a link of another site ends nothing by itself.
pub(crate) async fn get(member: Result<Member, Refusal>) -> Result<Response, Refusal> {
    match member {
        Ok(member) => Ok(show(&SignOut { page: member.page(Area::None) })),
        Err(Refusal::SignInFirst(_)) => Ok(see_other("/sign-in")),
        Err(other) => Err(other),
    }
}

/// `POST /sign-out`
pub(crate) async fn post(
    State(web): State<Web>,
    member: Member,
    _: Form<Nothing>,
) -> Result<Response, Refusal> {
    let answer = match web.sign_in.sign_out(&member.token, member.visit.trace).await {
        Ok(()) => see_other("/sign-in?note=signed-out"),
        // What cannot be recorded is not done; this browser is out all the same.
        Err(_) => Refusal::Unavailable.into_response(),
    };
    Ok(with_cookies(answer, Cookie::Session.clear(&web)))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    SignOut { page }.render().unwrap()
}
