//! The erasure certificate: a compact JWS (RFC 7515) that says whose keys were destroyed, when and where.

use jiff::Timestamp;
use serde::Serialize;
use tacenda_contracts::keystore::ErasureCertificate;
use tacenda_crypto::{CertificateError, CertificateKey};
use tacenda_kernel::{Compartment, Pseudonym, realms};

/// Who signs.
const ISSUER: &str = "tacenda-keystore";

#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    /// Seconds since 1970 (RFC 7519 NumericDate).
    iat: i64,
    /// The patient's number in the ledger, in hexadecimal.
    sub: String,
    compartments: [&'static str; 5],
}

/// Certifies that the patient's keys were destroyed in every compartment.
pub(crate) fn sign(
    key: &CertificateKey,
    patient: Pseudonym<realms::Ledger>,
    at: Timestamp,
) -> Result<ErasureCertificate, CertificateError> {
    let claims = Claims {
        iss: ISSUER,
        iat: at.as_second(),
        sub: data_encoding::HEXLOWER.encode(&patient.to_bytes()),
        compartments: Compartment::OF_A_PATIENT.map(Compartment::as_str),
    };
    key.sign(&claims).map(ErasureCertificate)
}
