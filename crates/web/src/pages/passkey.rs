//! Signing in by a passkey: what the script asks, and what the browser answers.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tacenda_contracts::accounts::sign_in::{PasskeyChallenge, SignInError};
use tacenda_kernel::Secret;

use super::sign_in::enter;
use crate::{
    edge::{
        answer::see_other,
        form::{Fields, Form, Guard, same, secret},
        member::Member,
        next::Next,
        visitor::Visitor,
    },
    refusal::Refusal,
    web::Web,
};

/// The form of a page with a passkey's button, before the browser was asked. It may be sent with or without a session.
#[derive(Deserialize)]
pub(crate) struct Begin {
    #[serde(deserialize_with = "secret")]
    form_token: Secret<String>,
}

impl Fields for Begin {
    const GUARD: Guard = Guard::Either;
}

/// The form with the browser's answer.
#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(deserialize_with = "secret")]
    handle: Secret<String>,
    response: String,
    #[serde(default)]
    next: Next,
}

impl Fields for Sent {
    const GUARD: Guard = Guard::Either;
}

/// `POST /sign-in/passkey/options`: JSON for the script.
pub(crate) async fn options(
    State(web): State<Web>,
    visitor: Visitor,
    member: Result<Member, Refusal>,
    Form(sent): Form<Begin>,
) -> Result<Response, Refusal> {
    // Whoever signs in where somebody else left a second step open is not asked for the other's passkey.
    let member = member.ok().filter(|member| same(&member.session.csrf, &sent.form_token));
    let session = member.map(|member| member.token);
    challenge_answer(&web.sign_in.begin_passkey(session.as_ref(), &visitor.visit).await?)
}

/// A challenge as JSON: `{"handle": …, "options": {"publicKey": …}}`.
pub(crate) fn challenge_answer(challenge: &PasskeyChallenge) -> Result<Response, Refusal> {
    let options: &RawValue = serde_json::from_str(&challenge.options).map_err(|_| Refusal::Unavailable)?;
    // EXPOSE: the page that asked gives it back with the browser's answer.
    let body = json!({"handle": challenge.handle.expose(), "options": options});
    let mut response = body.to_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// `POST /sign-in/passkey`
pub(crate) async fn post(
    State(web): State<Web>,
    visitor: Visitor,
    member: Result<Member, Refusal>,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    match web.sign_in.finish_passkey(&sent.handle, &sent.response, &visitor.visit).await {
        Ok(session) => Ok(enter(&web, &session, &sent.next)),
        Err(SignInError::Wrong | SignInError::Malformed(_) | SignInError::Ended) => {
            let path = sent.next.after(if member.is_ok() { "/sign-in/factor" } else { "/sign-in" });
            let joint = if path.contains('?') { '&' } else { '?' };
            Ok(see_other(&format!("{path}{joint}note=passkey-failed")))
        }
        Err(other) => Err(other.into()),
    }
}
