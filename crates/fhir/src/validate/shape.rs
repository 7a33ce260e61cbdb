//! What must hold of any JSON before it is compared with FHIR's definitions.
//!
//! SECURITY: keys are the caller's words and could be data. After this check every key is a plain word without digits,
//! so the paths in later issues can be taken apart and show nothing else.

use std::collections::HashSet;

use fhirkit::Json;

use super::{
    Limits,
    reason::{echoed, harmless},
};
use crate::{Issue, IssueCode, ResourceType};

/// Checks keys, duplicates, sizes and nested resources.
pub(super) fn check(json: &Json, kind: ResourceType, limits: &Limits) -> Result<(), Vec<Issue>> {
    let mut walk = Walk { limits, values: 0, issues: Vec::new() };
    walk.value(json, kind.as_str(), 0);
    if walk.values > limits.values {
        let reason = format!("more than {} values", limits.values);
        walk.issues.insert(0, Issue::new(IssueCode::TooCostly, reason).at(kind.as_str()));
    }
    walk.issues.truncate(limits.issues);
    if walk.issues.is_empty() { Ok(()) } else { Err(walk.issues) }
}

struct Walk<'a> {
    limits: &'a Limits,
    values: usize,
    issues: Vec<Issue>,
}

impl Walk<'_> {
    fn value(&mut self, json: &Json, path: &str, resources: usize) {
        self.values += 1;
        if self.values > self.limits.values || self.issues.len() >= self.limits.issues {
            return;
        }
        match json {
            Json::Object(members) => self.object(members, path, resources),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if matches!(item, Json::Object(_) | Json::Array(_)) {
                        self.value(item, &format!("{path}[{index}]"), resources);
                    } else {
                        self.values += 1;
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, members: &[(String, Json)], path: &str, mut resources: usize) {
        if members.len() > self.limits.members {
            let reason = format!("more than {} elements", self.limits.members);
            self.issues.push(Issue::new(IssueCode::TooCostly, reason).at(path));
            return;
        }
        resources += usize::from(members.iter().any(|(key, _)| key == "resourceType"));
        if resources > 2 {
            self.issues.push(Issue::new(IssueCode::Invalid, "a contained resource contains none").at(path));
            return;
        }
        let mut seen = HashSet::with_capacity(members.len());
        for (key, inner) in members {
            if !plain_word(key) {
                self.issues.push(Issue::new(IssueCode::Structure, "unknown element").at(path));
            } else if !seen.insert(key.as_str()) {
                let issue = Issue::new(IssueCode::Structure, "the key appears more than once");
                self.issues.push(issue.at(echoed(path, key)));
            } else if matches!(inner, Json::Object(_) | Json::Array(_)) {
                self.value(inner, &format!("{path}.{key}"), resources);
            } else {
                self.values += 1;
            }
        }
    }
}

/// Whether FHIR could have an element of this name: letters, perhaps after an underscore. Two names have digits.
fn plain_word(key: &str) -> bool {
    let word = key.strip_prefix('_').unwrap_or(key);
    let letters = word.strip_suffix("Base64Binary").unwrap_or(word);
    word == "lethalDose50" || (key != "fhir_comments" && harmless(letters))
}
