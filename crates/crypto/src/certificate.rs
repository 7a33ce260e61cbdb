//! Signed statements: a compact JWS (RFC 7515) with Ed25519 (RFC 8037).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD as BASE64URL;

/// Signs statements.
pub struct CertificateKey(Ed25519KeyPair);

/// Checks statements, with the public key only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateVerifier([u8; 32]);

/// A statement is not signed by this key.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the statement is malformed or not signed by this server")]
pub struct CertificateError;

const HEADER: &[u8] = br#"{"alg":"EdDSA","typ":"JWT"}"#;

impl CertificateKey {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        // A seed of 32 bytes always makes a key.
        Self(Ed25519KeyPair::from_seed_unchecked(seed).unwrap_or_else(|_| std::process::abort()))
    }

    /// Signs claims that are JSON text.
    #[must_use]
    pub fn sign(&self, claims: &str) -> String {
        let signed = format!("{}.{}", BASE64URL.encode(HEADER), BASE64URL.encode(claims.as_bytes()));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64URL.encode(signature.as_ref()))
    }

    /// What checks this key's statements.
    #[must_use]
    pub fn verifier(&self) -> CertificateVerifier {
        CertificateVerifier(crate::link::cut(self.0.public_key().as_ref()))
    }
}

impl CertificateVerifier {
    /// The claims of a statement, as JSON text.
    ///
    /// # Errors
    /// [`CertificateError`]
    pub fn verify(&self, statement: &str) -> Result<String, CertificateError> {
        let (signed, signature) = statement.rsplit_once('.').ok_or(CertificateError)?;
        let (header, claims) = signed.split_once('.').ok_or(CertificateError)?;
        let signature = BASE64URL.decode(signature.as_bytes()).map_err(|_| CertificateError)?;
        let known = UnparsedPublicKey::new(&ED25519, self.0).verify(signed.as_bytes(), &signature);
        if known.is_err() || header != BASE64URL.encode(HEADER) {
            return Err(CertificateError);
        }
        let claims = BASE64URL.decode(claims.as_bytes()).map_err(|_| CertificateError)?;
        String::from_utf8(claims).map_err(|_| CertificateError)
    }

    /// The public key as a JWK (RFC 8037).
    #[must_use]
    pub fn jwk(&self) -> String {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, BASE64URL.encode(&self.0))
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_statement_is_refused() {
        let key = CertificateKey::new(&[1; 32]);
        let statement = key.sign(r#"{"iss":"x"}"#);
        assert_eq!(key.verifier().verify(&statement).unwrap(), r#"{"iss":"x"}"#);
        for at in 0..statement.len() {
            let mut other = statement.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(other == statement || key.verifier().verify(&other).is_err(), "{at}");
        }
        assert!(CertificateKey::new(&[2; 32]).verifier().verify(&statement).is_err());
    }
}
