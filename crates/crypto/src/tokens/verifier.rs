//! Verifying access tokens.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use serde::de::DeserializeOwned;
use tacenda_kernel::Actor;

use super::{
    claims::{ID_TYPE, IdTokenHint, Presented, TYPE},
    client_keys::InvalidJwks,
    jws::{self, LEEWAY},
};
use crate::key_bytes::opaque;

/// Verifies the access tokens of one issuer for one audience.
pub struct TokenVerifier {
    issuer: String,
    audience: String,
    keys: RwLock<HashMap<String, DecodingKey>>,
}

opaque!(TokenVerifier);

/// The token is not valid. No variant says anything of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no access token that could be from here.
    #[error("not an access token")]
    Malformed,
    /// It names a key that is not trusted.
    #[error("the token is signed by an unknown key")]
    UnknownKey,
    /// Its signature or a claim's form is wrong.
    #[error("the token's signature or claims are invalid")]
    Refused,
    /// It is of another issuer.
    #[error("the token is of another issuer")]
    OtherIssuer,
    /// It is for another audience.
    #[error("the token is for another audience")]
    OtherAudience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
}

impl TokenVerifier {
    /// A verifier that trusts no key yet.
    #[must_use]
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self { issuer: issuer.to_owned(), audience: audience.to_owned(), keys: RwLock::default() }
    }

    /// Trusts the P-256 keys of a JSON web key set (RFC 7517), and no others from now on.
    ///
    /// # Errors
    /// [`InvalidJwks`] where there is none; the keys trusted before remain.
    pub fn trust(&self, jwks: &str) -> Result<(), InvalidJwks> {
        let set: JwkSet = serde_json::from_str(jwks).map_err(|_| InvalidJwks)?;
        let keys: HashMap<_, _> = set.keys.iter().filter_map(usable).collect();
        if keys.is_empty() {
            return Err(InvalidJwks);
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The actor, if the token is valid at `now`. Expiry is exact; for tokens from the future 5 seconds are forgiven.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Actor, TokenError> {
        let claims: Presented = self.signed_claims(token, TYPE)?;
        if claims.iss != self.issuer {
            return Err(TokenError::OtherIssuer);
        }
        if !claims.aud.includes(&self.audience) {
            return Err(TokenError::OtherAudience);
        }
        let seconds = now.as_second();
        if claims.exp <= seconds {
            return Err(TokenError::Expired);
        }
        if claims.nbf.max(claims.iat) > seconds.saturating_add(LEEWAY) {
            return Err(TokenError::NotYetValid);
        }
        claims.actor().ok_or(TokenError::Refused)
    }

    /// What an ID token of this issuer says, at whatever time: it comes back as a hint when its time is over.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify_hint(&self, token: &str) -> Result<IdTokenHint, TokenError> {
        let hint: IdTokenHint = self.signed_claims(token, ID_TYPE)?;
        if hint.iss == self.issuer { Ok(hint) } else { Err(TokenError::OtherIssuer) }
    }

    /// SECURITY: the algorithm is ours to choose, never the token's: a public key is not tried as an HMAC secret.
    fn signed_claims<T: DeserializeOwned>(&self, token: &str, expected: &str) -> Result<T, TokenError> {
        let header = jws::header(token).ok_or(TokenError::Malformed)?;
        let typ = header.typ.as_deref().map(|typ| typ.trim_start_matches("application/"));
        if header.alg != Algorithm::ES256 || !typ.is_some_and(|typ| typ.eq_ignore_ascii_case(expected)) {
            return Err(TokenError::Malformed);
        }
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(&kid).ok_or(TokenError::UnknownKey)?;
        jws::verified(token, key, Algorithm::ES256).ok_or(TokenError::Refused)
    }
}

fn usable(jwk: &Jwk) -> Option<(String, DecodingKey)> {
    let AlgorithmParameters::EllipticCurve(parameters) = &jwk.algorithm else { return None };
    if parameters.curve != EllipticCurve::P256 {
        return None;
    }
    Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?))
}
