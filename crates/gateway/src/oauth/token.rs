//! The token endpoint (RFC 6749 §3.2): `client_credentials` by secret or by `private_key_jwt` (RFC 7523).

use axum::{
    body::Body,
    extract::{Extension, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tacenda_contracts::accounts::{ClientProof, IssuedToken, TokenError, TokenRequest};
use tacenda_kernel::{Secret, TraceId};

use crate::edge::{body, state::Edge};

const LONGEST: usize = 16 << 10;
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Issues an access token.
pub(crate) async fn token(
    State(edge): State<Edge>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request = match body::read(body, LONGEST).await {
        Ok(form) => request(trace, &headers, &form),
        Err(_) => Err(Refusal::Malformed),
    };
    let issued = match request {
        Ok(request) => edge.0.accounts.issue_token(request).await.map_err(Refusal::Token),
        Err(refusal) => Err(refusal),
    };
    match issued {
        Ok(token) => granted(&token),
        Err(refusal) => refusal.into_response(),
    }
}

fn request(trace: TraceId, headers: &HeaderMap, form: &[u8]) -> Result<TokenRequest, Refusal> {
    let mut fields = std::collections::HashMap::new();
    for (name, value) in form_urlencoded::parse(form) {
        // RFC 6749 §3.2: parameters must not be repeated.
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refusal::Malformed);
        }
    }
    match fields.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::GrantType),
        None => return Err(Refusal::Malformed),
    }
    let (client_id, proof) = match basic(headers)? {
        Some((client_id, secret)) if !fields.contains_key("client_secret") => {
            (Some(client_id), ClientProof::Secret(Secret::new(secret)))
        }
        Some(_) => return Err(Refusal::Malformed),
        None => (fields.get("client_id").cloned(), proof_in_form(&mut fields)?),
    };
    let scope = fields.remove("scope");
    Ok(TokenRequest { client_id, proof, scope, trace })
}

fn proof_in_form(fields: &mut std::collections::HashMap<String, String>) -> Result<ClientProof, Refusal> {
    if fields.get("client_assertion_type").is_some_and(|kind| kind == ASSERTION) {
        let assertion = fields.remove("client_assertion").ok_or(Refusal::Malformed)?;
        return Ok(ClientProof::Assertion(Secret::new(assertion)));
    }
    let secret = fields.remove("client_secret").ok_or(Refusal::Token(TokenError::InvalidClient))?;
    Ok(ClientProof::Secret(Secret::new(secret)))
}

/// HTTP Basic with form-encoded parts (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refusal> {
    let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let encoded = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Refusal::Malformed)?;
    if !encoded.0.eq_ignore_ascii_case("basic") {
        return Err(Refusal::Malformed);
    }
    let decoded =
        data_encoding::BASE64.decode(encoded.1.trim().as_bytes()).map_err(|_| Refusal::Malformed)?;
    let text = String::from_utf8(decoded).map_err(|_| Refusal::Malformed)?;
    let (id, secret) = text.split_once(':').ok_or(Refusal::Malformed)?;
    Ok(Some((form_decoded(id), form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}

fn granted(token: &IssuedToken) -> Response {
    // EXPOSE: this is the answer to the client that proved itself.
    let access_token = token.access_token.expose();
    let body = json!({"access_token": access_token, "token_type": "Bearer", "expires_in": token.expires_in,
        "scope": token.scope});
    answer(StatusCode::OK, &body)
}

/// Why no token was issued, as RFC 6749 §5.2 names it.
enum Refusal {
    Malformed,
    GrantType,
    Token(TokenError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, text) = match self {
            Self::Malformed | Self::Token(TokenError::InvalidRequest) => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "send a form with grant_type and the client's proof, once each",
            ),
            Self::GrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "use grant_type=client_credentials")
            }
            Self::Token(TokenError::InvalidClient) => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "the client is unknown or did not prove itself")
            }
            Self::Token(TokenError::InvalidScope) => (
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "the client may not have this scope, or must choose a role",
            ),
            Self::Token(TokenError::InvalidGrant) => (
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "the code or refresh token is over, used, or not this client's",
            ),
            Self::Token(TokenError::UnauthorizedClient) => (
                StatusCode::BAD_REQUEST,
                "unauthorized_client",
                "the client is not registered for this grant type",
            ),
            Self::Token(TokenError::UnsupportedTokenType) => (
                StatusCode::BAD_REQUEST,
                "unsupported_token_type",
                "a token that came of no authorisation is not revoked: it ends within 5 minutes",
            ),
            Self::Token(TokenError::Unavailable) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "tokens are not issued now; try again later",
            ),
        };
        let mut response = answer(status, &json!({"error": error, "error_description": text}));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        response
    }
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
