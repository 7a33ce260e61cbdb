//! The exact answer, on an opened candidate.

use serde_json::Value;

use super::{SearchValue, identifier, names};

/// Whether a resource matches the value of a search parameter.
///
/// Identifiers are compared exactly. Of `family`, `given` and plain names the beginning is compared, without regard to
/// case, accents and punctuation; `name` also finds the beginning of any word in it. An id matches `_id`; whose the
/// record is was decided by which records were looked at, so an id under any other parameter matches.
#[must_use]
pub fn matches(resource: &Value, parameter: &str, value: &SearchValue) -> bool {
    match value {
        SearchValue::Id(id) => {
            parameter != "_id" || resource.get("id").and_then(Value::as_str) == Some(id.as_str())
        }
        SearchValue::Identifier { system, value } => identifier::identifiers(resource).any(|(has, text)| {
            text == value && system.as_deref().is_none_or(|wanted| wanted == has.unwrap_or(""))
        }),
        SearchValue::Name(beginning) => names::strings(resource, parameter)
            .into_iter()
            .any(|text| begins(&names::normalised(text), beginning, parameter == "name")),
    }
}

fn begins(text: &str, beginning: &str, at_any_word: bool) -> bool {
    let at_a_word = |(at, _): (usize, &str)| at == 0 || (at_any_word && text[..at].ends_with(' '));
    text.starts_with(beginning) || text.match_indices(beginning).any(at_a_word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{ResourceType, parameter, terms};

    fn found(resource: &Value, name: &str, text: &str) -> bool {
        let kind = ResourceType::of(resource).unwrap();
        let values = SearchValue::parse(&parameter(kind, name).unwrap(), text).unwrap();
        values.iter().any(|value| matches(resource, name, value))
    }

    #[test]
    fn names_begin_so() {
        let patient = json!({"resourceType": "Patient", "id": "1", "name": [
            {"family": "De Luca", "given": ["Niccolò", "Anna"]}, {"text": "Signora Müller"}]});
        for (parameter, text, expected) in [
            ("family", "de luca", true),
            ("family", "DE", true),
            ("family", "luca", false),
            ("name", "luca", true),
            ("name", "nicco", true),
            ("name", "NICCOLÓ", true),
            ("name", "mull", true),
            ("name", "uller", false),
            ("given", "ann", true),
            ("given", "luca", false),
            ("given", "xx,ann", true),
            ("_id", "1", true),
            ("_id", "2", false),
        ] {
            assert_eq!(found(&patient, parameter, text), expected, "{parameter} {text}");
        }
    }

    #[test]
    fn identifiers_are_tokens() {
        let patient = json!({"resourceType": "Patient",
            "identifier": [{"system": "urn:a", "value": "7"}, {"value": "8"}]});
        for (text, expected) in [
            ("7", true),
            ("urn:a|7", true),
            ("urn:b|7", false),
            ("|7", false),
            ("|8", true),
            ("8", true),
            ("urn:a|8", false),
            ("70", false),
        ] {
            assert_eq!(found(&patient, "identifier", text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_matches_has_the_terms(family in "[\\w' ]{1,20}", given in "[a-zà-ü]{1,15}", letters in 3_usize..20) {
            let patient = json!({"resourceType": "Patient", "name": [{"family": family, "given": [given]}]});
            let parameter = parameter(ResourceType::Patient, "name").unwrap();
            let query: String = family.chars().take(letters).collect();
            for value in SearchValue::parse(&parameter, &query.replace(',', "")).unwrap_or_default() {
                let SearchValue::Name(beginning) = &value else { unreachable!() };
                let long = beginning.split(' ').next_back().is_some_and(|word| word.chars().count() >= 3);
                if long && matches(&patient, "name", &value) {
                    let kept = terms(&patient, ResourceType::Patient);
                    prop_assert!(value.terms(&parameter).iter().all(|term| kept.contains(term)));
                }
            }
        }
    }
}
