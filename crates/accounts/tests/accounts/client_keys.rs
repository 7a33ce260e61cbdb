//! A client's own key, and the assertions it signs (RFC 7523).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tacenda_kernel::{Clock, Secret};

use super::world::{ISSUER, World};

pub(crate) struct ClientKeys {
    key: EncodingKey,
    pub(crate) jwks: String,
}

impl ClientKeys {
    pub(crate) fn make() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let coordinate = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let jwks = json!({"keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "one",
            "x": coordinate(&point[1..33]), "y": coordinate(&point[33..65]),
        }]});
        Self { key: EncodingKey::from_ec_der(pkcs8.as_ref()), jwks: jwks.to_string() }
    }

    pub(crate) fn sign(&self, claims: &Value) -> Secret<String> {
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::ES256) };
        Secret::new(jsonwebtoken::encode(&header, claims, &self.key).unwrap())
    }
}

/// The claims of an assertion that holds now.
pub(crate) fn claims(world: &World, client_id: &str, jti: &str) -> Value {
    let now = world.clock.now().as_second();
    json!({
        "iss": client_id, "sub": client_id, "aud": format!("{ISSUER}/oauth/token"),
        "iat": now, "exp": now + 60, "jti": jti,
    })
}
