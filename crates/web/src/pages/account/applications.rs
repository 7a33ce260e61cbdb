//! `/account/applications`: the applications that one let in.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_contracts::accounts::oauth::{AuthorizeError, AuthorizeFault, LetIn};

use crate::{
    edge::{
        answer::{see_other, show},
        form::{Fields, Form},
        member::SignedIn,
        next::Next,
        url::Query,
    },
    refusal::Refusal,
    view::{
        moment::Moment,
        page::{Area, Page},
        role::role_name,
        scope::meaning,
    },
    web::Web,
};

#[derive(Template)]
#[template(path = "account/applications.html")]
struct Applications {
    page: Page,
    note: Option<&'static str>,
    applications: Vec<Row>,
}

struct Row {
    client_id: String,
    name: String,
    text: String,
    scopes: Vec<String>,
    end: String,
}

/// `?done=…`
#[derive(Deserialize)]
pub(crate) struct After {
    done: Option<Done>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Ended,
}

/// `GET /account/applications`
pub(crate) async fn get(
    State(web): State<Web>,
    member: SignedIn,
    Query(after): Query<After>,
) -> Result<Response, Refusal> {
    let let_in = web.authorize.let_in(&member.token, &member.visit).await.map_err(refusal)?;
    let page = member.page(Area::LetIn);
    let applications = let_in.into_iter().map(|application| row(&web, &page, application)).collect();
    let note = after.done.map(|Done::Ended| page.w.consent.put_out_done);
    Ok(show(&Applications { note, applications, page }))
}

fn row(web: &Web, page: &Page, application: LetIn) -> Row {
    let words = page.w;
    let day = |at| Moment::new(at, &web.time_zone, page.language).day;
    let since = words.consent.since.replace("{date}", &day(application.since));
    let role = words.consent.in_role.replace("{role}", role_name(application.role, &words.frame));
    let used = application.last_used_at;
    let used = used
        .map_or(words.account.not_used.to_owned(), |at| words.account.used_at.replace("{date}", &day(at)));
    Row {
        end: words.consent.put_out_named.replace("{name}", &application.application),
        client_id: application.client_id,
        name: application.application,
        text: format!("{since} {role} · {used}"),
        scopes: application.scopes.iter().map(|scope| meaning(scope, words)).collect(),
    }
}

/// The form of an application's button.
#[derive(Deserialize)]
pub(crate) struct End {
    client_id: String,
}

impl Fields for End {}

/// `POST /account/applications/end`
pub(crate) async fn end(
    State(web): State<Web>,
    member: SignedIn,
    Form(sent): Form<End>,
) -> Result<Response, Refusal> {
    let ended = web.authorize.put_out(&member.token, &sent.client_id, &member.visit).await;
    ended.map_err(refusal)?;
    Ok(see_other("/account/applications?done=ended"))
}

fn refusal(error: AuthorizeError) -> Refusal {
    match error {
        AuthorizeError::Ended => Refusal::SignInFirst(Next::parse("/account/applications")),
        AuthorizeError::Page(AuthorizeFault::UnknownApplication) => Refusal::NotFound,
        AuthorizeError::Page(_) | AuthorizeError::Redirect(_) => Refusal::Malformed,
        AuthorizeError::Full => Refusal::Full,
        AuthorizeError::Unavailable => Refusal::Unavailable,
    }
}

/// The page as a test sees it.
#[cfg(test)]
pub(crate) fn sample(page: Page) -> String {
    let w = page.w;
    let row = Row {
        client_id: "growth-charts".to_owned(),
        name: "Growth charts <b>".to_owned(),
        text: w.consent.since.replace("{date}", "1 Mar 2026"),
        scopes: vec![w.consent.identity.to_owned(), w.consent.while_away.to_owned()],
        end: w.consent.put_out_named.replace("{name}", "Growth charts"),
    };
    let note = Some(w.consent.put_out_done);
    Applications { note, applications: vec![row], page }.render().unwrap()
}
