//! The types of FHIR R4 as HL7 defines them, with their elements and the codes that these may have: one table, `r4.txt`,
//! made by `scripts/r4-definitions` and read once.

mod primitive;
mod read;

use std::{collections::HashMap, sync::LazyLock};

pub(crate) use primitive::{Primitive, is_id};

/// All types.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    types: Vec<Type>,
    by_name: HashMap<&'static str, TypeId>,
    value_sets: Vec<ValueSet>,
}

/// Which of the types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TypeId(usize);

/// A data type, a resource type, or a part of one: `Quantity`, `Patient`, `Patient.contact`.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) name: &'static str,
    pub(crate) is_resource: bool,
    /// In R4's order, those that all types have last.
    pub(crate) elements: Vec<Element>,
    /// Every name in JSON, in alphabetical order, with its element and which of its types that is.
    keys: Vec<(Box<str>, usize, usize)>,
}

impl Type {
    /// The element of this name in JSON, as its position, and which of its types the name says.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &Element, &Form)> {
        let found = self.keys.binary_search_by(|(name, ..)| (**name).cmp(key)).ok()?;
        let (_, position, of) = self.keys.get(found)?;
        let element = self.elements.get(*position)?;
        Some((*position, element, element.forms.get(*of)?))
    }
}

/// An element of a type.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Its name, without the type of its value.
    pub(crate) name: &'static str,
    /// Whether its name in JSON ends with the type of its value: `value[x]`.
    pub(crate) choice: bool,
    pub(crate) many: bool,
    pub(crate) mandatory: bool,
    pub(crate) summary: bool,
    /// Whether it is of this type, and not of those that this one is made from.
    pub(crate) own: bool,
    pub(crate) forms: Vec<Form>,
    /// Of what its codes are, where R4 requires it.
    pub(crate) codes: Option<Codes>,
}

/// Of which type a value is.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A simple value.
    Primitive(Primitive),
    /// An object.
    Complex(TypeId),
    /// A Reference, to a resource of one of these types; of any, where there are none.
    Reference(TypeId, Vec<&'static str>),
    /// A resource of any type.
    Resource,
}

/// Of what codes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codes {
    /// A value set, by its position.
    Of(usize),
    /// ISO 4217.
    Currency,
    /// RFC 6838.
    MediaType,
    /// UCUM, of which nothing is checked but that it is a code.
    Unit,
}

/// Codes in alphabetical order, each with its system.
#[derive(Debug, Default)]
struct ValueSet(Vec<(&'static str, &'static str)>);

impl Definitions {
    /// The table.
    pub(crate) fn get() -> &'static Self {
        static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| read::read(include_str!("r4.txt")));
        &DEFINITIONS
    }

    /// The type of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Type> {
        self.by_name.get(name).and_then(|id| self.of(*id))
    }

    pub(crate) fn of(&self, id: TypeId) -> Option<&Type> {
        self.types.get(id.0)
    }

    /// The type of resource of this name.
    pub(crate) fn resource(&self, name: &str) -> Option<&Type> {
        self.named(name).filter(|kind| kind.is_resource)
    }

    /// Whether a code is one of these: in any system where none is given.
    pub(crate) fn has(&self, codes: Codes, system: Option<&str>, code: &str) -> bool {
        match codes {
            Codes::Of(position) => {
                let Some(ValueSet(known)) = self.value_sets.get(position) else { return false };
                let from = known.partition_point(|(known, _)| *known < code);
                let same =
                    known.get(from..).unwrap_or_default().iter().take_while(|(known, _)| *known == code);
                same.into_iter().any(|(_, of)| system.is_none_or(|system| system == *of))
            }
            Codes::Currency => code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()),
            Codes::MediaType => is_media_type(code),
            Codes::Unit => true,
        }
    }
}

/// Whether the text is a media type, perhaps with parameters; R4's own examples have types alone, such as `image`.
fn is_media_type(text: &str) -> bool {
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let name = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&sign))
    };
    let mut parts = essence.split('/');
    let both = (parts.next(), parts.next(), parts.next());
    matches!(both, (Some(kind), Some(subtype), None) if name(kind) && name(subtype))
        || matches!(both, (Some(kind), None, None) if name(kind))
}

/// Whether a type has what a path names: `participant.actor`, `telecom?system=phone`.
#[cfg(test)]
pub(crate) fn knows(kind: &str, path: &str) -> bool {
    let mut kind = Definitions::get().named(kind);
    path.split('.').all(|step| {
        let found = kind.and_then(|kind| kind.find(step.split('?').next().unwrap_or_default()));
        kind = match found {
            Some((_, _, Form::Complex(id) | Form::Reference(id, _))) => Definitions::get().of(*id),
            _ => None,
        };
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_its_own_elements_and_those_it_is_made_from() {
        let all = Definitions::get();
        let patient = all.resource("Patient").unwrap();
        let names: Vec<&str> = patient.elements.iter().map(|element| element.name).collect();
        assert_eq!(&names[..3], ["identifier", "active", "name"]);
        for common in ["id", "meta", "text", "contained", "extension", "modifierExtension"] {
            assert_eq!(names.iter().filter(|name| **name == common).count(), 1, "{common}");
        }
        assert!(all.named("Patient.contact").unwrap().find("modifierExtension").is_some());
        assert!(all.named("Period").unwrap().find("modifierExtension").is_none());
        assert!(all.resource("Binary").unwrap().find("text").is_none());
        assert!(all.resource("Period").is_none() && all.resource("Patient.contact").is_none());
    }

    #[test]
    fn the_name_of_a_choice_says_its_type() {
        let observation = Definitions::get().resource("Observation").unwrap();
        let (value, element, form) = observation.find("valueQuantity").unwrap();
        assert!(element.choice && matches!(form, Form::Complex(_)));
        let (same, _, form) = observation.find("valueBoolean").unwrap();
        assert!(value == same && matches!(form, Form::Primitive(Primitive::Boolean)));
        for none in ["value", "valueAddress", "valuequantity", "Value"] {
            assert!(observation.find(none).is_none(), "{none}");
        }
    }

    #[test]
    fn codes_are_of_their_value_set_and_system() {
        let all = Definitions::get();
        let of = |kind: &str, element: &str| all.named(kind).unwrap().find(element).unwrap().1.codes.unwrap();
        let gender = of("Patient", "gender");
        assert!(all.has(gender, None, "male") && !all.has(gender, None, "Male"));
        let status = of("Condition", "clinicalStatus");
        let system = "http://terminology.hl7.org/CodeSystem/condition-clinical";
        assert!(all.has(status, Some(system), "active") && !all.has(status, Some("urn:x"), "active"));
        let comparator = of("Quantity", "comparator");
        assert!(all.has(comparator, None, "<=") && !all.has(comparator, None, "="));
        assert!(
            all.has(of("Money", "currency"), None, "EUR") && !all.has(of("Money", "currency"), None, "€")
        );
        let media = of("Attachment", "contentType");
        for good in ["text/plain", "text/plain; charset=utf-8", "application/fhir+json", "image/*"] {
            assert!(all.has(media, None, good), "{good}");
        }
        for bad in ["", "text/", "/plain", "a/b/c", "text /plain"] {
            assert!(!all.has(media, None, bad), "{bad}");
        }
    }
}
