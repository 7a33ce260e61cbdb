//! One line: a resource, and what must be known of it to find its transaction.

use serde_json::Value;
use tacenda_fhir::{Limits, ResourceType, Target, patient_reference};

use crate::import::{failure::Problem, references::relative_name};

/// A resource on a line of its file.
pub(super) struct Line {
    /// The file and the number of the line, from 1.
    pub(super) origin: String,
    pub(super) text: Box<str>,
    /// `Type/id`
    pub(super) name: Option<String>,
    pub(super) about: About,
}

/// Whom a resource is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Nobody: it is of the directory.
    Nobody,
    /// It is the patient.
    Itself,
    /// `Type/id`: the patient, or a record that is about them.
    Other(String),
}

impl Line {
    pub(super) fn read(origin: String, text: &str) -> Result<Self, Problem> {
        if text.len() > Limits::default().resource_bytes {
            return Err(Problem::new("a resource is at most 2 MB"));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Problem::new(format!("the line is not well-formed JSON, at column {}", error.column()))
        })?;
        let kind = ResourceType::of(&value)
            .map_err(|_| Problem::new("this server keeps no resources of this type").at("resourceType"))?;
        let name = value.get("id").and_then(Value::as_str).map(|id| format!("{kind}/{id}"));
        let about = match kind {
            ResourceType::Patient => About::Itself,
            kind if kind.is_directory() => About::Nobody,
            kind => About::Other(patient(&value).map_err(|reason| Problem::new(reason).at(kind.as_str()))?),
        };
        Ok(Self { origin, text: text.into(), name, about })
    }
}

fn patient(value: &Value) -> Result<String, &'static str> {
    let reference = patient_reference(value).ok_or("a reference to the patient is needed")?;
    relative_name(reference).ok_or(match Target::parse(reference, "") {
        Target::Foreign => {
            "its patient is referred to by an absolute URL, which is not supported: write Patient/id"
        }
        _ => "its patient is not referred to as Patient/id, which is not supported",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(text: &str) -> Result<About, String> {
        Line::read("x:1".to_owned(), text).map(|line| line.about).map_err(|problem| problem.to_string())
    }

    #[test]
    fn each_resource_is_about_somebody_or_of_the_directory() {
        let other = |name: &str| Ok(About::Other(name.to_owned()));
        assert_eq!(about(r#"{"resourceType":"Patient","id":"1"}"#), Ok(About::Itself));
        assert_eq!(about(r#"{"resourceType":"Location","id":"1"}"#), Ok(About::Nobody));
        let condition = r#"{"resourceType":"Condition","subject":{"reference":"Patient/1/_history/2"}}"#;
        assert_eq!(about(condition), other("Patient/1"));
        let message = r#"{"resourceType":"DocumentReference","subject":{"reference":"Device/3"}}"#;
        assert_eq!(about(message), other("Device/3"));
    }

    #[test]
    fn what_is_wrong_is_said_without_a_value() {
        for (text, said) in [
            ("{\"resourceType\":\"Condition\",", "the line is not well-formed JSON, at column 28"),
            (r#"{"resourceType":"Secret"}"#, "resourceType: this server keeps no resources of this type"),
            (r#"{"resourceType":"Condition"}"#, "Condition: a reference to the patient is needed"),
        ] {
            assert_eq!(about(text).unwrap_err(), said);
        }
        let absolute = r#"{"resourceType":"Condition","subject":{"reference":"https://x/Patient/secret"}}"#;
        let said = about(absolute).unwrap_err();
        assert!(said.contains("absolute URL") && !said.contains("secret"), "{said}");
    }
}
