//! Recovery codes, shown once.
//!
//! They stand in the answer to a form and nowhere else: a page that could be asked for again would show them again.

use askama::Template;
use axum::{extract::State, response::Response};
use tacenda_contracts::accounts::own_account::Enrolled;
use tacenda_kernel::Secret;

use super::Done;
use crate::{
    edge::{
        answer::{see_other, show, with_cookies},
        cookies::begun,
        form::{Form, Nothing},
        member::{Member, SignedIn},
        next::Next,
    },
    refusal::{Refusal, come_back},
    view::page::{Area, Page},
    web::Web,
};

#[derive(Template)]
#[template(path = "account/recovery.html")]
struct RecoveryCodes {
    page: Page,
    note: Option<&'static str>,
    codes: Vec<String>,
    next: Next,
}

/// `POST /account/factors/recovery`
pub(crate) async fn post(
    State(web): State<Web>,
    member: SignedIn,
    _: Form<Nothing>,
) -> Result<Response, Refusal> {
    let codes = web.own.make_recovery_codes(&member.token, &member.visit).await;
    let codes = codes.map_err(come_back("/account/factors"))?;
    Ok(shown(&member, &codes, None, Next::parse("/account/factors")))
}

/// After a factor was enrolled: its recovery codes, where it is the first, or on.
pub(crate) fn after_enrolling(
    web: &Web,
    member: &Member,
    enrolled: &Enrolled,
    (done, page): (Done, &'static str),
    next: Next,
) -> Response {
    let answer = if enrolled.recovery_codes.is_empty() {
        let on = next != Next::default();
        see_other(if on { next.as_str() } else { page })
    } else {
        let text = done.text(member.page(Area::None).w);
        let next = if next == Next::default() { Next::parse("/account/factors") } else { next };
        shown(member, &enrolled.recovery_codes, Some(text), next)
    };
    with_cookies(answer, begun(web, &enrolled.session))
}

fn shown(member: &Member, codes: &[Secret<String>], note: Option<&'static str>, next: Next) -> Response {
    // EXPOSE: this is the one time that their owner sees them.
    let codes = codes.iter().map(|code| code.expose().clone()).collect();
    // Its buttons would carry the token of a session that was just replaced: a frame without any.
    let page = Page::new(member.session.language, String::new(), Area::None, None);
    show(&RecoveryCodes { page, note, codes, next })
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = RecoveryCodes {
        note: Some(page.w.account.totp_added),
        codes: (0..10).map(|n| format!("k4mw-9x{n}t-2pqr")).collect(),
        next: Next::default(),
        page,
    };
    template.render().unwrap()
}
