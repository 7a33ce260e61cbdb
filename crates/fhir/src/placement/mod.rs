//! Which compartment a resource belongs to, and whose it is.

mod patient;
mod split;

use serde_json::Value;
use tacenda_kernel::Compartment;

use crate::{Placement, ResourceType, Target};

pub use patient::patient_reference;
pub(crate) use split::{CONTACT_ELEMENTS, plain};
pub use split::{Halves, join, keep_elements, split};

/// Where a resource is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In one vault.
    In(Compartment),
    /// In two: a Patient's [`Halves`].
    Split,
}

/// Where the resource is kept; none where its type is not kept here.
///
/// References are judged by their text and `type`. In a bundle, where they may be `urn:uuid:…`, use
/// [`place_resolving`].
#[must_use]
pub fn place(resource: &Value) -> Option<Place> {
    place_resolving(resource, &|_| None)
}

/// [`place`], with the types of what `urn:` references point at.
#[must_use]
pub fn place_resolving(resource: &Value, type_of: &dyn Fn(&str) -> Option<ResourceType>) -> Option<Place> {
    let compartment = match ResourceType::of(resource).ok()?.placement() {
        Placement::Contact => Compartment::Contact,
        Placement::Identity => Compartment::Identity,
        Placement::Clinical => Compartment::Clinical,
        Placement::Field => Compartment::Field,
        Placement::Directory => Compartment::Directory,
        Placement::Split => return Some(Place::Split),
        Placement::StreamIfMeasured if resource.get("device").is_some() => Compartment::Stream,
        Placement::FieldIfOfDevice
            if resource.get("subject").is_some_and(|subject| is_device(resource, subject, type_of)) =>
        {
            Compartment::Field
        }
        Placement::StreamIfMeasured | Placement::FieldIfOfDevice => Compartment::Clinical,
    };
    Some(Place::In(compartment))
}

fn is_device(resource: &Value, subject: &Value, type_of: &dyn Fn(&str) -> Option<ResourceType>) -> bool {
    let reference = subject.get("reference").and_then(Value::as_str);
    let by_reference = reference.and_then(|text| match text.strip_prefix('#') {
        Some(id) => contained_type(resource, id),
        None => Target::named_type(text).or_else(|| type_of(text)),
    });
    let by_type = || subject.get("type").and_then(Value::as_str).and_then(|text| text.parse().ok());
    by_reference.or_else(by_type) == Some(ResourceType::Device)
}

fn contained_type(resource: &Value, id: &str) -> Option<ResourceType> {
    let contained = resource.get("contained")?.as_array()?;
    let found = contained.iter().find(|inner| inner.get("id").and_then(Value::as_str) == Some(id))?;
    ResourceType::of(found).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn in_compartment(resource: Value) -> Option<Place> {
        place(&resource)
    }

    #[test]
    fn some_places_depend_on_content() {
        use Compartment::{Clinical, Field, Stream};
        let observation = json!({"resourceType": "Observation"});
        assert_eq!(place(&observation), Some(Place::In(Clinical)));
        let measured = json!({"resourceType": "Observation", "device": {"reference": "Device/1"}});
        assert_eq!(place(&measured), Some(Place::In(Stream)));

        let document = |subject: Value| json!({"resourceType": "DocumentReference", "subject": subject});
        for (subject, compartment) in [
            (json!({"reference": "Patient/1"}), Clinical),
            (json!({"reference": "Device/1"}), Field),
            (json!({"reference": "https://x/Device/1"}), Field),
            (json!({"reference": "urn:uuid:1", "type": "Device"}), Field),
            (json!({"reference": "Patient/1", "type": "Device"}), Clinical),
            (json!({"reference": "urn:uuid:1"}), Clinical),
        ] {
            assert_eq!(in_compartment(document(subject.clone())), Some(Place::In(compartment)), "{subject}");
        }
        let urn = document(json!({"reference": "urn:uuid:1"}));
        assert_eq!(place_resolving(&urn, &|_| Some(ResourceType::Device)), Some(Place::In(Field)));
        let mut inside = document(json!({"reference": "#d"}));
        inside["contained"] = json!([{"resourceType": "Device", "id": "d"}]);
        assert_eq!(place(&inside), Some(Place::In(Field)));
    }

    #[test]
    fn what_is_not_kept_has_no_place() {
        assert_eq!(place(&json!({"resourceType": "Library"})), None);
        assert_eq!(place(&json!([])), None);
        assert_eq!(place(&json!({"resourceType": "Patient"})), Some(Place::Split));
    }
}
