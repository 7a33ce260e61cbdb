//! fhirkit's findings in our words. Its messages can quote values; ours cannot, because each is one of a fixed list.

use crate::{Issue, IssueCode};

const UNKNOWN: &str = "unknown element";

/// The issue for one finding.
pub(super) fn issue(found: &fhirkit::Issue) -> Issue {
    let (code, reason) = translate(&found.message);
    let path = found.path.as_str();
    let path = match path.rsplit_once('.') {
        Some((parent, key)) if reason == UNKNOWN => echoed(parent, key),
        _ => path.to_owned(),
    };
    Issue::new(code, reason).at(path)
}

/// The path of a key that FHIR does not know, or its parent's alone where the key looks like more than a misspelt
/// element name: SECURITY: it is the caller's word; with digits, or beginning with a capital, it may be a datum.
pub(crate) fn echoed(parent: &str, key: &str) -> String {
    let word = key.strip_prefix('_').unwrap_or(key);
    if harmless(word) { format!("{parent}.{key}") } else { parent.to_owned() }
}

/// Whether the word has the form of an element's name: at most 64 letters, the first a small one.
pub(super) fn harmless(word: &str) -> bool {
    word.len() <= 64
        && word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn translate(message: &str) -> (IssueCode, &'static str) {
    // Messages that quote a value begin with it and end in words of the list, so the end is looked at first.
    if let Some((_, reason)) = BY_END.iter().find(|(end, _)| message.ends_with(end)) {
        return (IssueCode::Value, reason);
    }
    let by_start = BY_START.iter().find(|(start, ..)| message.starts_with(start));
    by_start.map_or((IssueCode::Invalid, "not valid here"), |(_, code, reason)| (*code, reason))
}

/// The beginnings of messages that quote nothing.
const BY_START: [(&str, IssueCode, &str); 17] = [
    ("unknown element", IssueCode::Structure, UNKNOWN),
    ("required element missing", IssueCode::Required, "required element missing"),
    ("needs at least ", IssueCode::Required, "too few entries"),
    ("the key appears more than once", IssueCode::Structure, "the key appears more than once"),
    ("expected an object", IssueCode::Structure, "expected an object"),
    ("expected an array", IssueCode::Structure, "expected an array"),
    ("expected a single value", IssueCode::Structure, "expected a single value, found an array"),
    ("expected a string", IssueCode::Structure, "expected a string"),
    ("expected true or false", IssueCode::Structure, "expected true or false"),
    ("expected a whole number", IssueCode::Structure, "expected a whole number"),
    ("expected a number", IssueCode::Structure, "expected a number"),
    ("an empty array", IssueCode::Structure, "an empty array is not allowed; leave the element out"),
    ("an empty ", IssueCode::Value, "an empty value is not allowed; leave the element out"),
    ("null ", IssueCode::Structure, "null is not allowed here"),
    ("has ", IssueCode::Structure, "the element and its underscored sibling must have as many entries"),
    ("only one type may be given", IssueCode::Structure, "only one type may be given"),
    ("a resource needs a resourceType", IssueCode::Required, "a resource needs a resourceType"),
];

/// The ends of messages that begin with the value they quote.
const BY_END: [(&str, &str); 18] = [
    ("not a FHIR decimal", "not a valid decimal"),
    ("not a FHIR integer", "not a valid integer"),
    ("outside the 32-bit range of a FHIR integer", "outside the range of an integer"),
    ("not a positiveInt (1 or more)", "not a positive whole number"),
    ("not an unsignedInt (0 or more)", "not a whole number of 0 or more"),
    ("not a FHIR R4 resource type this build knows", "not a resource type of FHIR R4"),
    ("not a valid code", "not a valid code"),
    ("not a valid id", "not a valid id"),
    ("not a valid uri", "not a valid uri"),
    ("not a valid url", "not a valid url"),
    ("not a valid canonical", "not a valid canonical"),
    ("not a valid oid", "not a valid oid"),
    ("not a valid uuid", "not a valid uuid"),
    ("not a valid base64Binary", "not valid base64"),
    ("not a valid date", "not a valid date"),
    ("not a valid dateTime", "not a valid dateTime"),
    ("not a valid instant", "not a valid instant"),
    ("not a valid time", "not a valid time"),
];
