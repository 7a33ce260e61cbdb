//! References by criteria (FHIR R4 §3.1.0.11.4.3): each becomes one to the one resource that its criteria find.
//!
//! They find what was there before: other entries of a bundle are referred to by their `fullUrl`.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tacenda_fhir::{EDUCATION, Issue, IssueCode, ResourceType, Target, parse_criteria, reference_in};

use super::{conditions::sole, decided::How};
use crate::RecordsError;

/// Of a transaction; each is a search.
pub(super) const MOST: usize = 500;
/// Of one resource by itself.
pub(super) const MOST_BY_ITSELF: usize = 50;

/// What references by criteria were found to mean, in one request.
pub(super) struct Referred {
    known: Mutex<HashMap<String, String>>,
    most: usize,
}

impl Referred {
    pub(super) fn at_most(most: usize) -> Self {
        Self { known: Mutex::default(), most }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a reference is.
struct Site {
    /// As a FHIRPath expression.
    expression: String,
    /// As a JSON Pointer.
    pointer: String,
    reference: String,
}

impl How<'_> {
    /// Gives each reference by criteria in a resource the name of what it means.
    pub(super) async fn refer(self, kind: ResourceType, value: &mut Value) -> Result<(), RecordsError> {
        let mut sites = Vec::new();
        let base = &self.records.base_url;
        if by_criteria(value, false, base) {
            find(value, false, base, kind.to_string(), String::new(), &mut sites);
        }
        for Site { expression, pointer, reference } in sites {
            let found = self.means(&reference).await.map_err(|error| at(error, &expression))?;
            if let Some(place) = value.pointer_mut(&pointer) {
                *place = Value::String(found);
            }
        }
        Ok(())
    }

    async fn means(self, reference: &str) -> Result<String, RecordsError> {
        if let Some(known) = self.referred.known().get(reference).cloned() {
            return Ok(known);
        }
        if self.referred.known().len() >= self.referred.most {
            let reason = "too many references by criteria: refer by id, or send several bundles";
            return Err(refused(IssueCode::TooCostly, reason));
        }
        let named = reference.split('?').next().and_then(|path| path.rsplit('/').next()?.parse().ok());
        let asked = named.and_then(|kind: ResourceType| Some((kind, parse_criteria(reference, kind)?)));
        let Some((kind, criteria)) = asked else {
            return Err(refused(IssueCode::Value, "this is not a reference: write Type/id"));
        };
        if kind.is_logged() {
            return Err(refused(IssueCode::NotSupported, "the server itself writes this: refer to it by id"));
        }
        let found = match sole(self.records, self.caller, kind, criteria).await {
            Ok(Some(found)) => format!("{kind}/{}", found.id),
            Ok(None) | Err(RecordsError::NotFound | RecordsError::Gone(_)) => {
                return Err(refused(IssueCode::NotFound, "the criteria of this reference find nothing"));
            }
            Err(RecordsError::Several) => {
                let reason =
                    "the criteria of this reference find several resources: say more, so that they find one";
                return Err(refused(IssueCode::BusinessRule, reason));
            }
            Err(error) => return Err(error),
        };
        self.referred.known().insert(reference.to_owned(), found.clone());
        Ok(found)
    }
}

/// Whether a resource has a reference by criteria.
pub(super) fn by_criteria(value: &Value, of_education: bool, base: &str) -> bool {
    match value {
        Value::Object(members) => {
            is_by_criteria(reference_in(members, of_education), base)
                || members.iter().any(|(name, inner)| by_criteria(inner, name == EDUCATION, base))
        }
        Value::Array(items) => items.iter().any(|item| by_criteria(item, of_education, base)),
        _ => false,
    }
}

fn find(
    value: &Value,
    of_education: bool,
    base: &str,
    expression: String,
    pointer: String,
    sites: &mut Vec<Site>,
) {
    match value {
        Value::Object(members) => {
            let reference = reference_in(members, of_education);
            if let Some(text) = reference.filter(|text| is_by_criteria(Some(text), base)) {
                let (expression, pointer) =
                    (format!("{expression}.reference"), format!("{pointer}/reference"));
                sites.push(Site { expression, pointer, reference: text.to_owned() });
            }
            for (name, inner) in members.iter().filter(|(_, inner)| inner.is_object() || inner.is_array()) {
                let (expression, pointer) = (format!("{expression}.{name}"), format!("{pointer}/{name}"));
                find(inner, name == EDUCATION, base, expression, pointer, sites);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let (expression, pointer) = (format!("{expression}[{index}]"), format!("{pointer}/{index}"));
                find(item, of_education, base, expression, pointer, sites);
            }
        }
        _ => {}
    }
}

fn is_by_criteria(reference: Option<&str>, base: &str) -> bool {
    reference.is_some_and(|text| Target::parse(text, base) == Target::Conditional)
}

fn refused(code: IssueCode, reason: &'static str) -> RecordsError {
    RecordsError::Invalid(vec![Issue::new(code, reason)])
}

/// The refusal with the reference that it is about. What is wrong behind is about none.
fn at(error: RecordsError, expression: &str) -> RecordsError {
    match error {
        RecordsError::Invalid(issues) => {
            RecordsError::Invalid(issues.into_iter().map(|issue| issue.at(expression)).collect())
        }
        RecordsError::Unauthenticated | RecordsError::Full | RecordsError::Unavailable => error,
        error => RecordsError::In { at: expression.to_owned(), error: Box::new(error) },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(value: &Value) -> Vec<(String, String)> {
        let mut sites = Vec::new();
        find(value, false, "https://here/fhir", "X".to_owned(), String::new(), &mut sites);
        assert_eq!(by_criteria(value, false, "https://here/fhir"), !sites.is_empty());
        for site in &sites {
            assert_eq!(value.pointer(&site.pointer), Some(&Value::String(site.reference.clone())));
        }
        sites.into_iter().map(|site| (site.expression, site.reference)).collect()
    }

    #[test]
    fn each_is_found_where_it_is() {
        let value = json!({"resourceType": "Observation", "subject": {"reference": "Patient/1"},
            "performer": [{"reference": "#p"}, {"reference": "Practitioner?identifier=http://x/y|1", "display": "x"}],
            "contained": [{"resourceType": "Encounter",
                "subject": {"reference": "https://here/fhir/Patient?identifier=2"}}],
            "note": [{"text": "Patient?identifier=3"}], "focus": [{"reference": "a://b?c=d"}],
            "extension": [{"url": "u", "valueReference": {"reference": "Device?identifier=4"}}]});
        let found = found(&value);
        let found: Vec<_> = found.iter().map(|(at, text)| (at.as_str(), text.as_str())).collect();
        assert_eq!(
            found,
            [
                ("X.performer[1].reference", "Practitioner?identifier=http://x/y|1"),
                ("X.contained[0].subject.reference", "https://here/fhir/Patient?identifier=2"),
                ("X.extension[0].valueReference.reference", "Device?identifier=4"),
            ]
        );
    }

    #[test]
    fn what_is_called_a_reference_and_is_none_stays() {
        for value in [
            json!({"resourceType": "DetectedIssue", "reference": "Practitioner?identifier=urn:x|1"}),
            json!({"resourceType": "Immunization", "education": [{"reference": "guide?v=2"}]}),
        ] {
            assert_eq!(found(&value), []);
        }
    }
}
