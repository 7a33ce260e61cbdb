//! Compares a resource with R4's definitions: its elements, how often they are there, their types, codes and references.
//!
//! SECURITY: keys are the caller's words and could be data. A path holds the names of elements that R4 has, or words that
//! have the form of one.

use serde_json::{Map, Value};

use super::{
    Limits, invariants,
    links::Links,
    narrative, number,
    path::{Step, echoed},
};
use crate::{
    Issue, IssueCode,
    definitions::{Codes, Definitions, Element, Form, Primitive, Type},
};

const EMPTY: &str = "an empty object is not allowed; leave the element out";
const NO_CODE: &str = "not a code that R4 allows here";

/// What is wrong with a resource of the type, at most [`Limits::issues`].
pub(super) fn check(resource: &Map<String, Value>, kind: &'static Type, limits: &Limits) -> Vec<Issue> {
    let mut walk = Walk {
        definitions: Definitions::get(),
        limits,
        root: kind.name,
        path: Vec::new(),
        values: 0,
        issues: Vec::new(),
        links: Links::default(),
    };
    walk.object(kind, resource);
    let Walk { values, mut issues, links, .. } = walk;
    if values > limits.values {
        let reason = format!("more than {} values", limits.values);
        return vec![Issue::new(IssueCode::TooCostly, reason).at(kind.name)];
    }
    // Where nothing is contained, a reference to it is one for who writes: some do not see what is.
    if issues.is_empty() && resource.contains_key("contained") {
        issues = links.check(limits.issues);
    }
    issues.truncate(limits.issues);
    issues
}

struct Walk<'a> {
    definitions: &'static Definitions,
    limits: &'a Limits,
    root: &'static str,
    /// Where the walk is. It becomes text only where something is wrong.
    path: Vec<Step<'a>>,
    values: usize,
    issues: Vec<Issue>,
    links: Links,
}

impl<'a> Walk<'a> {
    fn here(&self) -> String {
        Step::told(self.root, &self.path)
    }

