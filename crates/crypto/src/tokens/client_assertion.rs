//! `private_key_jwt` (RFC 7523 §3, SMART Backend Services): a client proves itself by signing.

use jiff::Timestamp;
use jsonwebtoken::{DecodingKey, dangerous::insecure_decode_claims};
use serde::Deserialize;

use super::{
    audience::Audience,
    client_keys,
    jws::{self, LEEWAY},
};

/// How far ahead an assertion may expire, in seconds.
const LONGEST_LIFE: i64 = 300;

/// What a verified assertion leaves to do: to be accepted once only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAssertion {
    /// Its own name, unique for the client until it expires.
    pub jti: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// The assertion proves nothing. No variant says anything of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// It cannot be read.
    #[error("not a client assertion")]
    Malformed,
    /// None of the client's keys signed it.
    #[error("the assertion is not signed by a key of the client")]
    Refused,
    /// It is not by the client about itself.
    #[error("the assertion is not by and about the client")]
    OtherClient,
    /// It is for another server.
    #[error("the assertion is for another audience")]
    OtherAudience,
    /// It is over, not valid yet, or valid for too long.
    #[error("the assertion's time is over, has not come, or is too long")]
    WrongTime,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    // RFC 7519 §2: a NumericDate may have a fraction.
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: String,
}

#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

/// Whom an assertion claims to be by, unverified: to find the keys that must have signed it.
///
/// # Errors
/// [`AssertionError::Malformed`] where it says no such thing.
pub fn claimed_client(assertion: &str) -> Result<String, AssertionError> {
    let claimed: Claimed = insecure_decode_claims(assertion).map_err(|_| AssertionError::Malformed)?;
    Ok(claimed.iss)
}

/// Verifies an assertion by `client_id` under its registered key set, for any of `audiences`, at `now`.
///
/// RS384, ES384, ES256 and EdDSA are accepted, each with keys of its own kind. The caller sees to it that no `jti` is
/// accepted twice before it expires.
///
/// # Errors
/// [`AssertionError`]
pub fn verify_client_assertion(
    assertion: &str,
    client_id: &str,
    jwks: &str,
    audiences: &[String],
    now: Timestamp,
) -> Result<ClientAssertion, AssertionError> {
    let claims = signed_claims(assertion, jwks)?;
    if claims.iss != client_id || claims.sub != client_id {
        return Err(AssertionError::OtherClient);
    }
    if !audiences.iter().any(|name| claims.aud.includes(name)) {
        return Err(AssertionError::OtherAudience);
    }
    if claims.jti.is_empty() {
        return Err(AssertionError::Malformed);
    }
    let expires_at = check_time(&claims, now)?;
    Ok(ClientAssertion { jti: claims.jti, expires_at })
}

/// SECURITY: a key is tried with its own algorithm only, whatever the header says.
fn signed_claims(assertion: &str, jwks: &str) -> Result<Claims, AssertionError> {
    let header = jws::header(assertion).ok_or(AssertionError::Malformed)?;
    let keys = client_keys::read(jwks).map_err(|_| AssertionError::Refused)?;
    keys.iter()
        .filter(|key| header.kid.is_none() || key.common.key_id == header.kid)
        .filter(|key| client_keys::algorithm(key) == Some(header.alg))
        .filter_map(|key| DecodingKey::from_jwk(key).ok())
        .find_map(|key| jws::verified(assertion, &key, header.alg))
        .ok_or(AssertionError::Refused)
}

fn check_time(claims: &Claims, now: Timestamp) -> Result<Timestamp, AssertionError> {
    let leeway = LEEWAY as f64;
    let now = now.as_second() as f64;
    let ahead = claims.exp - now;
    let begun = [claims.nbf, claims.iat].into_iter().flatten().all(|start| start <= now + leeway);
    // Written so that a NaN is refused.
    let in_time = ahead > -leeway && ahead <= LONGEST_LIFE as f64 + leeway;
    if !begun || !in_time {
        return Err(AssertionError::WrongTime);
    }
    Timestamp::from_second(claims.exp.ceil() as i64).map_err(|_| AssertionError::WrongTime)
}
