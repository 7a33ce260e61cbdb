//! Codes, identifiers, and yes or no (FHIR R4 §3.1.1.4.10).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::path::each;

/// What a token parameter asks for. At least one of the two is there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenValue {
    /// The system; none where any will do, and empty where there must be none.
    pub system: Option<String>,
    /// The code; none where any of the system will do.
    pub code: Option<String>,
}

/// A code as an element says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coded<'a> {
    pub(super) system: Option<&'a str>,
    pub(super) code: &'a str,
    /// A plain `code`, whose system is told by its definition.
    plain: bool,
}

impl TokenValue {
    /// Whether the element says so.
    pub(super) fn fits(&self, element: &Value) -> bool {
        codes(element).iter().any(|coded| {
            let system = match self.system.as_deref() {
                None => true,
                Some(_) if coded.plain => true,
                Some(wanted) => coded.system.unwrap_or_default() == wanted,
            };
            system && self.code.as_deref().is_none_or(|wanted| wanted == coded.code)
        })
    }
}

/// What an element says: a `code`, a `boolean`, a Coding, a CodeableConcept, an Identifier or a ContactPoint.
pub(super) fn codes(element: &Value) -> Vec<Coded<'_>> {
    let plain = |code| vec![Coded { system: None, code, plain: true }];
    match element {
        Value::String(text) => plain(text),
        Value::Bool(true) => plain("true"),
        Value::Bool(false) => plain("false"),
        Value::Object(members) => match members.get("coding") {
            Some(codings) => each(codings).filter_map(of_members).collect(),
            None => of_members(element).into_iter().collect(),
        },
        _ => Vec::new(),
    }
}

fn of_members(element: &Value) -> Option<Coded<'_>> {
    let code = element.get("code").or_else(|| element.get("value"))?.as_str()?;
    Some(Coded { system: element.get("system").and_then(Value::as_str), code, plain: false })
}
