//! Parameters of a search that say nothing about what is looked for (FHIR R4 §3.1.1.5, and §3.1.0.1 for any request).

use crate::{Issue, IssueCode};

/// How the answer to a search is made.
pub const RESULT_PARAMETERS: [&str; 10] = [
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_summary",
    "_elements",
    "_total",
    "_contained",
    "_cursor",
    "_containedType",
];
const FORMATS: [&str; 5] =
    ["json", "text/json", "application/json", "application/fhir+json", "application/json+fhir"];

/// Whether a parameter only says how any answer is written: `_format`, `_pretty`.
///
/// # Errors
/// Where that is not how anything is written here.
pub fn format_parameter(name: &str, value: &str) -> Result<bool, Issue> {
    match name {
        // A plus that nobody escaped is a space.
        "_format" if !FORMATS.contains(&value.replace(' ', "+").as_str()) => {
            Err(Issue::new(IssueCode::Value, "_format is json: this server has no other"))
        }
        "_pretty" if !["true", "false"].contains(&value) => {
            Err(Issue::new(IssueCode::Value, "_pretty is true or false"))
        }
        "_format" | "_pretty" => Ok(true),
        _ => Ok(false),
    }
}
