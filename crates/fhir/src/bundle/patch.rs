//! A patch in a bundle: a JSON Patch in a Binary (FHIR R4 §3.1.0.8.5).

use data_encoding::BASE64;
use serde_json::Value;

use crate::{Issue, IssueCode, JSON_PATCH, JsonPatch, Limits, validate::syntax};

/// Reads a Binary that holds a JSON Patch.
pub(super) fn read(text: &[u8], path: &str, limits: &Limits) -> Result<JsonPatch, Issue> {
    let at = |issue: Issue, element: &str| issue.at(format!("{path}{element}"));
    let text = syntax::text(text, limits.resource_bytes, limits.depth).map_err(|issue| at(issue, ""))?;
    let binary: Value = serde_json::from_str(text).map_err(|_| at(no_binary(), ""))?;
    let string = |name: &str| binary.get(name).and_then(Value::as_str);
    if string("resourceType") != Some("Binary") {
        return Err(at(no_binary(), ""));
    }
    if string("contentType").is_none_or(|sent| !sent.eq_ignore_ascii_case(JSON_PATCH)) {
        return Err(at(no_binary(), ".contentType"));
    }
    let data: Vec<u8> =
        string("data").unwrap_or_default().bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(&data).map_err(|_| at(Issue::new(IssueCode::Value, "not base64"), ".data"))?;
    JsonPatch::read(&bytes, limits).map_err(|issue| at(issue, ".data"))
}

fn no_binary() -> Issue {
    let reason = "a patch is a Binary of contentType application/json-patch+json; FHIRPath Patch (Parameters) is not supported";
    Issue::new(IssueCode::NotSupported, reason)
}
