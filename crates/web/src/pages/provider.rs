//! `/sign-in/with/…` and `/sign-in/from/…`: to an identity provider of the hospital, and back.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_contracts::accounts::federation::{Answer, Departure, FederationError, ProviderName};
use tacenda_kernel::Secret;

use super::sign_in::enter;
use crate::{
    edge::{
        answer::{see_other, with_cookies},
        cookies::Cookie,
        next::{Asked, Next},
        url::{Path, Query},
        visitor::Visitor,
    },
    refusal::Refusal,
    web::Web,
};

/// A way to a provider, for pages that ask who somebody is.
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) href: String,
}

/// The ways to all providers, to sign in or to prove oneself again.
/// None while they cannot be asked for: passwords are taken all the same.
pub(crate) async fn ways(web: &Web, again: bool, next: &Next) -> Vec<Way> {
    let providers = web.federation.providers().await.unwrap_or_default();
    providers.into_iter().map(|provider| way(provider, again, next)).collect()
}

fn way(provider: ProviderName, again: bool, next: &Next) -> Way {
    let ProviderName { id, name } = provider;
    let path = if again { format!("/sign-in/again/{id}") } else { format!("/sign-in/with/{id}") };
    Way { name, href: next.after(&path) }
}

/// `GET /sign-in/with/{provider}`
pub(crate) async fn begin(
    State(web): State<Web>,
    Path(provider): Path<String>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    depart(&web, provider, false, &asked.next, &visitor).await
}

/// `GET /sign-in/again/{provider}`: whoever is signed in there proves themselves all the same.
pub(crate) async fn begin_again(
    State(web): State<Web>,
    Path(provider): Path<String>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    depart(&web, provider, true, &asked.next, &visitor).await
}

async fn depart(
    web: &Web,
    provider: String,
    again: bool,
    next: &Next,
    visitor: &Visitor,
) -> Result<Response, Refusal> {
    let browser = visitor.browser();
    let departure = Departure { provider, again, next: next.to_string(), browser: browser.clone() };
    let location = web.federation.begin(departure, &visitor.visit).await?;
    // EXPOSE: the browser carries it to the provider.
    Ok(with_cookies(see_other(location.expose()), Cookie::Form.set(web, browser)))
}

/// What the provider sends a browser back with.
#[derive(Deserialize)]
pub(crate) struct Sent {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /sign-in/from/{provider}`
pub(crate) async fn finish(
    State(web): State<Web>,
    Path(provider): Path<String>,
    Query(sent): Query<Sent>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let Sent { code, state, iss, error } = sent;
    let answer = Answer { code: code.map(Secret::new), state: state.map(Secret::new), issuer: iss, error };
    let arrival = web.federation.finish(&provider, answer, visitor.browser(), &visitor.visit).await?;
    Ok(enter(&web, &arrival.session, &Next::parse(&arrival.next)))
}

impl From<FederationError> for Refusal {
    fn from(error: FederationError) -> Self {
        match error {
            FederationError::NotFound => Self::NotFound,
            FederationError::Unavailable => Self::Unavailable,
            other => Self::Provider(other),
        }
    }
}
