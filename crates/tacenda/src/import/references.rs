//! References between resources that have no id on this server yet.

use serde_json::Value;
use tacenda_crypto::sha256;
use tacenda_fhir::Target;

/// Replaces every `Reference.reference` for which `to` knows another text.
pub(super) fn rewrite(value: &mut Value, to: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, to)),
        Value::Object(members) => {
            for (key, inner) in members.iter_mut() {
                match inner {
                    Value::String(text) if key == "reference" => {
                        *text = to(text).unwrap_or_else(|| text.clone())
                    }
                    inner => rewrite(inner, to),
                }
            }
        }
        _ => {}
    }
}

/// `Type/id`, where the text is a reference of that form, with or without a version.
pub(super) fn relative_name(reference: &str) -> Option<String> {
    match Target::parse(reference, "") {
        Target::Local { resource_type, id, .. } => Some(format!("{resource_type}/{id}")),
        _ => None,
    }
}

/// The `urn:uuid:` by which entries of a transaction refer to what has this name: the same for the same name.
pub(super) fn urn(name: &str) -> String {
    let digest = sha256(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // RFC 9562 §5.8: a UUID made in a way of our own.
    uuid::Builder::from_custom_bytes(bytes).into_uuid().urn().to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_replaced_wherever_they_are_and_nothing_else_is() {
        let mut value = json!({"subject": {"reference": "Patient/1", "display": "Patient/1"},
            "result": [{"reference": "Observation/2"}, {"reference": "#c"}], "note": [{"text": "Patient/1"}],
            "contained": [{"id": "c", "performer": [{"reference": "Patient/1/_history/3"}]}]});
        let to = |text: &str| (relative_name(text)? == "Patient/1").then(|| "urn:x".to_owned());
        rewrite(&mut value, &to);
        assert_eq!(
            value,
            json!({"subject": {"reference": "urn:x", "display": "Patient/1"},
                "result": [{"reference": "Observation/2"}, {"reference": "#c"}], "note": [{"text": "Patient/1"}],
                "contained": [{"id": "c", "performer": [{"reference": "urn:x"}]}]})
        );
    }

    #[test]
    fn the_same_name_has_the_same_urn() {
        let one = urn("Patient/1");
        assert!(one.starts_with("urn:uuid:") && one.len() == 45, "{one}");
        assert!(matches!(Target::parse(&one, ""), Target::Urn(_)));
        assert_eq!(one, urn("Patient/1"));
        assert_ne!(one, urn("Patient/2"));
        assert_eq!(one.as_bytes()["urn:uuid:".len() + 14], b'8');
    }
}
