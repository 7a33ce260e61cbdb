//! `/account/sessions`: the browsers that are signed in, and ending them.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_contracts::accounts::own_account::{OpenSession, OwnAccountError};
use uuid::Uuid;

use super::After;
use crate::{
    edge::{
        answer::{see_other, show},
        form::{Fields, Form, Nothing},
        member::SignedIn,
        url::Query,
    },
    refusal::Refusal,
    view::{
        agent::agent,
        moment::Moment,
        page::{Area, Page},
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct Sessions {
    page: Page,
    note: Option<&'static str>,
    sessions: Vec<Row>,
}

struct Row {
    id: Uuid,
    current: bool,
    agent: String,
    network: String,
    started: Moment,
    seen: Moment,
    end: String,
}

/// `GET /account/sessions`
pub(crate) async fn get(
    State(web): State<Web>,
    member: SignedIn,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    let sessions = web.own.sessions(&member.token, &member.visit).await?;
    let page = member.page(Area::Sessions);
    let rows = sessions.iter().map(|session| row(&web, &page, session)).collect();
    Ok(show(&Sessions { note: after.done.map(|done| done.text(page.w)), sessions: rows, page }))
}

fn row(web: &Web, page: &Page, session: &OpenSession) -> Row {
    let moment = |at| Moment::new(at, &web.time_zone, page.language);
    // EXPOSE: people are shown from where they are signed in.
    let agent = agent(session.agent.expose(), &page.w.frame);
    let network = session.network.as_ref().map(|network| network.expose().clone());
    Row {
        id: session.id,
        current: session.current,
        end: page.w.account.session_end_named.replace("{name}", &agent),
        agent,
        network: network.unwrap_or_else(|| page.w.frame.unknown.to_owned()),
        started: moment(session.started_at),
        seen: moment(session.seen_at),
    }
}

/// The form of a session's button.
#[derive(Deserialize)]
pub(crate) struct End {
    session: Uuid,
}

impl Fields for End {}

/// `POST /account/sessions/end`
pub(crate) async fn end(
    State(web): State<Web>,
    member: SignedIn,
    Form(sent): Form<End>,
) -> Result<Response, Refusal> {
    match web.own.end_session(&member.token, sent.session, &member.visit).await {
        // One that is over already has ended, too.
        Ok(()) | Err(OwnAccountError::NotFound) => Ok(see_other("/account/sessions?done=session-ended")),
        Err(other) => Err(other.into()),
    }
}

/// `POST /account/sessions/end-others`
pub(crate) async fn end_others(
    State(web): State<Web>,
    member: SignedIn,
    _: Form<Nothing>,
) -> Result<Response, Refusal> {
    web.own.end_other_sessions(&member.token, &member.visit).await?;
    Ok(see_other("/account/sessions?done=others-ended"))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let template = {
        let moment = || Moment::new(jiff::Timestamp::UNIX_EPOCH, &jiff::tz::TimeZone::UTC, page.language);
        let row = |current| Row {
            id: Uuid::nil(),
            current,
            agent: "Firefox on Linux".to_owned(),
            network: "192.0.2.17".to_owned(),
            started: moment(),
            seen: moment(),
            end: page.w.account.session_end_named.replace("{name}", "Firefox"),
        };
        Sessions { note: None, sessions: vec![row(true), row(false)], page }
    };
    template.render().unwrap()
}
