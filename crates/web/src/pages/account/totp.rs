//! `/account/factors/totp`: an authenticator app.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::{own_account::OwnAccountError, sign_in::Duty};
use tacenda_kernel::Secret;

use super::{Done, recovery::after_enrolling};
use crate::{
    edge::{
        answer::{see_other, show_with},
        form::{Fields, Form, secret},
        member::Member,
        next::{Asked, Next},
        url::Query,
    },
    refusal::{Refusal, come_back},
    view::{
        errors::Errors,
        page::{Area, Page},
        qr::{QrCode, draw},
    },
    web::Web,
};

const HERE: &str = "/account/factors/totp";

#[derive(Template)]
#[template(path = "account/totp.html")]
struct TotpPage {
    page: Page,
    picture: Option<QrCode>,
    secret: String,
    next: Next,
    errors: Errors,
}

/// The form.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "secret")]
    code: Secret<String>,
    #[serde(default)]
    next: Next,
}

impl Fields for Sent {}

/// `GET /account/factors/totp`
pub(crate) async fn get(
    State(web): State<Web>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    may_enrol(&member)?;
    shown(StatusCode::OK, &web, &member, asked.next, Errors::default()).await
}

/// `POST /account/factors/totp`
pub(crate) async fn post(
    State(web): State<Web>,
    member: Member,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    may_enrol(&member)?;
    let words = &member.page(Area::None).w;
    // EXPOSE: people type codes in groups.
    let code: String = sent.code.expose().chars().filter(|c| !c.is_whitespace()).collect();
    let text = match code.is_empty() {
        true => words.sign_in.code_missing,
        false => match web.own.finish_totp(&member.token, &Secret::new(code), &member.visit).await {
            Ok(enrolled) => {
                let done = (Done::TotpAdded, "/account/factors?done=totp-added");
                return Ok(after_enrolling(&web, &member, &enrolled, done, sent.next));
            }
            Err(OwnAccountError::Wrong | OwnAccountError::Malformed(_)) => words.account.totp_wrong,
            // The secret was offered too long ago: begin anew, with another.
            Err(OwnAccountError::NotFound) => return Ok(see_other(&sent.next.after(HERE))),
            Err(other) => return Err(come_back(HERE)(other)),
        },
    };
    shown(StatusCode::UNPROCESSABLE_ENTITY, &web, &member, sent.next, Errors::one("code", text)).await
}

/// Who owes nothing, or owes exactly this.
pub(crate) fn may_enrol(member: &Member) -> Result<(), Refusal> {
    match member.duty() {
        None | Some(Duty::EnrolSecondFactor) => Ok(()),
        Some(other) => Err(Refusal::DutyFirst(other, member.here.clone())),
    }
}

async fn shown(
    status: StatusCode,
    web: &Web,
    member: &Member,
    next: Next,
    errors: Errors,
) -> Result<Response, Refusal> {
    let offer = match web.own.begin_totp(&member.token, &member.visit).await {
        Ok(offer) => offer,
        Err(OwnAccountError::TooMany) => return Ok(see_other("/account/factors")),
        Err(OwnAccountError::ProofNeeded) => {
            return Ok(Refusal::ProofFirst(Next::parse(&next.after(HERE))).into_response());
        }
        Err(other) => return Err(other.into()),
    };
    // EXPOSE: its owner types it where they cannot scan it; in groups of four it is easier to read.
    let characters: Vec<char> = offer.secret.expose().chars().collect();
    let secret = characters.chunks(4).map(|group| group.iter().collect()).collect::<Vec<String>>().join(" ");
    let page = member.page(Area::None);
    Ok(show_with(status, &TotpPage { page, picture: draw(&offer.uri), secret, next, errors }))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = TotpPage {
        page,
        picture: draw(&Secret::new(
            "otpauth://totp/Tacenda:a%40b.example?secret=JBSWY3DPEHPK3PXP".to_owned(),
        )),
        secret: "JBSW Y3DP EHPK 3PXP".to_owned(),
        next: Next::default(),
        errors: Errors::default(),
    };
    template.render().unwrap()
}
