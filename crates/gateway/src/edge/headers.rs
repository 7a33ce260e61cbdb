//! Headers of FHIR requests and answers.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822};
use tacenda_fhir::{Issue, IssueCode, Known, ResourceType, parse_criteria, parse_etag};
use tacenda_kernel::Version;

use super::problem::Problem;

/// The media type of everything FHIR here.
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

const JSON: [&str; 3] = [FHIR_JSON, "application/json", "application/json+fhir"];

/// Refuses content that does not say it is JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let essence = media_type(headers);
    if JSON.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let reason = "send Content-Type: application/fhir+json";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, IssueCode::NotSupported, reason))
}

/// What the content says it is, without parameters; empty where it does not say.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(';').next().unwrap_or_default().trim()
}

/// The version that `If-Match` names, if it is there. A condition on a write that would not be looked at is refused.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    refuse(headers, &["if-none-exist", "if-none-match", "if-modified-since", "if-unmodified-since"])?;
    let reason = "If-Match is not an ETag of this server: W/\"<version>\"";
    read(headers, "if-match", reason, parse_etag)
}

/// What `If-None-Match`, or else `If-Modified-Since`, says that the caller has already.
pub(crate) fn known(headers: &HeaderMap) -> Result<Option<Known>, Problem> {
    refuse(headers, &["if-match", "if-none-exist", "if-unmodified-since"])?;
    let tags = "If-None-Match is neither * nor ETags of this server: W/\"<version>\"";
    let date = "If-Modified-Since is not a date as HTTP writes it: Sun, 01 Mar 2026 10:00:00 GMT";
    let known = read(headers, "if-none-match", tags, Known::tags)?;
    Ok(known.or(read(headers, "if-modified-since", date, Known::date)?))
}

/// The criteria of `If-None-Exist`: a query string, or the URL of a search for this type.
pub(crate) fn if_none_exist(headers: &HeaderMap, kind: ResourceType) -> Result<Option<String>, Problem> {
    refuse(headers, &["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"])?;
    let criteria = |text: &str| parse_criteria(text, kind).map(str::to_owned);
    read(headers, "if-none-exist", "If-None-Exist is the query of a search: parameter=value", criteria)
}

fn read<T>(
    headers: &HeaderMap,
    name: &'static str,
    reason: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let wrong = || Problem::invalid(vec![Issue::new(IssueCode::Value, reason)]);
    let mut sent = headers.get_all(name).iter();
    match (sent.next(), sent.next()) {
        (None, _) => Ok(None),
        (Some(header), None) => header.to_str().ok().and_then(parse).map(Some).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// Whoever sends a condition relies on it.
fn refuse(headers: &HeaderMap, names: &[&'static str]) -> Result<(), Problem> {
    match names.iter().find(|name| headers.contains_key(**name)) {
        None => Ok(()),
        Some(name) => {
            let reason = format!("{name} is a condition that is not looked at here; leave it out");
            Err(Problem::invalid(vec![Issue::new(IssueCode::NotSupported, reason)]))
        }
    }
}

/// What is done with search parameters that are not supported (FHIR R4 §3.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handling {
    /// The search is refused.
    Strict,
    /// They are left out, and the answer names them.
    Lenient,
}

/// What `Prefer` says of it: `handling=lenient`, or strict (RFC 7240).
pub(crate) fn handling(headers: &HeaderMap) -> Handling {
    let lines = headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
    let mut wanted = lines.flat_map(|line| line.split([',', ';'])).filter_map(|one| one.split_once('='));
    let said = wanted.find(|(name, _)| name.trim().eq_ignore_ascii_case("handling"));
    match said {
        Some((_, value)) if value.trim().trim_matches('"') == "lenient" => Handling::Lenient,
        _ => Handling::Strict,
    }
}

/// The header that names an idempotent transaction.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let key = |text: &str| (1..=200).contains(&text.len()).then(|| text.to_owned());
    read(headers, "idempotency-key", "Idempotency-Key is 1 to 200 ASCII characters, once", key)
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
