//! `/people`: who there is. A search is a form that is sent, so that no name stands in a URL, which lands in logs.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_contracts::accounts::people::{
    PEOPLE_ON_A_PAGE, PeopleFilter, PeoplePage, Person, PersonState, ResetRequest,
};
use tacenda_kernel::Secret;

use super::{After, Done, RoleChoice, given_role, role_choices, state};
use crate::{
    edge::{
        administrator::Administrator,
        answer::show,
        form::{Fields, Form},
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
#[template(path = "people/list.html")]
struct List {
    page: Page,
    note: Option<&'static str>,
    resets: Vec<Waiting>,
    search: Search,
    roles: Vec<RoleChoice>,
    people: Vec<Row>,
    shown: String,
    previous: Option<u32>,
    next: Option<u32>,
}

struct Waiting {
    person: String,
    text: String,
}

struct Row {
    id: String,
    name: String,
    email: String,
    roles: Vec<&'static str>,
    state: (&'static str, &'static str),
    last_used: String,
}

/// The form of a search.
#[derive(Default, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    page: u32,
}

impl Fields for Search {}

impl Search {
    fn filter(&self) -> PeopleFilter {
        let secret = |value: &str| {
            let value = value.trim();
            (!value.is_empty()).then(|| Secret::new(value.to_owned()))
        };
        let state = match self.state.as_str() {
            "invited" => Some(PersonState::Invited),
            "active" => Some(PersonState::Active),
            "suspended" => Some(PersonState::Suspended),
            _ => None,
        };
        PeopleFilter {
            role: given_role(&self.role),
            state,
            name: secret(&self.name),
            email: secret(&self.email),
            page: self.page,
        }
    }
}

/// `GET /people`
pub(crate) async fn get(
    State(web): State<Web>,
    by: Administrator,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    shown(&web, &by, after.done, Search::default()).await
}

/// `POST /people`
pub(crate) async fn search(
    State(web): State<Web>,
    by: Administrator,
    Form(search): Form<Search>,
) -> Result<Response, Refusal> {
    shown(&web, &by, None, search).await
}

async fn shown(
    web: &Web,
    by: &Administrator,
    done: Option<Done>,
    search: Search,
) -> Result<Response, Refusal> {
    let found = web.people.people(&by.token, &search.filter(), by.trace()).await?;
    let resets = web.people.resets(&by.token, by.trace()).await?;
    let page = by.member.page(Area::People);
    Ok(show(&list(web, page, done, search, &found, &resets)))
}

fn list(
    web: &Web,
    page: Page,
    done: Option<Done>,
    search: Search,
    found: &PeoplePage,
    resets: &[ResetRequest],
) -> List {
    let words = page.w;
    let first = search.page as usize * PEOPLE_ON_A_PAGE;
    let last = first + found.people.len();
    let shown = words.people.shown.replace("{from}", &(first + 1).to_string());
    let shown = shown.replace("{to}", &last.to_string()).replace("{total}", &found.total.to_string());
    List {
        note: done.map(|done| done.text(&words.people)),
        resets: resets.iter().map(|reset| waiting(web, &page, reset)).collect(),
        roles: role_choices(words, |role| role.as_str() == search.role),
        people: found.people.iter().map(|person| row(web, &page, person)).collect(),
        shown,
        previous: search.page.checked_sub(1),
        next: (last < found.total).then_some(search.page.saturating_add(1)),
        search,
        page,
    }
}

fn waiting(web: &Web, page: &Page, reset: &ResetRequest) -> Waiting {
    let text = |at| Moment::new(at, &web.time_zone, page.language).text;
    let words = page.w.people.reset_waits;
    let words = words.replace("{date}", &text(reset.asked_at)).replace("{until}", &text(reset.ends_at));
    Waiting { person: reset.person.to_string(), text: words }
}

fn row(web: &Web, page: &Page, person: &Person) -> Row {
    let words = page.w;
    let now = web.clock.now();
    // EXPOSE: administrators see who works here; the service leaves out the names of patients.
    let text = |value: &Option<Secret<String>>| value.as_ref().map(|value| value.expose().clone());
    let in_force = person.roles.iter().filter(|held| held.grant.until.is_none_or(|until| until > now));
    Row {
        id: person.id.to_string(),
        name: text(&person.display_name).unwrap_or_else(|| words.people.unnamed.to_owned()),
        email: text(&person.email).unwrap_or_default(),
        roles: in_force.map(|held| role_name(held.grant.role, &words.frame)).collect(),
        state: state(person.state, &words.people),
        last_used: person.last_used_at.map_or_else(
            || words.frame.never.to_owned(),
            |at| Moment::new(at, &web.time_zone, page.language).day,
        ),
    }
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let words = page.w;
    let row = |name: &str, state: (&'static str, &'static str)| Row {
        id: "0190c1e4-0000-7000-8000-000000000001".to_owned(),
        name: name.to_owned(),
        email: "somebody@hospital.example".to_owned(),
        roles: vec![words.frame.clinician, words.frame.administrator],
        state,
        last_used: "1 Mar 2026".to_owned(),
    };
    let states = [PersonState::Active, PersonState::Invited, PersonState::Suspended];
    let people = states.into_iter().zip(["Elena Marchetti", "Davide Ferri", "Sofia <b>"]);
    let template = List {
        note: Some(words.people.done_reset),
        resets: vec![Waiting {
            person: "0190c1e4-0000-7000-8000-000000000001".to_owned(),
            text: words.people.reset_waits.replace("{date}", "1 Mar").replace("{until}", "2 Mar"),
        }],
        search: Search { name: "El\"<b>".to_owned(), page: 1, ..Search::default() },
        roles: role_choices(words, |_| false),
        people: people.map(|(of, name)| row(name, state(of, &words.people))).collect(),
        shown: "51–53".to_owned(),
        previous: Some(0),
        next: Some(2),
        page,
    };
    template.render().unwrap()
}
