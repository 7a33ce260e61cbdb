//! `/people/{id}/roles`: giving and taking roles.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use tacenda_contracts::accounts::people::RoleGrant;
use tacenda_kernel::ActorId;
use uuid::Uuid;

use super::{
    given_role,
    person::{Problem, answer, shown},
    until,
};
use crate::{
    edge::{
        administrator::Administrator,
        form::{Fields, Form},
        url::Path,
    },
    refusal::Refusal,
    view::{errors::Errors, page::Area},
    web::Web,
};

/// The form of a role to be given.
#[derive(Deserialize)]
pub(crate) struct Give {
    role: String,
    #[serde(default)]
    until: String,
}

impl Fields for Give {}

/// `POST /people/{id}/roles`
pub(crate) async fn give(
    State(web): State<Web>,
    by: Administrator,
    Path(id): Path<Uuid>,
    Form(sent): Form<Give>,
) -> Result<Response, Refusal> {
    let (person, words) = (ActorId(id), by.member.page(Area::People).w);
    let role = given_role(&sent.role).ok_or(Refusal::Malformed)?;
    let Ok(until) = until(&web, &sent.until) else {
        let errors = Errors::one("until", words.people.until_wrong);
        let problem = Problem { text: None, errors, until: sent.until };
        return shown(StatusCode::UNPROCESSABLE_ENTITY, &web, &by, person, None, problem).await;
    };
    let given = web.people.give_role(&by.token, person, RoleGrant { role, until }, by.trace()).await;
    answer(&web, &by, person, given.map(|()| "given")).await
}

/// The form of a role to be taken.
#[derive(Deserialize)]
pub(crate) struct Take {
    role: String,
}

impl Fields for Take {}

/// `POST /people/{id}/roles/take`
pub(crate) async fn take(
    State(web): State<Web>,
    by: Administrator,
    Path(id): Path<Uuid>,
    Form(sent): Form<Take>,
) -> Result<Response, Refusal> {
    let role = sent.role.parse().map_err(|_| Refusal::Malformed)?;
    let taken = web.people.take_role(&by.token, ActorId(id), role, by.trace()).await;
    answer(&web, &by, ActorId(id), taken.map(|()| "taken")).await
}
