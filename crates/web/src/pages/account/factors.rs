//! `/account/factors`: the ways to prove a second time who one is; `/account/enrol` where the first is owed.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use tacenda_contracts::accounts::{
    own_account::{FactorRef, OwnAccountError},
    sign_in::Duty,
};

use super::{After, Done};
use crate::{
    edge::{
        answer::{see_other, show, show_with},
        form::{Fields, Form},
        member::{Member, SignedIn},
        next::Asked,
        url::Query,
    },
    refusal::{Refusal, come_back},
    view::{
        moment::Moment,
        page::{Area, Page},
    },
    web::Web,
    words::Words,
};

const HERE: &str = "/account/factors";
const TOTP: &str = "totp";

#[derive(Template)]
#[template(path = "account/factors.html")]
struct FactorsPage {
    page: Page,
    note: Option<&'static str>,
    problem: Option<&'static str>,
    passkeys: Vec<Row>,
    totp: Option<Row>,
    recovery: Option<String>,
}

struct Row {
    id: String,
    name: String,
    enrolled: String,
    used: String,
    remove: String,
}

#[derive(Template)]
#[template(path = "account/enrol.html")]
struct Enrol {
    page: Page,
    intro: &'static str,
    passkey: String,
    totp: String,
}

/// `GET /account/factors`
pub(crate) async fn get(
    State(web): State<Web>,
    member: SignedIn,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    shown(StatusCode::OK, &web, &member, after.done, None).await
}

async fn shown(
    status: StatusCode,
    web: &Web,
    member: &Member,
    done: Option<Done>,
    problem: Option<&'static str>,
) -> Result<Response, Refusal> {
    let factors = web.own.factors(&member.token, &member.visit).await?;
    let page = member.page(Area::Security);
    let (words, language) = (page.w, page.language);
    let day = |at| Moment::new(at, &web.time_zone, language).day;
    let row = |id: String, name: String, enrolled, used| row(words, id, name, (enrolled, used), &day);
    let passkeys = factors.passkeys.iter().map(|passkey| {
        // EXPOSE: people are shown what they call their passkeys.
        row(passkey.id.to_string(), passkey.name.expose().clone(), passkey.enrolled_at, passkey.used_at)
    });
    let totp = factors.totp.map(|app| {
        let name = words.account.totp.to_owned();
        row(TOTP.to_owned(), name, app.enrolled_at, app.used_at)
    });
    let left = |count: u32| words.account.recovery_left.replace("{count}", &count.to_string());
    let template = FactorsPage {
        note: done.map(|done| done.text(words)),
        problem,
        passkeys: passkeys.collect(),
        totp,
        recovery: factors.recovery_codes_left.map(left),
        page,
    };
    Ok(show_with(status, &template))
}

fn row(
    words: &Words,
    id: String,
    name: String,
    (enrolled, used): (Timestamp, Option<Timestamp>),
    day: &dyn Fn(Timestamp) -> String,
) -> Row {
    let words = &words.account;
    Row {
        id,
        remove: words.remove_named.replace("{name}", &name),
        name,
        enrolled: words.enrolled_at.replace("{date}", &day(enrolled)),
        used: used.map_or(words.not_used.to_owned(), |at| words.used_at.replace("{date}", &day(at))),
    }
}

/// The form of a factor's button: `totp`, or a passkey's number.
#[derive(Deserialize)]
pub(crate) struct Remove {
    factor: String,
}

impl Fields for Remove {}

/// `POST /account/factors/remove`
pub(crate) async fn remove(
    State(web): State<Web>,
    member: SignedIn,
    Form(sent): Form<Remove>,
) -> Result<Response, Refusal> {
    let factor = match sent.factor.as_str() {
        TOTP => FactorRef::Totp,
        id => FactorRef::Passkey(id.parse().map_err(|_| Refusal::Malformed)?),
    };
    match web.own.remove_factor(&member.token, factor, &member.visit).await {
        // One that is gone already is removed, too: somebody pressed twice.
        Ok(()) | Err(OwnAccountError::NotFound) => Ok(see_other("/account/factors?done=removed")),
        Err(OwnAccountError::LastFactor) => {
            let text = member.page(Area::Security).w.account.last_factor;
            shown(StatusCode::UNPROCESSABLE_ENTITY, &web, &member, None, Some(text)).await
        }
        Err(other) => Err(come_back(HERE)(other)),
    }
}

/// `GET /account/enrol`: the first second factor, where a role or an application needs one.
pub(crate) async fn enrol(member: Member, Query(asked): Query<Asked>) -> Response {
    let owed = match member.duty() {
        Some(Duty::EnrolSecondFactor) => true,
        None if member.session.factors.is_empty() => false,
        None => return see_other(HERE),
        Some(_) => return see_other("/"),
    };
    let page = member.page(Area::None);
    let words = &page.w.account;
    show(&Enrol {
        intro: if owed { words.enrol_intro } else { words.enrol_asked },
        page,
        passkey: asked.next.after("/account/factors/passkey"),
        totp: asked.next.after("/account/factors/totp"),
    })
}

/// The pages as a test sees them.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let row = |id: &str, name: &str| {
        row(page.w, id.to_owned(), name.to_owned(), (Timestamp::UNIX_EPOCH, None), &|_| {
            "1 Mar 2026".to_owned()
        })
    };
    let template = FactorsPage {
        note: Some(page.w.account.passkey_added),
        problem: Some(page.w.account.last_factor),
        passkeys: vec![row("1", "Work laptop"), row("2", "Key <1>")],
        totp: Some(row(TOTP, page.w.account.totp)),
        recovery: Some(page.w.account.recovery_left.replace("{count}", "8")),
        page,
    };
    template.render().unwrap()
}

#[cfg(test)]
pub(crate) fn sample_enrol(page: Page) -> String {
    let (passkey, totp) = ("/account/factors/passkey".to_owned(), "/account/factors/totp".to_owned());
    Enrol { intro: page.w.account.enrol_asked, page, passkey, totp }.render().unwrap()
}
