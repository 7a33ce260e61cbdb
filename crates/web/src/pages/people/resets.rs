//! `/people/{id}/resets/{request}`: what a second administrator decides.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use tacenda_kernel::ActorId;
use uuid::Uuid;

use super::person::answer;
use crate::{
    edge::{
        administrator::Administrator,
        form::{Form, Nothing},
        url::Path,
    },
    refusal::Refusal,
    web::Web,
};

/// The answer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Approve,
    Refuse,
}

/// `POST /people/{id}/resets/{request}/{verdict}`
pub(crate) async fn decide(
    State(web): State<Web>,
    by: Administrator,
    Path((id, request, verdict)): Path<(Uuid, Uuid, Verdict)>,
    _: Form<Nothing>,
) -> Result<Response, Refusal> {
    let decided = match verdict {
        Verdict::Approve => web.people.approve_reset(&by.token, request, by.trace()).await.map(|()| "reset"),
        Verdict::Refuse => web.people.refuse_reset(&by.token, request, by.trace()).await.map(|()| "refused"),
    };
    answer(&web, &by, ActorId(id), decided).await
}
