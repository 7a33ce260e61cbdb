//! Headers and parameters that several endpoints have.

use serde_json::{Value, json};

use super::operation::Parameter;

pub(crate) const IF_MATCH: Parameter = Parameter {
    name: "If-Match",
    place: "header",
    text: "Only if this is still the version: the `ETag` that came with it. Otherwise 412.",
    schema: || json!({"type": "string", "pattern": r#"^(W/)?"[1-9][0-9]{0,8}"$"#}),
};

pub(crate) const IDEMPOTENCY_KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: "header",
    text: "A transaction with this key is done once: a second one gets 409 and does nothing.",
    schema: || json!({"type": "string", "pattern": "^[ -~]{1,200}$"}),
};

pub(crate) const PURPOSE_OF_USE: Parameter = Parameter {
    name: "X-Purpose-Of-Use",
    place: "header",
    text: "Why the caller asks, of HL7's v3 PurposeOfUse. Without it, it is what is usual for the role.",
    schema: || {
        let codes = tacenda_kernel::Purpose::ALL.map(tacenda_kernel::Purpose::code);
        json!({"type": "string", "enum": codes})
    },
};

pub(crate) const TYPES: Parameter = Parameter {
    name: "_type",
    place: "query",
    text: "Only resources of these types, separated by commas.",
    schema: || {
        let types = tacenda_fhir::ResourceType::ALL.map(tacenda_fhir::ResourceType::as_str).to_vec();
        json!({"type": "array", "items": {"type": "string", "enum": types}, "minItems": 1})
    },
};

pub(crate) const SINCE: Parameter = Parameter {
    name: "_since",
    place: "query",
    text: "Only what was written at this time or later.",
    schema: || json!({"type": "string", "format": "date-time"}),
};

pub(crate) const COUNT: Parameter = of_search("_count");
pub(crate) const CURSOR: Parameter = of_search("_cursor");

/// A parameter that searches have as well: `search.rs` says what it is.
const fn of_search(name: &'static str) -> Parameter {
    Parameter { name, place: "query", text: "", schema: || json!(true) }
}

pub(crate) const PREFER: Parameter = Parameter {
    name: "Prefer",
    place: "header",
    text: "What the answer to a write shows: the new version as any reader gets it (`return=representation`), that all is well \
           (`return=OperationOutcome`), or headers only (`return=minimal`). In a search, that what is not supported is left \
           out and named (`handling=lenient`). Anything else is ignored (RFC 7240).",
    schema: || json!({"type": "string"}),
};

pub(crate) const IF_NONE_EXIST: Parameter = Parameter {
    name: "If-None-Exist",
    place: "header",
    text: "Only if a search with this query finds nothing: `patient=<id>&identifier=…`. If it finds one, that is the answer, \
           with 200; if it finds several, 412.",
    schema: || json!({"type": "string"}),
};

pub(crate) const IF_NONE_MATCH: Parameter = Parameter {
    name: "If-None-Match",
    place: "header",
    text: "Not if this is still the version: then 304.",
    schema: || json!({"type": "string", "pattern": r#"^(W/)?"[1-9][0-9]{0,8}"$"#}),
};

pub(crate) const IF_MODIFIED_SINCE: Parameter = Parameter {
    name: "If-Modified-Since",
    place: "header",
    text: "Not if nothing was written since: then 304. `If-None-Match` says more, and counts where both are there.",
    schema: || json!({"type": "string", "format": "http-date", "examples": ["Sun, 01 Mar 2026 10:00:00 GMT"]}),
};

pub(crate) const PATIENT: Parameter = Parameter {
    name: "patient",
    place: "query",
    text: "Whose records. A patient need not say so of their own; the directory is nobody's.",
    schema: || json!({"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"}),
};

const VERSION: &str = "^[1-9][0-9]{0,8}$";

pub(crate) const FROM: Parameter = Parameter {
    name: "from",
    place: "query",
    text: "The version that the difference begins with.",
    schema: || json!({"type": "string", "pattern": VERSION}),
};

pub(crate) const TO: Parameter = Parameter {
    name: "to",
    place: "query",
    text: "The version that it leads to.",
    schema: || json!({"type": "string", "pattern": VERSION}),
};

pub(crate) const SUMMARY: Parameter = Parameter {
    name: "_summary",
    place: "query",
    text: "Which part of each resource: what R4 calls a summary; its text and what is mandatory; all but its text; in a \
           search, none of it but the number of matches; or all. Not with `_elements`.",
    schema: || json!({"type": "string", "enum": ["true", "text", "data", "count", "false"]}),
};

pub(crate) const ELEMENTS: Parameter = Parameter {
    name: "_elements",
    place: "query",
    text: "Which top-level elements of each resource, by name, separated by commas. What is mandatory comes with them.",
    schema: || json!({"type": "string", "pattern": "^[A-Za-z\\[\\], ]{1,2048}$"}),
};

pub(crate) const FORMAT: Parameter = Parameter {
    name: "_format",
    place: "query",
    text: "Answers are JSON.",
    schema: || {
        let names =
            ["json", "text/json", "application/json", "application/fhir+json", "application/json+fhir"];
        json!({"type": "string", "enum": names})
    },
};

pub(crate) const PRETTY: Parameter = Parameter {
    name: "_pretty",
    place: "query",
    text: "Taken, and changes nothing.",
    schema: || json!({"type": "string", "enum": ["true", "false"]}),
};

pub(crate) const ALL: [&Parameter; 16] = [
    &TYPES,
    &SINCE,
    &PATIENT,
    &FROM,
    &TO,
    &IF_MATCH,
    &IDEMPOTENCY_KEY,
    &PURPOSE_OF_USE,
    &PREFER,
    &IF_NONE_EXIST,
    &IF_NONE_MATCH,
    &IF_MODIFIED_SINCE,
    &SUMMARY,
    &ELEMENTS,
    &FORMAT,
    &PRETTY,
];

/// Headers of answers.
pub(crate) fn of_answers() -> Value {
    let text = |text: &str| json!({"description": text, "schema": {"type": "string"}});
    json!({
        "ETag": {"description": "The version.", "schema": {"type": "string", "pattern": r#"^W/"[1-9][0-9]*"$"#}},
        "Preference-Applied": text("What of `Prefer` was done."),
        "Last-Modified": text("When the version was made."),
        "Location": text("Where it is."),
        "WWW-Authenticate": text("What a token would have to be like."),
        "Retry-After": {"description": "In how many seconds to try again.", "schema": {"type": "integer"}},
    })
}
