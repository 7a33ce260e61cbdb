//! The elements of each type as far as an excerpt of a resource needs them: which are mandatory, which belong to a summary.

use std::{collections::HashSet, sync::LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::ResourceType;
use crate::{
    definitions::{self, Definitions},
    excerpt::{ALWAYS, COMMON},
};

/// A top-level element of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name, without the type of its value.
    pub(crate) name: &'static str,
    /// Whether its name in JSON ends with the type of its value: `value[x]`.
    choice: bool,
    pub(crate) mandatory: bool,
    pub(crate) summary: bool,
}

/// By its name. Whether it is mandatory, or of a summary, is not written: an excerpt is told what to show.
impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.name, self.choice).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
            let own = ResourceType::ALL.into_iter().flat_map(ResourceType::elements);
            own.map(|element| element.name).chain(COMMON).chain(ALWAYS).collect()
        });
        let (name, choice) = <(String, bool)>::deserialize(deserializer)?;
        let name = NAMES.get(name.as_str()).ok_or_else(|| D::Error::custom("no such element"))?;
        Ok(Self { choice, ..Self::plain(name) })
    }
}

impl Element {
    /// One that is neither mandatory nor of a summary.
    pub(crate) const fn plain(name: &'static str) -> Self {
        Self { name, choice: false, mandatory: false, summary: false }
    }

    const fn of(element: &definitions::Element) -> Self {
        let definitions::Element { name, choice, mandatory, summary, .. } = *element;
        Self { name, choice, mandatory, summary }
    }

    /// Whether the name in JSON is this element's: `valueQuantity` is one of `value[x]`.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        match name.strip_prefix(self.name) {
            Some("") => !self.choice,
            Some(rest) => self.choice && rest.starts_with(|letter: char| letter.is_ascii_uppercase()),
            None => false,
        }
    }
}

impl ResourceType {
    /// Its elements, in R4's order, without those that every type has.
    pub(crate) fn elements(self) -> impl Iterator<Item = Element> {
        let elements = Definitions::get().resource(self.as_str()).map_or(&[][..], |kind| &kind.elements);
        elements.iter().filter(|element| element.own).map(Element::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_is_kept_is_defined() {
        for kind in ResourceType::ALL {
            assert!(kind.elements().count() >= 3, "{kind}");
        }
        let named =
            |name| ResourceType::Observation.elements().find(|element| element.is_named(name)).unwrap();
        assert!(named("valueQuantity").summary && named("status").mandatory && !named("note").summary);
    }

    #[test]
    fn every_element_that_a_parameter_looks_at_is_there() {
        for kind in ResourceType::ALL {
            for parameter in crate::parameters(kind) {
                for path in parameter.elements() {
                    assert!(definitions::knows(kind.as_str(), path), "{kind}.{path}");
                }
            }
        }
    }
}
