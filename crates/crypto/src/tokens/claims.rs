//! What an access token says (RFC 9068 §2.2).

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{Actor, ActorId, AuthStrength, Pseudonym, Role, realms};
use uuid::Uuid;

use super::audience::Audience;

/// The media type of access tokens, in the header.
pub(super) const TYPE: &str = "at+jwt";

/// How the caller proved who they are (`acr`).
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Acr {
    Aal1,
    Aal2,
    Client,
}

/// The claims as they are written.
#[derive(Serialize)]
pub(super) struct Issued<'a> {
    iss: &'a str,
    sub: Uuid,
    aud: &'a str,
    exp: i64,
    iat: i64,
    nbf: i64,
    jti: Uuid,
    client_id: Uuid,
    scope: String,
    role: Role,
    acr: Acr,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
}

impl<'a> Issued<'a> {
    pub(super) fn new(issuer: &'a str, audience: &'a str, actor: &Actor, now: Timestamp) -> Self {
        Self {
            iss: issuer,
            sub: actor.id.0,
            aud: audience,
            exp: actor.expires_at.as_second(),
            iat: now.as_second(),
            nbf: now.as_second(),
            jti: actor.token_id,
            client_id: actor.id.0,
            scope: format!("role:{}", actor.role),
            role: actor.role,
            acr: match actor.strength {
                AuthStrength::Single => Acr::Aal1,
                AuthStrength::Multi => Acr::Aal2,
                AuthStrength::Client => Acr::Client,
            },
            patient: actor.patient.map(|patient| BASE64URL_NOPAD.encode(&patient.to_bytes())),
        }
    }
}

/// The claims as they are read.
#[derive(Deserialize)]
pub(super) struct Presented {
    pub(super) iss: String,
    pub(super) aud: Audience,
    pub(super) exp: i64,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    sub: Uuid,
    jti: Uuid,
    role: Role,
    acr: Acr,
    patient: Option<String>,
}

impl Presented {
    /// The actor; none where a claim has no meaning here.
    pub(super) fn actor(&self) -> Option<Actor> {
        Some(Actor {
            id: ActorId(self.sub),
            role: self.role,
            strength: match self.acr {
                Acr::Aal1 => AuthStrength::Single,
                Acr::Aal2 => AuthStrength::Multi,
                Acr::Client => AuthStrength::Client,
            },
            patient: self.patient.as_deref().map(pseudonym).transpose().ok()?,
            token_id: self.jti,
            expires_at: Timestamp::from_second(self.exp).ok()?,
        })
    }
}

fn pseudonym(text: &str) -> Result<Pseudonym<realms::Account>, ()> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| ())?;
    bytes.try_into().map(Pseudonym::from_bytes).map_err(|_| ())
}
