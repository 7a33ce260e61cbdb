//! `/account/history`: who tried to sign in as this person.

use askama::Template;
use axum::{extract::State, response::Response};
use tacenda_contracts::accounts::{
    own_account::{Attempt, AttemptOutcome, Attempts},
    sign_in::FactorKind,
};

use crate::{
    edge::{answer::show, member::SignedIn},
    refusal::Refusal,
    view::{
        agent::agent,
        moment::Moment,
        page::{Area, Page},
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "account/history.html")]
struct History {
    page: Page,
    attempts: Vec<Row>,
    missing: Option<String>,
}

struct Row {
    at: Moment,
    good: bool,
    outcome: &'static str,
    factor: &'static str,
    agent: String,
    network: String,
    new_device: bool,
}

/// `GET /account/history`
pub(crate) async fn get(State(web): State<Web>, member: SignedIn) -> Result<Response, Refusal> {
    let Attempts { all, missing } = web.own.history(&member.token, &member.visit).await?;
    let page = member.page(Area::History);
    let attempts = all.iter().map(|attempt| row(&web, &page, attempt)).collect();
    let missing = (missing > 0).then(|| missing_words(&page, missing));
    Ok(show(&History { page, attempts, missing }))
}

fn missing_words(page: &Page, count: usize) -> String {
    page.w.account.history_missing.replace("{count}", &count.to_string())
}

fn row(web: &Web, page: &Page, attempt: &Attempt) -> Row {
    let words = &page.w.account;
    // EXPOSE: people are shown who tried to be them.
    let network = attempt.network.as_ref().map(|network| network.expose().clone());
    Row {
        at: Moment::new(attempt.at, &web.time_zone, page.language),
        good: attempt.outcome == AttemptOutcome::SignedIn,
        outcome: match attempt.outcome {
            AttemptOutcome::SignedIn => words.signed_in,
            AttemptOutcome::WrongPassword => words.wrong_password,
            AttemptOutcome::WrongFactor => words.wrong_factor,
        },
        factor: match attempt.factor {
            Some(FactorKind::Passkey) => words.factor_passkey,
            Some(FactorKind::Totp) => words.factor_totp,
            Some(FactorKind::RecoveryCode) => words.factor_recovery,
            None => words.factor_none,
        },
        agent: agent(attempt.agent.expose(), &page.w.frame),
        network: network.unwrap_or_else(|| page.w.frame.unknown.to_owned()),
        new_device: attempt.new_device,
    }
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = {
        let row = |good, outcome, factor| Row {
            at: Moment::new(jiff::Timestamp::UNIX_EPOCH, &jiff::tz::TimeZone::UTC, page.language),
            good,
            outcome,
            factor,
            agent: "Firefox on Linux".to_owned(),
            network: "192.0.2.17".to_owned(),
            new_device: !good,
        };
        let words = &page.w.account;
        let attempts = vec![
            row(true, words.signed_in, words.factor_passkey),
            row(false, words.wrong_password, words.factor_none),
        ];
        let missing = Some(missing_words(&page, 2));
        History { page, attempts, missing }
    };
    template.render().unwrap()
}
