//! The terms of a resource that is about to be stored.

use std::fmt;

use serde_json::Value;

use super::{
    SearchParameter, criterion::in_system, kind::Kind, names, parameters::indexed, path::values,
    range::Range, token::codes,
};
use crate::ResourceType;

/// Among whose records a term finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TermScope {
    /// Everyone's: its blind token is the same for all patients.
    Population,
    /// One patient's: its blind token is keyed by the patient.
    Patient,
}

/// A value to be found by, in its normalised form. It must be blinded before it is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Term {
    /// The search parameter.
    pub parameter: &'static str,
    /// The normalised value.
    pub value: String,
    /// Among whose records it finds.
    pub scope: TermScope,
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Term({})", self.parameter)
    }
}

impl Term {
    /// The term that every resource of a type has among its patient's.
    #[must_use]
    pub fn of_type(resource_type: ResourceType) -> Self {
        Self { parameter: "_type", value: resource_type.as_str().to_owned(), scope: TermScope::Patient }
    }
}

/// What a resource, or a half of a Patient, can be found by. Each term is there once.
#[must_use]
pub fn terms(resource: &Value, resource_type: ResourceType) -> Vec<Term> {
    let mut found = vec![Term::of_type(resource_type)];
    for parameter in indexed(resource_type) {
        for element in values(resource, parameter.paths) {
            for value in kept(&parameter, element) {
                let term = parameter.term(&value);
                if !term.value.is_empty() && !found.contains(&term) {
                    found.push(term);
                }
            }
        }
    }
    found
}

fn kept(parameter: &SearchParameter, element: &Value) -> Vec<String> {
    match parameter.kind {
        Kind::Token if parameter.is_of_population() => {
            let coded = codes(element).into_iter();
            coded.flat_map(|coded| [in_system(coded.system, coded.code), coded.code.to_owned()]).collect()
        }
        // One patient's records with the same code are few enough to be told apart when they are open.
        Kind::Token => codes(element).into_iter().map(|coded| coded.code.to_owned()).collect(),
        Kind::Text => {
            let text = names::normalised(element.as_str().unwrap_or_default());
            text.split(' ').flat_map(names::tokens).map(str::to_owned).collect()
        }
        Kind::Date => Range::of(element).map(Range::keeps).unwrap_or_default(),
        Kind::Id | Kind::Reference | Kind::Quantity | Kind::Uri => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::split;

    fn of(resource: &Value, parameter: &str) -> Vec<String> {
        let kind = ResourceType::of(resource).unwrap();
        let found = terms(resource, kind).into_iter().filter(|term| term.parameter == parameter);
        found.map(|term| term.value).collect()
    }

    #[test]
    fn a_patients_halves_have_their_own_terms() {
        let halves = split(&json!({"resourceType": "Patient",
            "identifier": [{"system": "urn:mrn", "value": "7"}, {"value": "8"}, {"system": "x"}],
            "name": [{"family": "De Luca", "given": ["Anna", "Li"]}]}));
        assert_eq!(of(&halves.identity, "identifier"), ["urn:mrn|7", "7", "|8", "8"]);
        assert_eq!(of(&halves.identity, "_type"), ["Patient"]);
        assert!(of(&halves.contact, "identifier").is_empty());
        assert!(of(&halves.identity, "name").is_empty());
        assert_eq!(of(&halves.contact, "family"), ["de", "luc", "luca"]);
        assert_eq!(of(&halves.contact, "given"), ["ann", "anna", "li"]);
        assert_eq!(of(&halves.contact, "name"), ["de", "luc", "luca", "ann", "anna", "li"]);
    }

    #[test]
    fn only_patients_and_the_directory_are_found_across_patients() {
        for kind in ResourceType::ALL {
            let resource = json!({"resourceType": kind.as_str(), "identifier": [{"value": "7"}]});
            let across = kind == ResourceType::Patient || kind.is_directory();
            for term in terms(&resource, kind) {
                let population = term.scope == TermScope::Population;
                assert_eq!(population, across && term.parameter != "_type", "{kind} {term:?}");
            }
        }
    }

    #[test]
    fn plain_names_and_single_identifiers() {
        let place = json!({"resourceType": "Location", "name": "Ward", "alias": ["OR2"]});
        assert_eq!(of(&place, "name"), ["war", "ward", "or2"]);
        let answers = json!({"resourceType": "QuestionnaireResponse", "identifier": {"value": "q"}});
        assert_eq!(of(&answers, "identifier"), ["q"], "one patient's need no system");
    }

    #[test]
    fn a_term_prints_no_value() {
        let term = Term { parameter: "name", value: "rossi".to_owned(), scope: TermScope::Population };
        assert_eq!(format!("{term:?}"), "Term(name)");
    }
}
