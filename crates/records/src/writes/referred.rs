//! References by criteria (FHIR R4 §3.1.0.11.4.3): each becomes one to the one resource that its criteria find.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tacenda_fhir::{Issue, IssueCode, ResourceType, Target, parse_criteria};

use super::{conditions::sole, decided::How};
use crate::RecordsError;

/// Of one request; each is a search.
const MOST: usize = 500;

/// What references by criteria were found to mean, in one request.
#[derive(Default)]
pub(super) struct Referred(Mutex<HashMap<String, String>>);

impl Referred {
    fn known(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        find(value, kind.to_string(), String::new(), &mut sites);
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
        if self.referred.known().len() >= MOST {
            let reason = "too many references by criteria: refer by id, or send several bundles";
            return Err(refused(IssueCode::TooCostly, reason));
        }
        let named = reference.split('?').next().and_then(|path| path.rsplit('/').next()?.parse().ok());
        let asked = named.and_then(|kind| Some((kind, parse_criteria(reference, kind)?)));
        let Some((kind, criteria)) = asked else {
            return Err(refused(IssueCode::Value, "this is not a reference: write Type/id"));
        };
        let found = match sole(self.records, self.caller, kind, criteria).await {
            Ok(Some(found)) => format!("{kind}/{}", found.id),
            Ok(None) => {
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

fn find(value: &Value, expression: String, pointer: String, sites: &mut Vec<Site>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                let (expression, pointer) = (format!("{expression}.{name}"), format!("{pointer}/{name}"));
                match inner {
                    Value::String(text) if name == "reference" && is_by_criteria(text) => {
                        sites.push(Site { expression, pointer, reference: text.clone() });
                    }
                    Value::Object(_) | Value::Array(_) => find(inner, expression, pointer, sites),
                    _ => {}
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, format!("{expression}[{index}]"), format!("{pointer}/{index}"), sites);
            }
        }
        _ => {}
    }
}

/// A URL is no such reference: two elements named `reference` hold those.
fn is_by_criteria(text: &str) -> bool {
    matches!(Target::parse(text, ""), Target::Conditional)
}

fn refused(code: IssueCode, reason: &'static str) -> RecordsError {
    RecordsError::Invalid(vec![Issue::new(code, reason)])
}

/// The refusal with the reference that it is about.
fn at(error: RecordsError, expression: &str) -> RecordsError {
    match error {
        RecordsError::Invalid(issues) => {
            RecordsError::Invalid(issues.into_iter().map(|issue| issue.at(expression)).collect())
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_is_found_where_it_is() {
        let value = json!({"resourceType": "Observation", "subject": {"reference": "Patient/1"},
            "performer": [{"reference": "#p"}, {"reference": "Practitioner?identifier=urn:x|1"}],
            "contained": [{"resourceType": "Encounter", "subject": {"reference": "/Patient?identifier=2"}}],
            "note": [{"text": "Patient?identifier=3"}], "extension": [{"valueReference": {"reference": "a://b?c=d"}}]});
        let mut sites = Vec::new();
        find(&value, "Observation".to_owned(), String::new(), &mut sites);
        let found: Vec<_> = sites.iter().map(|site| (&*site.expression, &*site.pointer)).collect();
        assert_eq!(
            found,
            [
                ("Observation.performer[1].reference", "/performer/1/reference"),
                ("Observation.contained[0].subject.reference", "/contained/0/subject/reference"),
            ]
        );
        for site in &sites {
            assert_eq!(value.pointer(&site.pointer), Some(&Value::String(site.reference.clone())));
        }
    }
}
