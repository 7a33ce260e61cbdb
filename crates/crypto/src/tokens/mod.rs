//! JSON web tokens: access tokens (RFC 9068), client assertions (RFC 7523), tokens of other providers, erasure certificates.
//!
//! Signatures are checked by `jsonwebtoken`; every claim is checked here, against a time that is passed in.

mod audience;
mod certificate;
mod claims;
mod client_assertion;
mod client_keys;
mod jws;
mod provider;
mod provider_claims;
mod signer;
mod verifier;

pub use certificate::{CertificateError, CertificateKey, CertificateVerifier};
pub use claims::IdTokenHint;
pub use client_assertion::{AssertionError, ClientAssertion, claimed_client, verify_client_assertion};
pub use client_keys::{InvalidJwks, check_client_keys};
pub use provider::{ProviderKeys, ProviderToken, ProviderTokenError, claimed_issuer};
pub use provider_claims::ProviderClaims;
pub use signer::{InvalidSigningKey, SignError, TokenSigner};
pub use verifier::{TokenError, TokenVerifier};
