//! `private_key_jwt`: how an application proves itself with its own key (RFC 7523, SMART Backend Services).

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde::Deserialize;

use crate::TokenError;

const ALLOWED: [Algorithm; 4] = [Algorithm::RS384, Algorithm::ES384, Algorithm::ES256, Algorithm::EdDSA];
const LEEWAY: i64 = 5;
/// An assertion may last this long at most, in seconds.
const LONGEST: i64 = 300;

/// A proof that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAssertion {
    /// Whose.
    pub client_id: String,
    /// Its number: to be accepted once.
    pub jti: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    exp: i64,
    jti: String,
    #[serde(default)]
    nbf: Option<i64>,
}

/// The client an assertion speaks of, unverified: to find its keys by.
///
/// # Errors
/// [`TokenError::Untrusted`] where it is no such JWT.
pub fn claimed_client(assertion: &str) -> Result<String, TokenError> {
    let claims: AssertionClaims =
        jsonwebtoken::dangerous::insecure_decode_claims(assertion).map_err(|_| TokenError::Untrusted)?;
    if claims.iss == claims.sub { Ok(claims.sub) } else { Err(TokenError::Untrusted) }
}

/// Whether a text is a key set that clients can prove themselves with.
///
/// # Errors
/// [`TokenError::Key`]
pub fn check_client_keys(jwks: &str) -> Result<(), TokenError> {
    let set: JwkSet = serde_json::from_str(jwks).map_err(|_| TokenError::Key)?;
    let usable = set.keys.iter().all(|jwk| DecodingKey::from_jwk(jwk).is_ok() && !is_symmetric(jwk));
    if usable && !set.keys.is_empty() { Ok(()) } else { Err(TokenError::Key) }
}

/// Checks a client's assertion against its keys.
///
/// # Errors
/// [`TokenError`]
pub fn verify_client_assertion(
    assertion: &str,
    client_id: &str,
    jwks: &str,
    audiences: &[String],
    now: Timestamp,
) -> Result<ClientAssertion, TokenError> {
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| TokenError::Untrusted)?;
    if !ALLOWED.contains(&header.alg) {
        return Err(TokenError::Untrusted);
    }
    let set: JwkSet = serde_json::from_str(jwks).map_err(|_| TokenError::Key)?;
    let mut rules = Validation::new(header.alg);
    rules.set_audience(audiences);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let named = |jwk: &&jsonwebtoken::jwk::Jwk| header.kid.is_none() || jwk.common.key_id == header.kid;
    for jwk in set.keys.iter().filter(named).filter(|jwk| !is_symmetric(jwk)) {
        let Ok(key) = DecodingKey::from_jwk(jwk) else { continue };
        if let Ok(token) = jsonwebtoken::decode::<AssertionClaims>(assertion, &key, &rules) {
            return accept(token.claims, client_id, now);
        }
    }
    Err(TokenError::Untrusted)
}

fn accept(claims: AssertionClaims, client_id: &str, now: Timestamp) -> Result<ClientAssertion, TokenError> {
    if claims.iss != client_id || claims.sub != client_id || claims.jti.is_empty() || claims.jti.len() > 255 {
        return Err(TokenError::Untrusted);
    }
    let now = now.as_second();
    let over = claims.exp <= now - LEEWAY || claims.exp > now + LONGEST + LEEWAY;
    if over || claims.nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
        return Err(TokenError::Time);
    }
    let expires_at = Timestamp::from_second(claims.exp).map_err(|_| TokenError::Untrusted)?;
    Ok(ClientAssertion { client_id: claims.sub, jti: claims.jti, expires_at })
}

fn is_symmetric(jwk: &jsonwebtoken::jwk::Jwk) -> bool {
    matches!(jwk.algorithm, jsonwebtoken::jwk::AlgorithmParameters::OctetKey(_))
}
