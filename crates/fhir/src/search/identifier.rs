//! Identifiers as tokens (FHIR R4 §3.1.1.4.10).

use serde_json::Value;

use super::names::each;

/// An Identifier's system and value. Without a value there is nothing to search by.
pub(super) fn identifiers(resource: &Value) -> impl Iterator<Item = (Option<&str>, &str)> {
    each(resource.get("identifier")).filter_map(|identifier| {
        let value = identifier.get("value")?.as_str()?;
        Some((identifier.get("system").and_then(Value::as_str), value))
    })
}

/// The two terms of an Identifier: with its system, and in any system.
pub(super) fn tokens(system: Option<&str>, value: &str) -> [String; 2] {
    [in_system(system, value), value.to_owned()]
}

/// The term of a value in one system, or in none.
pub(super) fn in_system(system: Option<&str>, value: &str) -> String {
    format!("{}|{value}", system.unwrap_or_default())
}
