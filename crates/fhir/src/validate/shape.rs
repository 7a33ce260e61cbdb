//! What must hold of any JSON before it is compared with FHIR's definitions.
//!
//! SECURITY: keys are the caller's words and could be data. After this check every key is a plain word without digits,
//! so the paths in later issues can be taken apart and show nothing else.

use std::collections::HashSet;

use fhirkit::Json;

use super::{
    Limits, narrative, number,
    reason::{echoed, harmless},
};
use crate::{Issue, IssueCode, ResourceType};

/// Objects with more members than this are searched for duplicates through a set.
const FEW: usize = 24;

/// Checks keys, duplicates, sizes and nested resources.
pub(super) fn check(json: &Json, kind: ResourceType, limits: &Limits) -> Result<(), Vec<Issue>> {
    let mut walk = Walk { limits, root: kind.as_str(), path: Vec::new(), values: 0, issues: Vec::new() };
    walk.value(json, 0);
    if walk.values > limits.values {
        let reason = format!("more than {} values", limits.values);
        walk.issues.insert(0, Issue::new(IssueCode::TooCostly, reason).at(kind.as_str()));
    }
    walk.issues.truncate(limits.issues);
    if walk.issues.is_empty() { Ok(()) } else { Err(walk.issues) }
}

struct Walk<'a> {
    limits: &'a Limits,
    root: &'static str,
    /// Where the walk is. It becomes text only where something is wrong.
    path: Vec<Step<'a>>,
    values: usize,
    issues: Vec<Issue>,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Walk<'a> {
    fn value(&mut self, json: &'a Json, resources: usize) {
        self.values += 1;
        if self.values > self.limits.values || self.issues.len() >= self.limits.issues {
            return;
        }
        match json {
            Json::Object(members) => self.object(members, resources),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inner(Step::Index(index), item, resources);
                }
            }
            _ => {}
        }
    }

    fn inner(&mut self, step: Step<'a>, json: &'a Json, resources: usize) {
        self.path.push(step);
        if matches!(json, Json::Object(_) | Json::Array(_)) {
            self.value(json, resources);
        } else {
            self.values += 1;
            if let Err((code, reason)) = self.simple(json)
                && self.issues.len() < self.limits.issues
            {
                self.issues.push(Issue::new(code, reason).at(self.here()));
            }
        }
        self.path.pop();
    }

    /// What FHIR's definitions of elements do not say of a simple value.
    fn simple(&self, json: &Json) -> Result<(), (IssueCode, &'static str)> {
        match (json, self.path.last()) {
            (Json::Number(text), _) if !number::fits(text) => Err((IssueCode::Value, number::REASON)),
            // FHIR has no other element of this name.
            (Json::String(text), Some(Step::Key("div"))) => {
                narrative::check(text).map_err(|refused| (IssueCode::Invalid, refused.0))
            }
            _ => Ok(()),
        }
    }

    fn object(&mut self, members: &'a [(String, Json)], mut resources: usize) {
        if members.len() > self.limits.members {
            let reason = format!("more than {} elements", self.limits.members);
            self.issues.push(Issue::new(IssueCode::TooCostly, reason).at(self.here()));
            return;
        }
        resources += usize::from(members.iter().any(|(key, _)| key == "resourceType"));
        if resources > 2 {
            let issue = Issue::new(IssueCode::Invalid, "a contained resource contains none");
            self.issues.push(issue.at(self.here()));
            return;
        }
        let mut seen = Seen::among(members);
        for (index, (key, inner)) in members.iter().enumerate() {
            if !plain_word(key) {
                self.issues.push(Issue::new(IssueCode::Structure, "unknown element").at(self.here()));
            } else if seen.before(index, key) {
                let issue = Issue::new(IssueCode::Structure, "the key appears more than once");
                self.issues.push(issue.at(echoed(&self.here(), key)));
            } else {
                self.inner(Step::Key(key), inner, resources);
            }
        }
    }

    fn here(&self) -> String {
        let mut text = self.root.to_owned();
        for step in &self.path {
            match step {
                Step::Key(key) => text.extend([".", key]),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

/// Which keys came before: few are compared, many are hashed.
struct Seen<'a> {
    members: &'a [(String, Json)],
    many: Option<HashSet<&'a str>>,
}

impl<'a> Seen<'a> {
    fn among(members: &'a [(String, Json)]) -> Self {
        Self { members, many: (members.len() > FEW).then(|| HashSet::with_capacity(members.len())) }
    }

    fn before(&mut self, index: usize, key: &'a str) -> bool {
        match &mut self.many {
            Some(many) => !many.insert(key),
            None => self.members.iter().take(index).any(|(other, _)| other == key),
        }
    }
}

/// Whether FHIR could have an element of this name: letters, perhaps after an underscore. Two names have digits.
fn plain_word(key: &str) -> bool {
    let word = key.strip_prefix('_').unwrap_or(key);
    let letters = word.strip_suffix("Base64Binary").unwrap_or(word);
    word == "lethalDose50" || (key != "fhir_comments" && harmless(letters))
}
