//! `/account`: who one is here.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_contracts::accounts::own_account::{HeldRole, OwnProfile};
use tacenda_kernel::Language;

use super::After;
use crate::{
    edge::{
        answer::{see_other, show},
        form::{Fields, Form},
        member::{Member, SignedIn},
        url::Query,
    },
    refusal::Refusal,
    view::{
        moment::Moment,
        page::{Area, Page},
        role::role_name,
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "account/overview.html")]
struct Overview {
    page: Page,
    note: Option<&'static str>,
    unprotected: bool,
    name: String,
    email: String,
    next_email: Option<String>,
    roles: Vec<String>,
    password_set: Option<String>,
    since: Moment,
}

/// `GET /account`
pub(crate) async fn get(
    State(web): State<Web>,
    member: SignedIn,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    let profile = web.own.profile(&member.token, &member.visit).await?;
    Ok(show(&overview(&web, &member, &profile, &after)))
}

fn overview(web: &Web, member: &Member, profile: &OwnProfile, after: &After) -> Overview {
    let page = member.page(Area::Overview);
    let (words, language) = (page.w, page.language);
    let day = |at| Moment::new(at, &web.time_zone, language).day;
    let role = |held: &HeldRole| {
        let name = role_name(held.role, &words.frame);
        match held.until {
            None => name.to_owned(),
            Some(until) => words.account.role_until.replace("{role}", name).replace("{date}", &day(until)),
        }
    };
    Overview {
        note: after.done.map(|done| done.text(words)),
        unprotected: member.session.factors.is_empty(),
        // EXPOSE: people are shown their own name and addresses.
        name: profile.display_name.expose().clone(),
        email: profile.email.as_ref().map(|email| email.expose().clone()).unwrap_or_default(),
        next_email: profile
            .next_email
            .as_ref()
            .map(|email| words.account.next_email.replace("{email}", email.expose())),
        roles: profile.roles.iter().map(role).collect(),
        password_set: profile
            .password_set_at
            .map(|at| words.account.password_set.replace("{date}", &day(at))),
        since: Moment::new(profile.since, &web.time_zone, language),
        page,
    }
}

/// The form of the language.
#[derive(Deserialize)]
pub(crate) struct Sent {
    language: String,
}

impl Fields for Sent {}

/// `POST /account/language`
pub(crate) async fn set_language(
    State(web): State<Web>,
    member: SignedIn,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let language: Language = sent.language.parse().map_err(|_| Refusal::Malformed)?;
    web.own.set_language(&member.token, language, &member.visit).await?;
    Ok(see_other("/account?done=language"))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = Overview {
        note: Some(page.w.account.language_saved),
        unprotected: true,
        name: "Elena <b>Marchetti</b>".to_owned(),
        email: "elena.marchetti@hospital.example".to_owned(),
        next_email: Some(page.w.account.next_email.replace("{email}", "e.m@hospital.example")),
        roles: vec![page.w.frame.clinician.to_owned(), page.w.frame.administrator.to_owned()],
        password_set: Some("1 Mar 2026".to_owned()),
        since: Moment::new(jiff::Timestamp::UNIX_EPOCH, &jiff::tz::TimeZone::UTC, page.language),
        page,
    };
    template.render().unwrap()
}
