//! The elements of each type, from the table beside this file: which are mandatory, and which belong to a summary.

use super::ResourceType;

const TABLE: &str = include_str!("elements.txt");

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

impl Element {
    /// One that is neither mandatory nor of a summary.
    pub(crate) const fn plain(name: &'static str) -> Self {
        Self { name, choice: false, mandatory: false, summary: false }
    }

    fn parse(word: &'static str) -> Self {
        let (word, summary) = flag(word, "*");
        let (word, mandatory) = flag(word, "!");
        let (name, choice) = flag(word, "[x]");
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
        let of = move |line: &&str| line.split_once(": ").is_some_and(|(name, _)| name == self.as_str());
        let words =
            TABLE.lines().find(of).and_then(|line| line.split_once(": ")).map_or("", |(_, words)| words);
        words.split(' ').filter(|word| !word.is_empty()).map(Element::parse)
    }
}

fn flag(word: &'static str, mark: &str) -> (&'static str, bool) {
    word.strip_suffix(mark).map_or((word, false), |word| (word, true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What the library that validates says of a resource with nothing but this in it.
    fn complaints(resource: &serde_json::Value) -> Vec<String> {
        let (_, issues) = fhirkit::from_json::<fhirkit::r4::Resource>(&resource.to_string()).unwrap();
        issues.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_mandatory_is_what_the_validator_misses() {
        for kind in ResourceType::ALL {
            let missing = complaints(&json!({"resourceType": kind.as_str()}));
            let mut missing: Vec<String> = missing
                .iter()
                .filter(|complaint| complaint.contains("missing"))
                .map(|complaint| {
                    let path = complaint.split_once(&format!("{kind}.")).unwrap().1;
                    path.split([':', '[']).next().unwrap().to_owned()
                })
                .collect();
            let mut mandatory: Vec<_> = kind
                .elements()
                .filter(|element| element.mandatory)
                .map(|element| element.name.to_owned())
                .collect();
            missing.sort_unstable();
            mandatory.sort_unstable();
            assert_eq!(mandatory, missing, "{kind}");
        }
    }

    #[test]
    fn every_element_is_one_that_the_validator_knows() {
        for kind in ResourceType::ALL {
            assert!(kind.elements().count() > 3, "{kind}");
            for element in kind.elements().filter(|element| !element.choice) {
                let said = complaints(&json!({"resourceType": kind.as_str(), element.name: [{}]}));
                let unknown =
                    |complaint: &&String| complaint.contains("unknown") && complaint.contains(element.name);
                assert_eq!(said.iter().find(unknown), None, "{kind}.{}", element.name);
            }
        }
    }

    #[test]
    fn every_element_that_a_parameter_looks_at_is_there() {
        for kind in ResourceType::ALL {
            for parameter in crate::parameters(kind) {
                for path in parameter.elements() {
                    let name = path.split(['.', '?']).next().unwrap();
                    let known = name == "meta" || kind.elements().any(|element| element.is_named(name));
                    assert!(known, "{kind}.{path}");
                }
            }
        }
    }
}
