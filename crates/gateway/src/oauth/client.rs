//! How a client proves itself: `client_secret_basic`, `client_secret_post`, `private_key_jwt`, or, a public one, not.

use http::{HeaderMap, header};
use tacenda_contracts::accounts::{ClientProof, oauth::ClientClaim};
use tacenda_kernel::Secret;

use super::{form::Form, refusal::Refusal};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client's claim, and its proof. RFC 6749 §2.3: no more than one.
pub(crate) fn claim(headers: &HeaderMap, form: &mut Form) -> Result<ClientClaim, Refusal> {
    let secret = form.take("client_secret");
    let assertion = form.take("client_assertion");
    let kind = form.take("client_assertion_type");
    let client_id = form.take("client_id");
    match (basic(headers)?, secret, assertion) {
        (Some((id, secret)), None, None) => {
            if client_id.is_some_and(|client_id| client_id != id) {
                return Err(Refusal::Malformed);
            }
            Ok(ClientClaim { client_id: Some(id), proof: ClientProof::Secret(secret) })
        }
        (None, Some(secret), None) => {
            Ok(ClientClaim { client_id, proof: ClientProof::Secret(Secret::new(secret)) })
        }
        (None, None, Some(assertion)) if kind.as_deref() == Some(ASSERTION) => {
            Ok(ClientClaim { client_id, proof: ClientProof::Assertion(Secret::new(assertion)) })
        }
        (None, None, None) => Ok(ClientClaim { client_id, proof: ClientProof::None }),
        _ => Err(Refusal::Malformed),
    }
}

/// HTTP Basic with form-encoded parts (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, Secret<String>)>, Refusal> {
    let Some(header) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let encoded = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Refusal::Malformed)?;
    if !encoded.0.eq_ignore_ascii_case("basic") {
        return Err(Refusal::Malformed);
    }
    let decoded =
        data_encoding::BASE64.decode(encoded.1.trim().as_bytes()).map_err(|_| Refusal::Malformed)?;
    let text = String::from_utf8(decoded).map_err(|_| Refusal::Malformed)?;
    let (id, secret) = text.split_once(':').ok_or(Refusal::Malformed)?;
    Ok(Some((form_decoded(id), Secret::new(form_decoded(secret)))))
}

fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}
