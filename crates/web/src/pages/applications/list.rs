//! `/applications`: which there are, and whether they may do anything.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_contracts::accounts::applications::Application;

use crate::{
    edge::{
        administrator::Administrator,
        answer::{see_other, show},
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
    words::PeopleWords,
};

#[derive(Template)]
#[template(path = "applications/list.html")]
struct List {
    page: Page,
    note: Option<&'static str>,
    applications: Vec<Row>,
}

struct Row {
    name: String,
    client_id: String,
    roles: Vec<&'static str>,
    redirects: Vec<String>,
    last_used: String,
    disabled: bool,
    act: String,
}

/// What was done just before.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Registered,
    Disabled,
    Enabled,
}

/// `?done=…`
#[derive(Deserialize)]
pub(crate) struct After {
    done: Option<Done>,
}

impl Done {
    const fn text(self, words: &PeopleWords) -> &'static str {
        match self {
            Self::Registered => words.done_registered,
            Self::Disabled => words.done_disabled,
            Self::Enabled => words.done_enabled,
        }
    }
}

/// `GET /applications`
pub(crate) async fn get(
    State(web): State<Web>,
    by: Administrator,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    let applications = web.applications.applications(&by.token, by.trace()).await?;
    let page = by.member.page(Area::Applications);
    let applications = applications.into_iter().map(|application| row(&web, &page, application)).collect();
    Ok(show(&List { note: after.done.map(|done| done.text(&page.w.people)), applications, page }))
}

fn row(web: &Web, page: &Page, application: Application) -> Row {
    let words = page.w;
    let act = if application.disabled { words.people.enable_named } else { words.people.disable_named };
    Row {
        act: act.replace("{name}", &application.name),
        roles: application.roles.iter().map(|grant| role_name(grant.role, &words.frame)).collect(),
        redirects: application.redirect_uris,
        last_used: application.last_used_at.map_or_else(
            || words.frame.never.to_owned(),
            |at| Moment::new(at, &web.time_zone, page.language).day,
        ),
        disabled: application.disabled,
        name: application.name,
        client_id: application.client_id,
    }
}

/// The form of an application's button.
#[derive(Deserialize)]
pub(crate) struct Named {
    client_id: String,
}

impl Fields for Named {}

/// `POST /applications/disable`
pub(crate) async fn disable(
    State(web): State<Web>,
    by: Administrator,
    Form(sent): Form<Named>,
) -> Result<Response, Refusal> {
    web.applications.disable_application(&by.token, &sent.client_id, by.trace()).await?;
    Ok(see_other("/applications?done=disabled"))
}

/// `POST /applications/enable`
pub(crate) async fn enable(
    State(web): State<Web>,
    by: Administrator,
    Form(sent): Form<Named>,
) -> Result<Response, Refusal> {
    web.applications.enable_application(&by.token, &sent.client_id, by.trace()).await?;
    Ok(see_other("/applications?done=enabled"))
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let words = page.w;
    let row = |disabled| Row {
        name: "Growth charts <b>".to_owned(),
        client_id: "growth-charts".to_owned(),
        roles: vec![words.frame.application],
        redirects: vec!["example.org/back".to_owned()],
        last_used: "1 Mar 2026".to_owned(),
        disabled,
        act: words.people.disable_named.replace("{name}", "Growth charts"),
    };
    let applications = vec![row(false), row(true)];
    List { note: Some(words.people.done_enabled), applications, page }.render().unwrap()
}
