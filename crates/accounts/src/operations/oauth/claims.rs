//! What an ID token says (OpenID Connect Core §2).

use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tacenda_crypto::sha256;
use tacenda_kernel::{AuthStrength, Secret};
use uuid::Uuid;

use crate::store::authorisations::AuthorisationRow;

/// As long as an access token.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// The claims as they are written.
#[derive(Serialize)]
pub(crate) struct IdClaims<'a> {
    iss: &'a str,
    sub: Uuid,
    aud: &'a str,
    exp: i64,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    acr: &'static str,
    amr: &'static [&'static str],
    at_hash: String,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    fhir_user: Option<&'a str>,
}

impl<'a> IdClaims<'a> {
    pub(crate) fn new(
        issuer: &'a str,
        row: &'a AuthorisationRow,
        nonce: Option<&'a str>,
        fhir_user: Option<&'a str>,
        access_token: &Secret<String>,
        now: Timestamp,
    ) -> Self {
        // RFC 8176 names what was used; that of two factors one is known is told, which two is not.
        let (acr, amr): (_, &[&str]) = match row.strength {
            AuthStrength::Multi => ("aal2", &["mfa"]),
            AuthStrength::Single | AuthStrength::Client => ("aal1", &["pwd"]),
        };
        // EXPOSE: half of its hash ties the ID token to it.
        let hash = sha256(access_token.expose().as_bytes());
        Self {
            iss: issuer,
            sub: row.person.0,
            aud: &row.client_id,
            exp: now.saturating_add(LIFETIME).unwrap_or(now).as_second(),
            iat: now.as_second(),
            auth_time: row.proven_at.map(Timestamp::as_second),
            nonce,
            acr,
            amr,
            at_hash: BASE64URL_NOPAD.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16])),
            fhir_user,
        }
    }
}
