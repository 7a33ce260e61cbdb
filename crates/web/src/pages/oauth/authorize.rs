//! `/oauth/authorize` (RFC 6749 §4.1.1): who is there, and whether they let the application in.
//!
//! The query goes to the service as it came, when the page is shown and again with the person's answer.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use tacenda_contracts::accounts::{
    oauth::{AuthorizeError, AuthorizeFault, Decision, Location, Question, Step},
    sign_in::Duty,
};
use tacenda_kernel::Role;

use super::{
    consent::{Choice, chosen, consent},
    leaving::leave,
};
use crate::{
    edge::{
        answer::show_with,
        cookies::Cookie,
        form::{Fields, Form},
        member::Member,
        next::Next,
        visitor::Visitor,
    },
    pages::told::Told,
    refusal::Refusal,
    view::page::{Area, Page},
    web::Web,
};

/// The form of the page.
#[derive(Deserialize)]
pub(crate) struct Sent {
    query: String,
    answer: Answer,
    #[serde(default)]
    role: String,
    #[serde(default)]
    patient: String,
    #[serde(default)]
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Allow,
    Deny,
    Find,
}

impl Fields for Sent {}

/// `GET /oauth/authorize`
pub(crate) async fn get(
    State(web): State<Web>,
    visitor: Visitor,
    member: Result<Member, Refusal>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let query = query.unwrap_or_default();
    let session = Cookie::Session.read(&web, &headers);
    match web.authorize.begin(&query, session.as_ref(), &visitor.visit).await {
        Ok(Step::SignIn { again: true, then }) => Err(Refusal::ProofFirst(back(&then))),
        Ok(Step::SignIn { again: false, then }) => Err(Refusal::SignInFirst(back(&then))),
        Ok(Step::Duties { then }) => match member?.duty() {
            Some(duty) => Err(Refusal::DutyFirst(duty, back(&then))),
            // Nothing is owed here: it is the application that asks for a second factor.
            None => Err(Refusal::DutyFirst(Duty::EnrolSecondFactor, back(&then))),
        },
        Ok(Step::Ask(question)) => ask(&web, &member?, &query, &question, Choice::default()).await,
        Ok(Step::Redirect(location)) => go_on(&visitor, &headers, &location),
        Err(AuthorizeError::Redirect(refused)) => go_on(&visitor, &headers, &refused.location),
        Err(error) => stay(visitor.page(), error, &query),
    }
}

/// To the application: straight on, or by a page where this is the end of what a form of ours began, which is how
/// browsers see it when somebody has signed in.
fn go_on(visitor: &Visitor, headers: &HeaderMap, location: &Location) -> Result<Response, Refusal> {
    let from_here = headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    if from_here { leave(visitor.page(), location) } else { redirect(location) }
}

/// `POST /oauth/authorize`
pub(crate) async fn post(
    State(web): State<Web>,
    member: Member,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let role = sent.role.parse::<Role>().ok();
    let patient = Some(sent.patient.clone()).filter(|patient| !patient.is_empty());
    let decision = match sent.answer {
        Answer::Deny => Decision::Deny,
        Answer::Find => return again(&web, &member, &sent, role).await,
        Answer::Allow => {
            let Some(role) = role else { return again(&web, &member, &sent, None).await };
            let patient = match patient {
                Some(patient) if member.session.roles.contains(&role) => {
                    chosen(&web, &member, role, sent.name.trim().to_owned(), patient).await?
                }
                // A role that they do not have is refused by the service, which records it.
                other => other,
            };
            Decision::Allow { role, patient }
        }
    };
    let page = member.page(Area::None);
    match web.authorize.decide(&sent.query, &member.token, decision, &member.visit).await {
        Ok(location) => leave(page, &location),
        Err(AuthorizeError::Redirect(refused)) => leave(page, &refused.location),
        Err(AuthorizeError::Page(AuthorizeFault::NotOffered)) if sent.patient.is_empty() => {
            again(&web, &member, &sent, role).await
        }
        Err(error) => stay(page, error, &sent.query),
    }
}

/// The question of the query that a form brought back, or what is to be done instead.
async fn question(
    web: &Web,
    member: &Member,
    sent: &Sent,
) -> Result<Result<Box<Question>, Response>, Refusal> {
    let page = member.page(Area::None);
    match web.authorize.begin(&sent.query, Some(&member.token), &member.visit).await {
        Ok(Step::Ask(question)) => Ok(Ok(question)),
        Ok(Step::Redirect(location)) => Ok(Err(leave(page, &location)?)),
        Ok(Step::SignIn { then, .. } | Step::Duties { then }) => Err(Refusal::Elsewhere(back(&then))),
        Err(AuthorizeError::Redirect(refused)) => Ok(Err(leave(page, &refused.location)?)),
        Err(error) => Ok(Err(stay(page, error, &sent.query)?)),
    }
}

async fn again(web: &Web, member: &Member, sent: &Sent, role: Option<Role>) -> Result<Response, Refusal> {
    let missing = sent.answer == Answer::Allow;
    let choice = Choice { role, name: sent.name.trim().to_owned(), missing };
    match question(web, member, sent).await? {
        Ok(question) => ask(web, member, &sent.query, &question, choice).await,
        Err(answer) => Ok(answer),
    }
}

async fn ask(
    web: &Web,
    member: &Member,
    query: &str,
    question: &Question,
    choice: Choice,
) -> Result<Response, Refusal> {
    consent(web, member, query.to_owned(), question, choice).await
}

fn back(query: &str) -> Next {
    Next::parse(&format!("/oauth/authorize?{query}"))
}

/// Straight on to the application.
fn redirect(location: &Location) -> Result<Response, Refusal> {
    // EXPOSE: the browser is the one to carry it to the application.
    let mut location = HeaderValue::from_str(location.expose()).map_err(|_| Refusal::Malformed)?;
    location.set_sensitive(true);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// What is said here, since nobody knows that the address it would be sent to is the application's.
fn stay(page: Page, error: AuthorizeError, query: &str) -> Result<Response, Refusal> {
    let words = page.w;
    let text = match error {
        AuthorizeError::Ended => return Err(Refusal::SignInFirst(back(query))),
        AuthorizeError::Full => return Err(Refusal::Full),
        AuthorizeError::Unavailable | AuthorizeError::Redirect(_) => return Err(Refusal::Unavailable),
        AuthorizeError::Page(AuthorizeFault::UnknownApplication) => words.consent.fault_application,
        AuthorizeError::Page(AuthorizeFault::UnknownAddress) => words.consent.fault_address,
        AuthorizeError::Page(AuthorizeFault::Malformed) => words.consent.fault_malformed,
        AuthorizeError::Page(AuthorizeFault::NotOffered) => words.consent.fault_not_offered,
    };
    let told = Told {
        title: words.consent.fault_title,
        texts: vec![text],
        href: "/",
        link: words.refused.start,
        page,
    };
    Ok(show_with(StatusCode::BAD_REQUEST, &told))
}
