//! From bytes a stranger sent to a resource that is valid FHIR R4, or to what is wrong with it.

mod convert;
mod narrative;
mod number;
mod reason;
mod shape;
mod stack;
pub(crate) mod syntax;

use fhirkit::{Decoder, FhirJson, Json, Severity, r4};
use serde_json::Value;

pub(crate) use reason::echoed;

use crate::{Issue, IssueCode, ResourceType};

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
    let (text, depth) =
        syntax::text(bytes, limits.resource_bytes, limits.depth).map_err(|issue| vec![issue])?;
    let json = Json::parse(text).map_err(|error| vec![syntax::malformed(error.line, error.column)])?;
    let kind = resource_type(&json).map_err(|issue| vec![issue])?;
    shape::check(&json, kind, limits)?;
    let issues = stack::with_room(depth, || check_elements(&json, kind, limits))
        .ok_or_else(|| vec![Issue::new(IssueCode::Transient, "no room to read so deep a resource now")])?;
    if !issues.is_empty() {
        return Err(issues);
    }
    let value = convert::value(json);
    if is_part(&value) {
        let reason =
            "this is a part of a resource, as _summary or _elements gave it: read the whole, and send that";
        return Err(vec![Issue::new(IssueCode::BusinessRule, reason).at(format!("{kind}.meta.tag"))]);
    }
    Ok(value)
}

/// Whether somebody sends back what was cut: it would take the place of the whole.
fn is_part(resource: &Value) -> bool {
    let tags = resource.pointer("/meta/tag").and_then(Value::as_array);
    tags.into_iter().flatten().any(|tag| tag["code"] == "SUBSETTED")
}

fn resource_type(json: &Json) -> Result<ResourceType, Issue> {
    let Json::Object(_) = json else {
        return Err(Issue::new(IssueCode::Structure, "a resource is a JSON object"));
    };
    let named = json.get("resourceType").ok_or_else(|| {
        Issue::new(IssueCode::Required, "a resource needs a resourceType").at("resourceType")
    })?;
    named.as_str().and_then(|name| name.parse().ok()).ok_or_else(|| {
        Issue::new(IssueCode::NotSupported, "this server keeps no resources of this type").at("resourceType")
    })
}

fn check_elements(json: &Json, kind: ResourceType, limits: &Limits) -> Vec<Issue> {
    let mut decoder = Decoder::new(kind.as_str());
    let read = r4::Resource::decode(json, &mut decoder);
    let errors = decoder.issues.into_iter().filter(|issue| issue.severity == Severity::Error);
    let mut issues: Vec<Issue> = errors.take(limits.issues).map(|issue| reason::issue(&issue)).collect();
    if issues.is_empty() && read.is_none() {
        issues.push(Issue::new(IssueCode::Structure, "not a valid resource").at(kind.as_str()));
    }
    issues
}
