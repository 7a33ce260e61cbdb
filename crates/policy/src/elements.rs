//! Which elements of a record a role sees, once the policies let it see the record.

use tacenda_kernel::{Compartment, Role};

use crate::identifying::IDENTIFYING;

/// A choice among the top-level elements of a FHIR resource.
///
/// `resourceType`, `id` and `meta` are no elements in this sense: they are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elements {
    /// Every element.
    All,
    /// These and no others.
    Only(&'static [&'static str]),
    /// All but these.
    Except(&'static [&'static str]),
}

impl Elements {
    /// No element at all.
    pub const NONE: Self = Self::Only(&[]);

    /// Whether the top-level element is seen. `_birthDate` goes with `birthDate` (FHIR JSON primitive siblings).
    #[must_use]
    pub fn show(self, element: &str) -> bool {
        let element = element.strip_prefix('_').unwrap_or(element);
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(&element),
            Self::Except(names) => !names.contains(&element),
        }
    }
}

pub(crate) fn seen(role: Role, compartment: Compartment) -> Elements {
    use Compartment::{Clinical, Contact, Directory, Field, Identity, Stream};
    match (role, compartment) {
        (Role::Clinician | Role::Application, _) => Elements::All,
        (Role::Patient, Contact | Identity | Clinical | Stream) => Elements::All,
        (Role::Technician, Contact) => Elements::Only(&TO_REACH_A_HOME),
        (Role::Technician | Role::Monitor, Field) | (Role::Monitor, Stream) => Elements::Except(&SMUGGLED),
        (Role::Researcher, Clinical | Stream) => Elements::Except(&IDENTIFYING),
        (
            Role::Technician | Role::Monitor | Role::Researcher | Role::Patient | Role::Administrator,
            Directory,
        ) => Elements::All,
        _ => Elements::NONE,
    }
}

/// What a technician needs at the door.
const TO_REACH_A_HOME: [&str; 3] = ["address", "name", "telecom"];

/// Where a resource of another compartment can travel inside a ticket, an installation or a measurement: a contained
/// Patient, or a narrative made from one.
const SMUGGLED: [&str; 2] = ["contained", "text"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_technician_sees_name_address_and_telephone() {
        let seen = seen(Role::Technician, Compartment::Contact);
        for element in ["name", "_name", "address", "telecom"] {
            assert!(seen.show(element), "{element}");
        }
        for element in
            ["contact", "communication", "birthDate", "identifier", "extension", "contained", "text"]
        {
            assert!(!seen.show(element), "{element}");
        }
    }

    #[test]
    fn a_researcher_sees_results_but_no_free_text() {
        for compartment in [Compartment::Clinical, Compartment::Stream] {
            let seen = seen(Role::Researcher, compartment);
            for element in ["code", "valueQuantity", "component", "effectiveDateTime", "status", "subject"] {
                assert!(seen.show(element), "{element}");
            }
            for element in
                ["text", "note", "identifier", "contained", "extension", "_valueString", "performer"]
            {
                assert!(!seen.show(element), "{element}");
            }
        }
    }

    #[test]
    fn no_element_is_named_twice() {
        assert_eq!(IDENTIFYING.iter().collect::<HashSet<_>>().len(), IDENTIFYING.len());
    }
}
