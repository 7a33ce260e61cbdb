//! What an access token says (RFC 9068 §2.2).

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tacenda_kernel::{
    Actor, ActorId, AuthStrength, Delegation, Narrowing, Pseudonym, ResourceScope, Role, UnknownScope,
};
use uuid::Uuid;

use super::audience::Audience;

/// The media type of access tokens, in the header.
pub(super) const TYPE: &str = "at+jwt";

/// The media type of ID tokens, in the header.
pub(super) const ID_TYPE: &str = "JWT";

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
    client_id: String,
    scope: String,
    role: Role,
    acr: Acr,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorisation: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
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
            client_id: match &actor.delegation {
                Some(delegation) => delegation.client.clone(),
                None => actor.id.0.to_string(),
            },
            scope: match &actor.narrowing {
                Some(narrowing) => words(&narrowing.scopes),
                None => whole(actor.role),
            },
            role: actor.role,
            acr: match actor.strength {
                AuthStrength::Single => Acr::Aal1,
                AuthStrength::Multi => Acr::Aal2,
                AuthStrength::Client => Acr::Client,
            },
            auth_time: actor.proven_at.map(Timestamp::as_second),
            patient: actor.patient.map(|patient| BASE64URL_NOPAD.encode(&patient.to_bytes())),
            launch_patient: actor
                .narrowing
                .as_ref()
                .and_then(|narrowing| narrowing.patient)
                .map(|patient| BASE64URL_NOPAD.encode(&patient)),
            authorisation: actor.delegation.as_ref().map(|delegation| delegation.authorisation),
            identity: actor.delegation.as_ref().map(|delegation| delegation.identity.join(" ")),
        }
    }
}

/// The scope of a token that is for a role as a whole.
fn whole(role: Role) -> String {
    format!("role:{role}")
}

fn words(scopes: &[ResourceScope]) -> String {
    scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What an ID token that comes back says: whose session at which application is meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct IdTokenHint {
    /// Who issued it.
    pub(super) iss: String,
    /// The person.
    pub sub: Uuid,
    /// The client.
    pub aud: String,
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
    auth_time: Option<i64>,
    patient: Option<String>,
    client_id: String,
    scope: String,
    launch_patient: Option<String>,
    authorisation: Option<Uuid>,
    identity: Option<String>,
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
            proven_at: self.auth_time.map(Timestamp::from_second).transpose().ok()?,
            patient: self.patient.as_deref().map(number).transpose().ok()?.map(Pseudonym::from_bytes),
            token_id: self.jti,
            expires_at: Timestamp::from_second(self.exp).ok()?,
            narrowing: self.narrowing().ok()?,
            delegation: self.authorisation.map(|authorisation| Delegation {
                client: self.client_id.clone(),
                authorisation,
                identity: self
                    .identity
                    .iter()
                    .flat_map(|words| words.split_ascii_whitespace())
                    .map(str::to_owned)
                    .collect(),
            }),
        })
    }

    /// SECURITY: only the very scope that names the token's role gives that role as a whole. Any other text narrows, and
    /// an empty one to nothing.
    fn narrowing(&self) -> Result<Option<Narrowing>, NotOurs> {
        if self.scope == whole(self.role) {
            return Ok(None);
        }
        let scopes: Result<_, UnknownScope> = self.scope.split_ascii_whitespace().map(str::parse).collect();
        let patient = self.launch_patient.as_deref().map(number).transpose()?;
        Ok(Some(Narrowing { scopes: scopes.map_err(|_| NotOurs)?, patient }))
    }
}

/// A claim that this server would not have written.
struct NotOurs;

fn number(text: &str) -> Result<[u8; 16], NotOurs> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(NotOurs)
}
