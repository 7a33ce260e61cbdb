//! What rules ask of an object.

use serde_json::Value;

use super::Object;

/// Whether the element is there, or something beside it.
pub(super) fn has(object: &Object, name: &str) -> bool {
    object.contains_key(name) || object.keys().any(|key| key.strip_prefix('_') == Some(name))
}

pub(super) fn has_one(object: &Object, names: &[&str]) -> bool {
    names.iter().any(|name| has(object, name))
}

pub(super) fn has_both(object: &Object, one: &str, other: &str) -> bool {
    has(object, one) && has(object, other)
}

/// Whether one of the types of a choice is there.
pub(super) fn chosen(object: &Object, name: &str) -> bool {
    object.keys().any(|key| {
        let key = key.strip_prefix('_').unwrap_or(key);
        key.strip_prefix(name).is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    })
}

/// Where the first is, the second is, too.
pub(super) fn implies(object: &Object, first: &str, second: &str) -> bool {
    !has(object, first) || has(object, second)
}

pub(super) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// Whether the text is there and one of these.
pub(super) fn is(object: &Object, name: &str, texts: &[&str]) -> bool {
    text(object, name).is_some_and(|text| texts.contains(&text))
}

pub(super) fn number(object: &Object, name: &str) -> Option<f64> {
    object.get(name).and_then(Value::as_f64)
}

pub(super) fn items<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The codings of a concept.
pub(super) fn codings<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_object).map_or(&[], |concept| items(concept, "coding"))
}

/// Whether a concept has one of these codes of one of HL7's own systems.
pub(super) fn coded(object: &Object, name: &str, system: &str, codes: &[&str]) -> bool {
    let code = |coding: &Value| {
        let of = coding.get("system").and_then(Value::as_str);
        let of = of.and_then(|of| of.strip_prefix("http://terminology.hl7.org/CodeSystem/"));
        let code = coding.get("code").and_then(Value::as_str);
        of == Some(system) && code.is_some_and(|code| codes.contains(&code))
    };
    codings(object, name).iter().any(code)
}

/// Whether a time is not after another one, as far as both are known: where the zone of one is not, nothing is said of
/// times of neighbouring days.
pub(super) fn in_order(object: &Object, first: &str, last: &str) -> bool {
    let (Some(first), Some(last)) = (text(object, first), text(object, last)) else { return true };
    match (first.parse::<jiff::Timestamp>(), last.parse::<jiff::Timestamp>()) {
        (Ok(first), Ok(last)) => first <= last,
        _ if first.len() <= 10 && last.len() <= 10 => {
            let both = first.len().min(last.len());
            first.get(..both) <= last.get(..both)
        }
        _ => true,
    }
}
