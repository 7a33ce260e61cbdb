//! `/people/{id}`: one person, and what an administrator does about their account.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::people::{HeldRole, PeopleError, Person, PersonState, Reset};
use tacenda_kernel::{ActorId, Secret};
use uuid::Uuid;

use super::{After, RoleChoice, role_choices, state};
use crate::{
    edge::{
        administrator::Administrator,
        answer::{see_other, show_with},
        form::{Form, Nothing},
        url::{Path, Query},
    },
    refusal::Refusal,
    view::{
        errors::Errors,
        moment::Moment,
        page::{Area, Page},
        role::role_name,
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "people/person.html")]
struct PersonPage {
    page: Page,
    note: Option<&'static str>,
    problem: Option<&'static str>,
    id: String,
    name: String,
    email: String,
    language: &'static str,
    state: (&'static str, &'static str),
    suspended: bool,
    invited: bool,
    demanded: bool,
    made: Moment,
    last_used: String,
    held: Vec<Held>,
    reset: Option<Waiting>,
    give: Vec<RoleChoice>,
    until: String,
    errors: Errors,
}

struct Held {
    code: &'static str,
    name: &'static str,
    text: String,
    in_force: bool,
    take: String,
}

struct Waiting {
    id: Uuid,
    text: String,
}

/// `GET /people/{id}`
pub(crate) async fn get(
    State(web): State<Web>,
    by: Administrator,
    Path(id): Path<Uuid>,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    let note = after.done.map(|done| done.text(&by.member.page(Area::People).w.people));
    shown(StatusCode::OK, &web, &by, ActorId(id), note, Problem::default()).await
}

/// What a form on the page got wrong.
#[derive(Default)]
pub(crate) struct Problem {
    /// Said at the top.
    pub(crate) text: Option<&'static str>,
    /// Said beside the fields of the form for a role.
    pub(crate) errors: Errors,
    /// The day that was typed.
    pub(crate) until: String,
}

pub(crate) async fn shown(
    status: StatusCode,
    web: &Web,
    by: &Administrator,
    id: ActorId,
    note: Option<&'static str>,
    problem: Problem,
) -> Result<Response, Refusal> {
    let person = web.people.person(&by.token, id, by.trace()).await?;
    Ok(show_with(status, &page(web, by.member.page(Area::People), &person, note, problem)))
}

fn page(web: &Web, page: Page, person: &Person, note: Option<&'static str>, problem: Problem) -> PersonPage {
    let (words, language) = (page.w, page.language);
    let moment = |at| Moment::new(at, &web.time_zone, language);
    // EXPOSE: administrators see who works here; the service leaves out the names of patients.
    let text = |value: &Option<Secret<String>>| value.as_ref().map(|value| value.expose().clone());
    let waits = words.people.reset_waits;
    PersonPage {
        note,
        problem: problem.text,
        id: person.id.to_string(),
        name: text(&person.display_name).unwrap_or_else(|| words.people.unnamed.to_owned()),
        email: text(&person.email).unwrap_or_else(|| words.frame.unknown.to_owned()),
        language: match person.language {
            tacenda_kernel::Language::English => "English",
            tacenda_kernel::Language::Italian => "Italiano",
        },
        state: state(person.state, &words.people),
        suspended: person.state == PersonState::Suspended,
        invited: person.state == PersonState::Invited,
        demanded: person.password_demanded,
        made: moment(person.made_at),
        last_used: person.last_used_at.map_or(words.frame.never.to_owned(), |at| moment(at).text),
        held: person.roles.iter().map(|held| row(web, &page, held)).collect(),
        reset: person.reset.as_ref().map(|reset| Waiting {
            id: reset.id,
            text: waits
                .replace("{date}", &moment(reset.asked_at).text)
                .replace("{until}", &moment(reset.ends_at).text),
        }),
        give: role_choices(words, |_| false),
        until: problem.until,
        errors: problem.errors,
        page,
    }
}

