//! Which reference says whose a resource is.

use serde_json::Value;

use crate::{ResourceType, Target};

/// The reference by which the resource's patient is found.
///
/// One that names a Patient comes first. Where there is none, it is the first reference at the type's patient elements:
/// a `urn:` of the same bundle, or a record (a Device, a Group, the target of a Provenance) whose own id says whose it
/// is. None for the directory, for a Patient itself, and where the elements are absent.
#[must_use]
pub fn patient_reference(resource: &Value) -> Option<&str> {
    let elements = ResourceType::of(resource).ok()?.patient_elements();
    let mut found = Vec::new();
    for path in elements {
        collect(resource, path, &mut found);
    }
    let names_patient = |reference: &&&Value| {
        let text = reference.get("reference").and_then(Value::as_str).unwrap_or_default();
        let declared = || reference.get("type").and_then(Value::as_str).and_then(|name| name.parse().ok());
        Target::named_type(text).or_else(declared) == Some(ResourceType::Patient)
    };
    let chosen = found.iter().find(names_patient).or_else(|| found.first())?;
    chosen.get("reference")?.as_str()
}

fn collect<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| collect(item, path, found));
        return;
    }
    if path.is_empty() {
        if value.get("reference").is_some_and(Value::is_string) {
            found.push(value);
        }
        return;
    }
    let (element, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(inner) = value.get(element) {
        collect(inner, rest, found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_patient_is_found_among_others() {
        let appointment = json!({"resourceType": "Appointment", "participant": [
            {"actor": {"reference": "Practitioner/1"}}, {"status": "accepted"},
            {"actor": {"reference": "Patient/2"}}, {"actor": {"reference": "Patient/3"}}]});
        assert_eq!(patient_reference(&appointment), Some("Patient/2"));
        let task = json!({"resourceType": "Task", "for": {"reference": "urn:uuid:9"}});
        assert_eq!(patient_reference(&task), Some("urn:uuid:9"));
        let typed = json!({"resourceType": "Person", "link": [
            {"target": {"reference": "urn:uuid:1", "type": "Practitioner"}},
            {"target": {"reference": "urn:uuid:2", "type": "Patient"}}]});
        assert_eq!(patient_reference(&typed), Some("urn:uuid:2"));
    }

    #[test]
    fn nobody_is_nobody() {
        for resource in [
            json!({"resourceType": "Practitioner", "subject": {"reference": "Patient/1"}}),
            json!({"resourceType": "Condition"}),
            json!({"resourceType": "Condition", "subject": {"display": "x"}}),
            json!({"resourceType": "Patient", "id": "1"}),
        ] {
            assert_eq!(patient_reference(&resource), None);
        }
    }

    #[test]
    fn every_patient_element_is_one_that_r4_defines() {
        for kind in ResourceType::ALL {
            for path in kind.patient_elements() {
                assert!(crate::definitions::knows(kind.as_str(), path), "{kind}.{path}");
            }
        }
    }
}
