//! One FHIR Patient is two records: who to reach, and who it is.

use serde_json::{Map, Value, json};

/// The elements of a Patient that belong to `contact`. All others belong to `identity`.
pub(crate) const CONTACT_ELEMENTS: [&str; 5] = ["name", "telecom", "address", "contact", "communication"];

/// A Patient's two records.
#[derive(Clone, PartialEq)]
pub struct Halves {
    /// Names, telephone numbers, addresses, contacts, languages.
    pub contact: Value,
    /// Everything else.
    pub identity: Value,
}

impl std::fmt::Debug for Halves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Halves")
    }
}

/// Splits a Patient. Both halves begin with `resourceType`; `id` and `meta` go with identity.
#[must_use]
pub fn split(patient: &Value) -> Halves {
    let mut contact = Map::new();
    let mut identity = Map::new();
    for half in [&mut contact, &mut identity] {
        half.insert("resourceType".to_owned(), json!("Patient"));
    }
    for (key, value) in patient.as_object().into_iter().flatten() {
        let half = if CONTACT_ELEMENTS.contains(&plain(key)) { &mut contact } else { &mut identity };
        half.insert(key.clone(), value.clone());
    }
    Halves { contact: Value::Object(contact), identity: Value::Object(identity) }
}

/// Puts the halves that a caller may see together again.
#[must_use]
pub fn join(contact: Option<Value>, identity: Option<Value>) -> Value {
    let mut whole = Map::new();
    whole.insert("resourceType".to_owned(), json!("Patient"));
    for half in [identity, contact].into_iter().flatten() {
        if let Value::Object(members) = half {
            whole.extend(members);
        }
    }
    Value::Object(whole)
}

/// Drops every top-level element that is not named, except `resourceType`, `id` and `meta`. `_birthDate` goes with
/// `birthDate`.
pub fn keep_elements(resource: &mut Value, names: &[&str]) {
    if let Some(members) = resource.as_object_mut() {
        members.retain(|key, _| {
            let key = plain(key);
            ["resourceType", "id", "meta"].contains(&key) || names.contains(&key)
        });
    }
}

/// The element that a JSON key belongs to: primitives have a sibling that begins with an underscore.
pub(crate) fn plain(key: &str) -> &str {
    key.strip_prefix('_').unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient() -> Value {
        json!({"resourceType": "Patient", "id": "1", "meta": {"profile": ["p"]}, "identifier": [{"value": "x"}],
            "name": [{"family": "Rossi"}], "_name": [{"id": "n"}], "telecom": [{"value": "1"}],
            "birthDate": "1970-01-01", "_birthDate": {"id": "b"}, "address": [{"city": "Pisa"}],
            "contact": [{"name": {"text": "y"}}], "communication": [{"language": {"text": "it"}}],
            "deceasedBoolean": false, "extension": [{"url": "u"}]})
    }

    #[test]
    fn nothing_of_one_half_is_in_the_other() {
        let halves = split(&patient());
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let contact = keys(&halves.contact);
        assert_eq!(
            contact,
            ["resourceType", "name", "_name", "telecom", "address", "contact", "communication"]
        );
        let identity = keys(&halves.identity);
        assert_eq!(identity[0], "resourceType");
        assert!(identity.iter().all(|key| key == "resourceType" || !contact.contains(key)));
    }

    #[test]
    fn the_halves_make_the_whole() {
        let halves = split(&patient());
        assert_eq!(join(Some(halves.contact.clone()), Some(halves.identity)), patient());
        assert_eq!(join(Some(halves.contact.clone()), None), halves.contact);
        assert_eq!(join(None, None), json!({"resourceType": "Patient"}));
    }

    #[test]
    fn kept_elements_keep_their_siblings() {
        let mut value = patient();
        keep_elements(&mut value, &["birthDate"]);
        let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["resourceType", "id", "meta", "birthDate", "_birthDate"]);
    }
}
