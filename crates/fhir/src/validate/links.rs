//! References: what they may lead to, and contained resources, which something refers to
//! (<https://hl7.org/fhir/R4/references.html>, ref-1, dom-3 to dom-5).

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{Issue, IssueCode, definitions::Definitions, reference};

pub(crate) const OTHER_TYPE: &str = "a reference here leads to resources of other types";
const NOT_THERE: &str = "there is no contained resource of this id";

const ALONE: &str =
    "nothing refers to this contained resource, and it does not refer to the one it is in (dom-3)";

type Wrong = (IssueCode, &'static str);

/// What was found on the way.
#[derive(Default)]
pub(super) struct Links {
    contained: Vec<Contained>,
    /// Which of them has this id.
    by_id: HashMap<String, usize>,
    /// The one that the walk is in.
    inside: Option<usize>,
    /// References to what is contained.
    local: Vec<Local>,
    /// What something refers to.
    mentioned: HashSet<String>,
}

struct Contained {
    id: String,
    kind: &'static str,
    path: String,
    /// Whether it refers to the resource that it is in.
    refers_back: bool,
}

/// A reference to what is contained: its id, where the reference is, and of which types it may be.
struct Local {
    id: String,
    path: String,
    targets: &'static [&'static str],
    said: Option<String>,
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
        if let Some(local) = text("reference").filter(|text| text.starts_with('#')) {
            self.mention(local);
            let (id, path) = (local[1..].to_owned(), format!("{}.reference", here()));
            if !id.is_empty() {
                self.local.push(Local { id, path, targets, said: said.map(str::to_owned) });
            }
        }
        Ok(())
    }

    /// A reference or URI that begins with `#`: what is contained, or, where nothing follows, what contains it.
    pub(super) fn mention(&mut self, uri: &str) {
        match (uri.strip_prefix('#'), self.inside) {
            (Some(""), Some(inside)) => {
                if let Some(contained) = self.contained.get_mut(inside) {
                    contained.refers_back = true;
                }
            }
            (Some(id), _) => {
                self.mentioned.insert(id.to_owned());
            }
            (None, _) => {}
        }
    }

    /// Whether the walk is in a contained resource.
    pub(super) const fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// The walk goes on in a contained resource; what is wrong with it as such.
    pub(super) fn enter(
        &mut self,
        kind: &'static str,
        members: &Map<String, Value>,
        here: impl FnOnce() -> String,
    ) -> Result<(), Wrong> {
        let id = members.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let position = self.contained.len();
        self.inside = Some(position);
        let other = self.by_id.insert(id.clone(), position).is_some();
        let nameless = id.is_empty();
        self.contained.push(Contained { id, kind, path: here(), refers_back: false });
        let meta = members.get("meta");
        let has = |name| meta.and_then(|meta| meta.get(name)).is_some();
        if nameless {
            Err((IssueCode::Required, "a contained resource has an id"))
        } else if other {
            Err((IssueCode::Invalid, "two contained resources have the same id"))
        } else if has("versionId") || has("lastUpdated") {
            Err((IssueCode::Invalid, "a contained resource has neither version nor time (dom-4)"))
        } else if has("security") {
            Err((IssueCode::Invalid, "a contained resource has no security label (dom-5)"))
        } else {
            Ok(())
        }
    }

    /// The walk leaves the contained resource.
    pub(super) const fn leave(&mut self) {
        self.inside = None;
    }

    /// Whether what is referred to is there, and what is there is referred to; at most so many issues.
    pub(super) fn check(&self, most: usize) -> Vec<Issue> {
        let dangling = self.local.iter().filter_map(|local| {
            let found = self.by_id.get(&local.id).and_then(|position| self.contained.get(*position));
            let Some(found) = found else {
                return Some(Issue::new(IssueCode::Invalid, NOT_THERE).at(&local.path));
            };
            let other = local.said.as_ref().is_some_and(|said| said != found.kind);
            let wrong = other || is_wrong(found.kind, local.targets);
            wrong.then(|| Issue::new(IssueCode::Value, OTHER_TYPE).at(&local.path))
        });
        let alone = self.contained.iter().filter(|one| !one.refers_back && !self.mentioned.contains(&one.id));
        dangling
            .chain(alone.map(|one| Issue::new(IssueCode::Invalid, ALONE).at(&one.path)))
            .take(most)
            .collect()
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
