//! References: what they may lead to, and contained resources, which something refers to
//! (<https://hl7.org/fhir/R4/references.html>, ref-1, dom-3 to dom-5).

use serde_json::{Map, Value};

use crate::{Issue, IssueCode, definitions::Definitions, reference};

const OTHER_TYPE: &str = "a reference here leads to resources of other types";
const NOT_THERE: &str = "there is no contained resource of this id";

type Wrong = (IssueCode, &'static str);

/// What was found on the way.
#[derive(Default)]
pub(super) struct Links {
    contained: Vec<Contained>,
    /// References to what is contained: the id, where it is, and the types it may be of.
    local: Vec<(String, String, &'static [&'static str])>,
    /// Contained resources that refer to the one they are in.
    back: Vec<usize>,
}

struct Contained {
    id: String,
    kind: &'static str,
    path: String,
}

impl Links {
    /// A reference that may lead to these types; what is wrong with which of its elements.
    pub(super) fn reference(
        &mut self,
        members: &Map<String, Value>,
        targets: &'static [&'static str],
        here: impl FnOnce() -> String,
    ) -> Result<(), (&'static str, Wrong)> {
        let text = |name| members.get(name).and_then(Value::as_str);
        let wrong = (IssueCode::Value, OTHER_TYPE);
        let said = text("type").map(|kind| kind.rsplit('/').next().unwrap_or(kind));
        let named = text("reference").and_then(named);
        if said.is_some_and(|said| is_wrong(said, targets) || named.is_some_and(|named| named != said)) {
            return Err(("type", wrong));
        }
        if named.is_some_and(|named| is_wrong(named, targets)) {
            return Err(("reference", wrong));
        }
        if let Some(id) = text("reference").and_then(|text| text.strip_prefix('#')) {
            match id {
                "" => self.back.extend(self.contained.len().checked_sub(1)),
                id => self.local.push((id.to_owned(), format!("{}.reference", here()), targets)),
            }
        }
        Ok(())
    }

    /// A URI that begins with `#` mentions what is contained, too.
    pub(super) fn mention(&mut self, uri: &str) {
        if let Some(id) = uri.strip_prefix('#') {
            self.local.push((id.to_owned(), String::new(), &[]));
        }
    }

    /// A contained resource.
    pub(super) fn contained(
        &mut self,
        kind: &'static str,
        members: &Map<String, Value>,
        here: impl FnOnce() -> String,
    ) -> Result<(), Wrong> {
        let id = members.get("id").and_then(Value::as_str).unwrap_or_default();
        let other = self.contained.iter().any(|other| other.id == id);
        self.contained.push(Contained { id: id.to_owned(), kind, path: here() });
        let meta = members.get("meta");
        let has = |name| meta.and_then(|meta| meta.get(name)).is_some();
        match id {
            "" => Err((IssueCode::Required, "a contained resource has an id")),
            _ if other => Err((IssueCode::Invalid, "two contained resources have the same id")),
            _ if has("versionId") || has("lastUpdated") => {
                Err((IssueCode::Invalid, "a contained resource has neither version nor time (dom-4)"))
            }
            _ if has("security") => {
                Err((IssueCode::Invalid, "a contained resource has no security label (dom-5)"))
            }
            _ => Ok(()),
        }
    }

    /// Whether what is referred to is there, and what is there is referred to.
    pub(super) fn check(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (id, path, targets) in self.local.iter().filter(|(_, path, _)| !path.is_empty()) {
            let found = self.contained.iter().find(|contained| contained.id == *id);
            match found {
                None => issues.push(Issue::new(IssueCode::Invalid, NOT_THERE).at(path)),
                Some(found) if is_wrong(found.kind, targets) => {
                    issues.push(Issue::new(IssueCode::Value, OTHER_TYPE).at(path));
                }
                Some(_) => {}
            }
        }
        for (position, contained) in self.contained.iter().enumerate() {
            let referred = self.local.iter().any(|(id, ..)| *id == contained.id);
            if !referred && !self.back.contains(&position) {
                let reason = "nothing refers to this contained resource, and it does not refer to the one it is in (dom-3)";
                issues.push(Issue::new(IssueCode::Invalid, reason).at(&contained.path));
            }
        }
        issues
    }
}

/// The type that a reference's text names, if R4 has it.
fn named(text: &str) -> Option<&str> {
    reference::type_in(text).filter(|kind| Definitions::get().resource(kind).is_some())
}

fn is_wrong(kind: &str, targets: &[&str]) -> bool {
    let known = Definitions::get().resource(kind).is_some();
    known && !targets.is_empty() && !targets.contains(&kind)
}
