//! The token endpoint (RFC 6749 §3.2): a code with PKCE, a refresh token, or a client for itself.

use axum::{
    body::Body,
    extract::{Extension, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::accounts::{
    IssuedToken, TokenRequest,
    oauth::{ClientClaim, Redemption, Tokens},
};
use tacenda_kernel::RequestContext;

use super::{
    client,
    form::Form,
    refusal::{Refusal, answer},
};
use crate::edge::state::Edge;

/// Issues tokens.
pub(crate) async fn token(
    State(edge): State<Edge>,
    Extension(request): Extension<RequestContext>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let mut form = Form::read(body).await?;
    let grant = form.take("grant_type").ok_or(Refusal::Malformed)?;
    let claim = client::claim(&headers, &mut form)?;
    let redemption = match grant.as_str() {
        "client_credentials" => {
            let ClientClaim { client_id, proof } = claim;
            let request = TokenRequest { client_id, proof, scope: form.take("scope"), request };
            let issued = edge.0.accounts.issue_token(request).await?;
            return Ok(answer(StatusCode::OK, &access(&issued)));
        }
        "authorization_code" => Redemption::Code {
            code: form.secret("code")?,
            redirect_uri: form.take("redirect_uri").ok_or(Refusal::Malformed)?,
            verifier: form.secret("code_verifier")?,
        },
        "refresh_token" => {
            Redemption::Refresh { token: form.secret("refresh_token")?, scope: form.take("scope") }
        }
        _ => return Err(Refusal::GrantType),
    };
    let tokens = edge.0.authorize.redeem(claim, redemption, request).await?;
    Ok(answer(StatusCode::OK, &all(&tokens)))
}

fn access(token: &IssuedToken) -> Value {
    // EXPOSE: this is the answer to the client that proved itself.
    json!({"access_token": token.access_token.expose(), "token_type": "Bearer", "expires_in": token.expires_in,
        "scope": token.scope})
}

/// With the context that SMART App Launch 2.2 puts beside the tokens.
fn all(tokens: &Tokens) -> Value {
    let mut body = access(&tokens.access);
    let Tokens { refresh_token, id_token, patient, fhir_user, .. } = tokens;
    for (name, secret) in [("refresh_token", refresh_token), ("id_token", id_token)] {
        if let Some(secret) = secret {
            // EXPOSE: this is the answer to the client that proved itself.
            body[name] = json!(secret.expose());
        }
    }
    for (name, plain) in [("patient", patient), ("fhirUser", fhir_user)] {
        if let Some(plain) = plain {
            body[name] = json!(plain);
        }
    }
    body
}
