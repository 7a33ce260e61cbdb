//! Headers of FHIR requests and answers.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822};
use tacenda_fhir::{Issue, IssueCode, parse_etag};
use tacenda_kernel::Version;

use super::problem::Problem;

/// The media type of everything FHIR here.
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

const JSON: [&str; 3] = [FHIR_JSON, "application/json", "application/json+fhir"];

/// Refuses content that does not say it is JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if JSON.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let reason = "send Content-Type: application/fhir+json";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, IssueCode::NotSupported, reason))
}

/// The version that `If-Match` names, if it is there.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let Some(header) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let version = header.to_str().ok().and_then(parse_etag);
    version.map(Some).ok_or_else(|| {
        Problem::invalid(vec![Issue::new(
            IssueCode::Value,
            "If-Match is not an ETag of this server: W/\"<version>\"",
        )])
    })
}

/// The header that names an idempotent transaction.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(header) = headers.get("idempotency-key") else { return Ok(None) };
    let key = header.to_str().ok().filter(|key| !key.is_empty() && key.len() <= 200);
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        Problem::invalid(vec![Issue::new(IssueCode::Value, "Idempotency-Key is 1 to 200 ASCII characters")])
    })
}

/// The entity tag of a version.
pub(crate) fn etag(version: Version) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{version}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""))
}

/// A time as `Last-Modified` writes it.
pub(crate) fn last_modified(at: Timestamp) -> Option<HeaderValue> {
    let text = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()?;
    HeaderValue::from_str(&text).ok()
}