fn row(web: &Web, page: &Page, held: &HeldRole) -> Held {
    let words = &page.w.people;
    let day = |at| Moment::new(at, &web.time_zone, page.language).day;
    let in_force = held.grant.until.is_none_or(|until| until > web.clock.now());
    let name = role_name(held.grant.role, &page.w.frame);
    let mut text = words.given_at.replace("{date}", &day(held.given_at));
    if let Some(until) = held.grant.until {
        let ends = if in_force { words.ends } else { words.ended };
        text = format!("{text} · {}", ends.replace("{date}", &day(until)));
    }
    let take = words.take_named.replace("{role}", name);
    Held { code: held.grant.role.as_str(), name, text, in_force, take }
}

/// What is done by a button of the page.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Act {
    Suspend,
    Reinstate,
    DemandPassword,
    ResetFactors,
    InviteAgain,
}

/// `POST /people/{id}/{act}`
pub(crate) async fn act(
    State(web): State<Web>,
    by: Administrator,
    Path((id, act)): Path<(Uuid, Act)>,
    _: Form<Nothing>,
) -> Result<Response, Refusal> {
    let (people, token, person, trace) = (&web.people, &by.token, ActorId(id), by.trace());
    let done = match act {
        Act::Suspend => people.suspend(token, person, trace).await.map(|()| "suspended"),
        Act::Reinstate => people.reinstate(token, person, trace).await.map(|()| "reinstated"),
        Act::DemandPassword => people.demand_password(token, person, trace).await.map(|()| "demanded"),
        Act::InviteAgain => people.invite_again(token, person, trace).await.map(|()| "invited"),
        Act::ResetFactors => people.reset_factors(token, person, trace).await.map(|reset| match reset {
            Reset::Done => "reset",
            Reset::Asked(_) => "asked",
        }),
    };
    answer(&web, &by, person, done).await
}

/// Back to the person, with what was done or why not.
pub(crate) async fn answer(
    web: &Web,
    by: &Administrator,
    person: ActorId,
    done: Result<&'static str, PeopleError>,
) -> Result<Response, Refusal> {
    let words = &by.member.page(Area::People).w.people;
    let (status, text) = match done {
        Ok(done) => return Ok(see_other(&format!("/people/{person}?done={done}"))),
        Err(PeopleError::Refused) => (StatusCode::FORBIDDEN, words.refused),
        Err(PeopleError::Invalid(_) | PeopleError::Taken) => {
            (StatusCode::UNPROCESSABLE_ENTITY, words.not_fitting)
        }
        Err(other) => return Err(other.into()),
    };
    shown(status, web, by, person, None, Problem { text: Some(text), ..Problem::default() }).await
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let words = page.w;
    let held = |code: &'static str, name, in_force| Held {
        code,
        name,
        text: words.people.given_at.replace("{date}", "1 Mar 2026"),
        in_force,
        take: words.people.take_named.replace("{role}", name),
    };
    let template = PersonPage {
        note: Some(super::Done::Asked.text(&words.people)),
        problem: Some(words.people.refused),
        id: Uuid::nil().to_string(),
        name: "Elena <b>Marchetti".to_owned(),
        email: "elena.marchetti@hospital.example".to_owned(),
        language: "Italiano",
        state: state(PersonState::Active, &words.people),
        suspended: false,
        invited: true,
        demanded: true,
        made: Moment::new(jiff::Timestamp::UNIX_EPOCH, &jiff::tz::TimeZone::UTC, page.language),
        last_used: words.frame.never.to_owned(),
        held: vec![
            held("clinician", words.frame.clinician, true),
            held("monitor", words.frame.monitor, false),
        ],
        reset: Some(Waiting { id: Uuid::nil(), text: "1 Mar 2026".to_owned() }),
        give: role_choices(words, |_| false),
        until: "2026".to_owned(),
        errors: Errors::one("until", words.people.until_wrong),
        page,
    };
    template.render().unwrap()
}
