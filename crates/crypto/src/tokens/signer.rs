//! Issuing access tokens: ES256, one role each.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;
use serde_json::{Value, json};
use tacenda_kernel::{Actor, Secret};

use super::claims::{ID_TYPE, Issued, TYPE};
use crate::{
    key_bytes::{certain, opaque},
    sha256,
};

/// Signs access tokens of one issuer for one audience.
pub struct TokenSigner {
    key: EncodingKey,
    pkcs8: Secret<Vec<u8>>,
    jwk: Value,
    kid: String,
    issuer: String,
    audience: String,
}

opaque!(TokenSigner);

/// The bytes are no P-256 key in PKCS#8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a P-256 signing key in PKCS#8")]
pub struct InvalidSigningKey;

/// The token was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SignError;

impl TokenSigner {
    /// A signer with a new random key. AWS-LC makes it from its own randomness.
    #[must_use]
    pub fn make(issuer: &str, audience: &str) -> Self {
        let pair = certain(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING));
        let document = certain(pair.to_pkcs8v1());
        Self::new(&pair, Secret::new(document.as_ref().to_vec()), issuer, audience)
    }

    /// A signer with a key made before.
    ///
    /// # Errors
    /// [`InvalidSigningKey`] for anything but a P-256 key in PKCS#8.
    pub fn from_pkcs8(
        pkcs8: Secret<Vec<u8>>,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, InvalidSigningKey> {
        // EXPOSE: the key is read by the library that signs with it.
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.expose());
        let pair = pair.map_err(|_| InvalidSigningKey)?;
        Ok(Self::new(&pair, pkcs8, issuer, audience))
    }

    /// The private key in PKCS#8, to be stored wrapped.
    #[must_use]
    pub const fn pkcs8(&self) -> &Secret<Vec<u8>> {
        &self.pkcs8
    }

    /// The key's name: its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JSON web key (RFC 7517), with `kid`, `use` and `alg`.
    #[must_use]
    pub const fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// Signs an access token for the actor, valid from `now` until the actor's `expires_at`, in whole seconds.
    ///
    /// # Errors
    /// [`SignError`] where the library refuses.
    pub fn sign(&self, actor: &Actor, now: Timestamp) -> Result<String, SignError> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.kid.clone());
        let claims = Issued::new(&self.issuer, &self.audience, actor, now);
        encode(&header, &claims, &self.key).map_err(|_| SignError)
    }

    /// Signs an ID token (OpenID Connect Core §2) with these claims as they are.
    ///
    /// SECURITY: its header says `JWT`, so that it passes for no access token, which says `at+jwt`.
    ///
    /// # Errors
    /// [`SignError`] where the claims have no JSON form.
    pub fn sign_id_token<T: Serialize>(&self, claims: &T) -> Result<String, SignError> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(ID_TYPE.to_owned());
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key).map_err(|_| SignError)
    }

    fn new(pair: &EcdsaKeyPair, pkcs8: Secret<Vec<u8>>, issuer: &str, audience: &str) -> Self {
        // An uncompressed point: 4, then both coordinates of 32 bytes.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        let kid = thumbprint(&x, &y);
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid,
        });
        Self {
            // EXPOSE: the library keeps its own copy, which it wipes as well.
            key: EncodingKey::from_ec_der(pkcs8.expose()),
            pkcs8,
            jwk,
            kid,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        }
    }
}

/// RFC 7638: SHA-256 of the required members in alphabetical order.
fn thumbprint(x: &str, y: &str) -> String {
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    BASE64URL_NOPAD.encode(&sha256(members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::{Jwk, ThumbprintHash};

    use super::*;

    #[test]
    fn the_kid_is_the_thumbprint_that_another_implementation_finds() {
        let signer = TokenSigner::make("https://issuer.example", "https://fhir.example");
        let jwk: Jwk = serde_json::from_value(signer.jwk().clone()).unwrap();
        assert_eq!(jwk.thumbprint(ThumbprintHash::SHA256).unwrap(), signer.kid());
        assert!(signer.jwk().get("d").is_none());
        assert_eq!(format!("{signer:?}"), "TokenSigner");
    }

    #[test]
    fn a_stored_key_is_the_same_key() {
        let signer = TokenSigner::make("i", "a");
        let again = TokenSigner::from_pkcs8(signer.pkcs8().clone(), "i", "a").unwrap();
        assert_eq!(again.jwk(), signer.jwk());
        for wrong in [vec![], vec![0x30; 138]] {
            assert_eq!(TokenSigner::from_pkcs8(Secret::new(wrong), "i", "a").err(), Some(InvalidSigningKey));
        }
    }
}