    fn wrong(&mut self, (code, reason): (IssueCode, &'static str)) {
        if self.issues.len() < self.limits.issues {
            self.issues.push(Issue::new(code, reason).at(self.here()));
        }
    }

    fn at(&mut self, step: Step<'a>, look: impl FnOnce(&mut Self)) {
        self.path.push(step);
        look(self);
        self.path.pop();
    }

    /// Counts a value; false where there are too many of them, or too much is wrong.
    fn goes_on(&mut self) -> bool {
        self.values += 1;
        self.values <= self.limits.values && self.issues.len() < self.limits.issues
    }

    fn object(&mut self, kind: &'static Type, members: &'a Map<String, Value>) {
        // An id alone says nothing (ele-1).
        if members.is_empty() || (!kind.is_resource && members.len() == 1 && members.contains_key("id")) {
            return self.wrong((IssueCode::Structure, EMPTY));
        }
        if members.len() > self.limits.members {
            let reason = format!("more than {} elements", self.limits.members);
            return self.issues.push(Issue::new(IssueCode::TooCostly, reason).at(self.here()));
        }
        let mut found = Found::default();
        for (key, value) in members.iter().filter(|(key, _)| !(kind.is_resource && *key == "resourceType")) {
            self.member(kind, members, key, value, &mut found);
        }
        for (position, element) in kind.elements.iter().enumerate() {
            if element.mandatory && !found.has(position) {
                let name =
                    if element.choice { format!("{}[x]", element.name) } else { element.name.to_owned() };
                let issue = Issue::new(IssueCode::Required, "required element missing");
                self.issues.push(issue.at(format!("{}.{name}", self.here())));
            }
        }
        if self.values <= self.limits.values && self.issues.len() < self.limits.issues {
            for reason in invariants::broken(kind.name, members) {
                self.wrong((IssueCode::Invalid, reason));
            }
        }
    }

    fn member(
        &mut self,
        kind: &'static Type,
        members: &'a Map<String, Value>,
        key: &'a str,
        value: &'a Value,
        found: &mut Found<'a>,
    ) {
        let (name, beside) = key.strip_prefix('_').map_or((key, false), |name| (name, true));
        let known = kind.find(name).filter(|(_, element, form)| !beside || has_more(kind, element, form));
        let Some((position, element, form)) = known else {
            let issue = Issue::new(IssueCode::Structure, "unknown element");
            return self.issues.push(issue.at(echoed(&self.here(), key)));
        };
        if !found.take(position, name, element.choice) {
            let issue = Issue::new(IssueCode::Structure, "only one type may be given");
            return self.issues.push(issue.at(format!("{}.{}[x]", self.here(), element.name)));
        }
        let other = match (beside, value) {
            (true, _) => members.get(name),
            (false, Value::Array(_)) => members.get(&format!("_{name}")),
            (false, _) => None,
        };
        self.at(Step::Key(key), |walk| match (element.many, value) {
            (true, Value::Array(items)) => walk.list(element, form, items, beside, other),
            (true, _) => walk.wrong((IssueCode::Structure, "expected an array")),
            (false, Value::Array(_)) => {
                walk.wrong((IssueCode::Structure, "expected a single value, found an array"));
            }
            (false, Value::Null) => walk.wrong((IssueCode::Structure, "null is not allowed here")),
            (false, value) if beside => walk.part(value, other.is_some()),
            (false, value) => walk.value(element, form, value),
        });
    }

    /// The items of a list. Those of primitives may be null where what is beside them (`_given` beside `given`) is not.
    fn list(
        &mut self,
        element: &'static Element,
        form: &'static Form,
        items: &'a [Value],
        beside: bool,
        other: Option<&Value>,
    ) {
        if items.is_empty() {
            return self
                .wrong((IssueCode::Structure, "an empty array is not allowed; leave the element out"));
        }
        let others = other.and_then(Value::as_array);
        if others.is_some_and(|others| others.len() != items.len() && !others.is_empty()) && beside {
            let reason = "the element and its underscored sibling must have as many entries";
            return self.wrong((IssueCode::Structure, reason));
        }
        for (index, item) in items.iter().enumerate() {
            let stands_in =
                || others.and_then(|others| others.get(index)).is_some_and(|other| !other.is_null());
            if item.is_null() && stands_in() {
                self.values += 1;
                continue;
            }
            self.at(Step::Index(index), |walk| match item {
                Value::Null => walk.wrong((IssueCode::Structure, "null is not allowed here")),
                item if beside => walk.part(item, stands_in()),
                item => walk.value(element, form, item),
            });
            if self.values > self.limits.values {
                return;
            }
        }
    }

    /// What a primitive has beside its value: an id, extensions. Where there is a value, an id alone will do.
    fn part(&mut self, value: &'a Value, valued: bool) {
        let element = self.definitions.named("Element");
        match (value, element) {
            (Value::Object(members), _) if valued && members.len() == 1 && is_text(members.get("id")) => {}
            (Value::Object(members), Some(kind)) if self.goes_on() => self.object(kind, members),
            (Value::Object(_), _) => {}
            _ => self.wrong((IssueCode::Structure, "expected an object")),
        }
    }

    fn value(&mut self, element: &'static Element, form: &'static Form, value: &'a Value) {
        if !self.goes_on() {
            return;
        }
        match (form, value) {
            (Form::Primitive(primitive), value) => self.simple(element, *primitive, value),
            (Form::Resource, Value::Object(members)) => self.resource(members),
            (Form::Complex(id), Value::Object(members)) => {
                let Some(kind) = self.definitions.of(*id) else { return };
                self.object(kind, members);
                if let Some(codes) = element.codes
                    && !self.is_coded(codes, members)
                {
                    self.wrong((IssueCode::Value, NO_CODE));
                }
            }
            (Form::Reference(id, targets), Value::Object(members)) => {
                let Some(kind) = self.definitions.of(*id) else { return };
                self.object(kind, members);
                if let Err((element, wrong)) =
                    self.links.reference(members, targets, || Step::told(self.root, &self.path))
                {
                    self.at(Step::Key(element), |walk| walk.wrong(wrong));
                }
            }
            _ => self.wrong((IssueCode::Structure, "expected an object")),
        }
    }

    fn simple(&mut self, element: &'static Element, primitive: Primitive, value: &Value) {
        let checked = primitive.check(value).and_then(|()| match value {
            Value::Number(text) if !number::fits(text.as_str()) => Err((IssueCode::Value, number::REASON)),
            Value::String(text) if primitive == Primitive::Xhtml => {
                narrative::check(text).map_err(|refused| (IssueCode::Invalid, refused.0))
            }
            Value::String(code) => match element.codes {
                Some(codes) if !self.definitions.has(codes, None, code) => Err((IssueCode::Value, NO_CODE)),
                _ => Ok(()),
            },
            _ => Ok(()),
        });
        if let Err(wrong) = checked {
            return self.wrong(wrong);
        }
        if let Value::String(text) = value
            && text.starts_with('#')
            && matches!(primitive, Primitive::Uri | Primitive::Url | Primitive::Canonical)
        {
            self.links.mention(text);
        }
    }

    /// Whether one of a concept's codings is of the value set. One that has nothing but extensions says nothing.
    fn is_coded(&self, codes: Codes, concept: &Map<String, Value>) -> bool {
        let fits = |coding: &Value| {
            let system = coding.get("system").and_then(Value::as_str);
            let code = coding.get("code").and_then(Value::as_str);
            match (system, code) {
                (Some(_), Some(code)) => self.definitions.has(codes, system, code),
                _ => false,
            }
        };
        match concept.get("coding").and_then(Value::as_array) {
            Some(codings) => codings.iter().any(fits),
            None => !concept.contains_key("text"),
        }
    }

    /// A resource within one: contained in it, or an entry of a bundle.
    fn resource(&mut self, members: &'a Map<String, Value>) {
        let contained = matches!(self.path.as_slice(), [.., Step::Key("contained"), Step::Index(_)]);
        if contained && self.links.is_inside() {
            return self.wrong((IssueCode::Invalid, "a contained resource contains none"));
        }
        let named = members.get("resourceType").and_then(Value::as_str);
        let Some(kind) = named.and_then(|name| self.definitions.resource(name)) else {
            return self.wrong((IssueCode::Value, "not a resource type of FHIR R4"));
        };
        if contained {
            if let Err(wrong) = self.links.enter(kind.name, members, || Step::told(self.root, &self.path)) {
                self.wrong(wrong);
            }
            self.object(kind, members);
            return self.links.leave();
        }
        let outside = std::mem::take(&mut self.links);
        self.object(kind, members);
        let links = std::mem::replace(&mut self.links, outside);
        self.issues.extend(links.check(self.limits.issues));
    }
}

fn is_text(value: Option<&Value>) -> bool {
    value.is_some_and(|value| Primitive::String.check(value).is_ok())
}

/// Whether something may be beside the value (`_birthDate`): not where the value is a string of JSON itself.
fn has_more(kind: &Type, element: &Element, form: &Form) -> bool {
    let own = element.name == "id" && !kind.is_resource || kind.name == "Extension" && element.name == "url";
    matches!(form, Form::Primitive(primitive) if *primitive != Primitive::Xhtml) && !own
}

/// Which elements of an object were there, and, of those with a choice of types, by which name.
#[derive(Default)]
struct Found<'a>(u128, Vec<(usize, &'a str)>);

impl<'a> Found<'a> {
    fn has(&self, position: usize) -> bool {
        self.0 & (1 << position) != 0
    }

    /// False where the element was there under another name.
    fn take(&mut self, position: usize, name: &'a str, choice: bool) -> bool {
        if self.has(position) {
            return self.1.iter().all(|(other, before)| *other != position || *before == name);
        }
        self.0 |= 1 << position;
        self.1.extend(choice.then_some((position, name)));
        true
    }
}
