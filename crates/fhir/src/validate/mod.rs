//! From bytes a stranger sent to a resource that is valid FHIR R4, or to what is wrong with it.

mod elements;
mod invariants;
mod links;
mod narrative;
mod number;
mod parse;
mod path;
pub(crate) mod syntax;

use serde_json::{Map, Value};

pub(crate) use links::OTHER_TYPE;
pub(crate) use path::echoed;

use crate::{
    Issue, IssueCode, ResourceType,
    definitions::{Definitions, Type},
};

/// How large and deep a document may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one resource.
    pub resource_bytes: usize,
    /// Bytes of a bundle.
    pub bundle_bytes: usize,
    /// Entries of a bundle.
    pub bundle_entries: usize,
    /// Objects and arrays within each other.
    pub depth: usize,
    /// Members of one object.
    pub members: usize,
    /// Values in one resource.
    pub values: usize,
    /// Issues reported at once.
    pub issues: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resource_bytes: 2 << 20,
            bundle_bytes: 32 << 20,
            bundle_entries: 20_000,
            depth: 64,
            members: 256,
            values: 200_000,
            issues: 50,
        }
    }
}

/// Reads one resource strictly: its size, its JSON, its type, and every element.
///
/// Numbers keep their text and keys their order.
///
/// # Errors
/// All that is wrong, at most [`Limits::issues`], each at its element. No issue holds a value.
pub fn read_resource(bytes: &[u8], limits: &Limits) -> Result<Value, Vec<Issue>> {
    let text = syntax::text(bytes, limits.resource_bytes, limits.depth).map_err(|issue| vec![issue])?;
    let value = parse::parse(text).map_err(|issue| vec![issue])?;
    let (members, kind) = resource_type(&value).map_err(|issue| vec![issue])?;
    let issues = elements::check(members, kind, limits);
    if !issues.is_empty() {
        return Err(issues);
    }
    if is_part(&value) {
        let reason =
            "this is a part of a resource, as _summary or _elements gave it: read the whole, and send that";
        let at = format!("{}.meta.tag", kind.name);
        return Err(vec![Issue::new(IssueCode::BusinessRule, reason).at(at)]);
    }
    Ok(value)
}

/// What is wrong with a resource of any type of FHIR R4, those included that are not kept here: what this server answers
/// with is checked by it, too.
#[must_use]
pub fn faults(resource: &Value, limits: &Limits) -> Vec<Issue> {
    let kind = resource.get("resourceType").and_then(Value::as_str);
    match (resource.as_object(), kind.and_then(|name| Definitions::get().resource(name))) {
        (Some(members), Some(kind)) => elements::check(members, kind, limits),
        _ => vec![Issue::new(IssueCode::Structure, "not a resource of FHIR R4")],
    }
}

/// Whether somebody sends back what was cut: it would take the place of the whole.
fn is_part(resource: &Value) -> bool {
    let tags = resource.pointer("/meta/tag").and_then(Value::as_array);
    tags.into_iter().flatten().any(|tag| tag["code"] == "SUBSETTED")
}

/// The members of a resource of a type that is kept here, and the type.
fn resource_type(value: &Value) -> Result<(&Map<String, Value>, &'static Type), Issue> {
    let Value::Object(members) = value else {
        return Err(Issue::new(IssueCode::Structure, "a resource is a JSON object"));
    };
    let named = members.get("resourceType").ok_or_else(|| {
        Issue::new(IssueCode::Required, "a resource needs a resourceType").at("resourceType")
    })?;
    let kept = named.as_str().and_then(|name| name.parse::<ResourceType>().ok());
    let kind = kept.and_then(|kind| Definitions::get().resource(kind.as_str()));
    kind.map(|kind| (members, kind)).ok_or_else(|| {
        Issue::new(IssueCode::NotSupported, "this server keeps no resources of this type").at("resourceType")
    })
}
