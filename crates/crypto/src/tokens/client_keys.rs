//! The public keys of a client that proves itself by signing.

use jsonwebtoken::{
    Algorithm,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use serde_json::Value;

/// More keys than a client needs while it changes them.
const MOST_KEYS: usize = 10;

/// JWK members that only a private or shared key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The key set cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a set of 1 to 10 public keys for RS384, ES384, ES256 or EdDSA")]
pub struct InvalidJwks;

/// Whether a client may register these keys: public ones, each for an algorithm that is accepted.
///
/// # Errors
/// [`InvalidJwks`] for any other text.
pub fn check_client_keys(jwks: &str) -> Result<(), InvalidJwks> {
    read(jwks).map(drop)
}

/// Reads a client's key set.
pub(super) fn read(jwks: &str) -> Result<Vec<Jwk>, InvalidJwks> {
    let value: Value = serde_json::from_str(jwks).map_err(|_| InvalidJwks)?;
    let raw = value.get("keys").and_then(Value::as_array).ok_or(InvalidJwks)?;
    let private = raw.iter().any(|key| PRIVATE.iter().any(|member| key.get(member).is_some()));
    let set: JwkSet = serde_json::from_str(jwks).map_err(|_| InvalidJwks)?;
    let usable = set.keys.iter().all(|key| algorithm(key).is_some());
    let fits = (1..=MOST_KEYS).contains(&set.keys.len());
    if !private && usable && fits { Ok(set.keys) } else { Err(InvalidJwks) }
}

/// The one algorithm a key is used with here; none if it is not used.
pub(super) fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let algorithm = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS384,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Algorithm::ES384,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    let to_sign = key.common.public_key_use.as_ref().is_none_or(|to| *to == PublicKeyUse::Signature);
    (named && to_sign).then_some(algorithm)
}
