//! Erasure certificates: a compact JWS (RFC 7515) with Ed25519 (RFC 8037) that anyone with the public key can check.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::jws;
use crate::key_bytes::{KeyBytes, certain, opaque};

/// In the header, so that nothing else signed by any key passes for a certificate.
const TYPE: &str = "erasure-certificate+jwt";

/// Signs erasure certificates.
pub struct CertificateKey {
    key: EncodingKey,
    verifier: CertificateVerifier,
}

opaque!(CertificateKey);

/// The certificate was not signed, or is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The statement could not be signed.
    #[error("the certificate could not be signed")]
    NotSigned,
    /// This key did not sign it as a certificate.
    #[error("the certificate is not valid")]
    Refused,
}

impl CertificateKey {
    /// Signs a statement.
    ///
    /// # Errors
    /// [`CertificateError::NotSigned`] for a statement that has no JSON form.
    pub fn sign<T: Serialize>(&self, statement: &T) -> Result<String, CertificateError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        encode(&header, statement, &self.key).map_err(|_| CertificateError::NotSigned)
    }

    /// What verifies its certificates.
    #[must_use]
    pub fn verifier(&self) -> CertificateVerifier {
        self.verifier.clone()
    }

    pub(crate) fn from_seed(seed: &KeyBytes) -> Self {
        let pair = certain(Ed25519KeyPair::from_seed_unchecked(seed.as_slice()));
        let pkcs8 = certain(pair.to_pkcs8());
        let mut public_key = [0; 32];
        public_key.copy_from_slice(pair.public_key().as_ref());
        Self { key: EncodingKey::from_ed_der(pkcs8.as_ref()), verifier: CertificateVerifier(public_key) }
    }
}

/// Verifies erasure certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateVerifier([u8; 32]);

impl CertificateVerifier {
    /// The statement of a certificate.
    ///
    /// # Errors
    /// [`CertificateError::Refused`] where this key did not sign it, or it is no such statement.
    pub fn verify<T: DeserializeOwned>(&self, certificate: &str) -> Result<T, CertificateError> {
        let header = jws::header(certificate).ok_or(CertificateError::Refused)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(CertificateError::Refused);
        }
        let key = DecodingKey::from_ed_der(&self.0);
        jws::verified(certificate, &key, Algorithm::EdDSA).ok_or(CertificateError::Refused)
    }

    /// The public key as a JSON web key, to be published.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(&self.0);
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MasterKey, SystemRandom};

    #[test]
    fn a_certificate_verifies_unless_it_is_altered_or_of_another_key() {
        let key = MasterKey::make(&SystemRandom).certificate_key();
        let statement = json!({ "subject": "amber-falcon-river", "erased_at": "2026-03-01T12:00:00Z" });
        let certificate = key.sign(&statement).unwrap();
        assert_eq!(key.verifier().verify::<Value>(&certificate), Ok(statement));
        let other = MasterKey::make(&SystemRandom).certificate_key();
        let refused = Err(CertificateError::Refused);
        assert_eq!(other.verifier().verify::<Value>(&certificate), refused);
        let (signed, signature) = certificate.rsplit_once('.').unwrap();
        let header = signed.split_once('.').unwrap().0;
        for wrong in [
            format!("{header}.{}.{signature}", BASE64URL_NOPAD.encode(b"{}")),
            format!("{signed}."),
            signed.to_owned(),
            String::new(),
        ] {
            assert_eq!(key.verifier().verify::<Value>(&wrong), refused);
        }
    }

    #[test]
    fn another_kind_of_token_by_the_same_key_is_no_certificate() {
        let key = MasterKey::make(&SystemRandom).certificate_key();
        let token = encode(&Header::new(Algorithm::EdDSA), &json!({}), &key.key).unwrap();
        assert_eq!(key.verifier().verify::<Value>(&token), Err(CertificateError::Refused));
    }
}
