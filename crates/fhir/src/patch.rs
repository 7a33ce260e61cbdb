//! JSON Patch (RFC 6902): a change to a resource, within limits, and the difference of two versions.
//!
//! SECURITY: a patch is small and what it makes need not be: `copy` doubles, and nests. So what operations bring into a
//! resource is counted, and how deep they put it is limited, before each of them is done.

use json_patch::{PatchErrorKind, PatchOperation, jsonptr::Pointer};
use serde_json::{Value, value::RawValue};

use crate::{Issue, IssueCode, Limits, ResourceType, validate::syntax};

/// The media type of a patch.
pub const JSON_PATCH: &str = "application/json-patch+json";

/// What a patch cannot change.
const FIXED: [&str; 3] = ["resourceType", "id", "meta"];

/// Operations of one patch.
const MOST_OPERATIONS: usize = 500;

/// Operations to be done to a resource, in their order, all or none.
#[derive(Clone)]
pub struct JsonPatch(Vec<PatchOperation>);

impl std::fmt::Debug for JsonPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JsonPatch({} operations)", self.0.len())
    }
}

impl JsonPatch {
    /// Reads a patch.
    ///
    /// # Errors
    /// Where it is too large, has more than 500 operations, or is not as RFC 6902 says. No issue holds a value or a path.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Issue> {
        // The patch and its operations are two levels around what they put into a resource.
        let text = syntax::text(bytes, limits.resource_bytes, limits.depth + 2)?;
        let operations: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
            if error.is_data() { no_patch() } else { syntax::malformed(error.line(), error.column()) }
        })?;
        if operations.len() > MOST_OPERATIONS {
            let reason = format!("a patch of more than {MOST_OPERATIONS} operations: send it in parts");
            return Err(Issue::new(IssueCode::TooCostly, reason));
        }
        let read = |(index, text): (usize, &&RawValue)| {
            serde_json::from_str(text.get()).map_err(|_| {
                let reason = "is not of RFC 6902: op and path, with value or from, as op needs";
                at(index, IssueCode::Structure, reason)
            })
        };
        operations.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Does the operations to `resource`. Where one cannot be done, what is left of it is of no use.
    ///
    /// # Errors
    /// Which operation cannot be done and why; without a value or a path.
    pub fn apply(&self, resource: &mut Value, limits: &Limits) -> Result<(), Issue> {
        let fixed: Vec<Option<Value>> = FIXED.iter().map(|key| resource.get(key).cloned()).collect();
        let kind = ResourceType::of(resource).map_or("Resource", ResourceType::as_str);
        let mut left = Left { values: limits.values, bytes: limits.resource_bytes };
        for (index, operation) in self.0.iter().enumerate() {
            admit(operation, resource, limits.depth, &mut left)
                .map_err(|reason| at(index, IssueCode::TooCostly, reason))?;
            put_last(operation, resource);
            json_patch::patch_unsafe(resource, std::slice::from_ref(operation)).map_err(|error| {
                let (code, reason) = refusal(&error.kind);
                at(index, code, reason)
            })?;
        }
        let changed = FIXED.iter().zip(&fixed).find(|(key, was)| resource.get(**key) != was.as_ref());
        match changed {
            None => Ok(()),
            Some((key, _)) => {
                let reason = "a patch changes neither the type, the id nor the meta of a resource";
                Err(Issue::new(IssueCode::BusinessRule, reason).at(format!("{kind}.{key}")))
            }
        }
    }
}

/// The patch that makes the second of two versions from the first. What the server says of a version (`versionId` and
/// `lastUpdated`) is no difference.
#[must_use]
pub fn difference(mut from: Value, mut to: Value) -> Vec<u8> {
    for version in [&mut from, &mut to] {
        let Some(meta) = version.get_mut("meta").and_then(Value::as_object_mut) else { continue };
        meta.retain(|key, _| !["versionId", "lastUpdated"].contains(&key.as_str()));
        if meta.is_empty()
            && let Some(members) = version.as_object_mut()
        {
            members.shift_remove("meta");
        }
    }
    json_patch::diff(&from, &to).to_string().into_bytes()
}

/// Puts the member that an operation takes away behind its siblings. Whoever takes one from between them puts the last in
/// its place, and a resource would come back in another order than it was written.
fn put_last(operation: &PatchOperation, resource: &mut Value) {
    let path: &Pointer = match operation {
        PatchOperation::Remove(remove) => &remove.path,
        PatchOperation::Move(mov) => &mov.from,
        _ => return,
    };
    let Some((parent, last)) = path.split_back() else { return };
    if let Some(Value::Object(members)) = resource.pointer_mut(parent.as_str())
        && let Some((key, value)) = members.shift_remove_entry(last.decoded().as_ref())
    {
        members.insert(key, value);
    }
}

/// Counts what an operation puts somewhere else than it was, and looks how deep that will be.
fn admit(
    operation: &PatchOperation,
    resource: &Value,
    deepest: usize,
    left: &mut Left,
) -> Result<(), &'static str> {
    let (path, value) = match operation {
        PatchOperation::Remove(_) | PatchOperation::Test(_) => return Ok(()),
        PatchOperation::Add(add) => (&add.path, Some(&add.value)),
        PatchOperation::Replace(replace) => (&replace.path, Some(&replace.value)),
        PatchOperation::Move(mov) => (&mov.path, resource.pointer(mov.from.as_str())),
        PatchOperation::Copy(copy) => (&copy.path, resource.pointer(copy.from.as_str())),
    };
    let depth = value.map_or(Some(0), |value| measure(value, left)).ok_or("brings in too much: send less")?;
    if path.count() + depth > deepest { Err("nests too deep") } else { Ok(()) }
}

/// How much a patch may still bring in.
struct Left {
    values: usize,
    bytes: usize,
}

impl Left {
    fn take(&mut self, bytes: usize) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }
}

/// How deep a value nests; none where it is more than is left.
fn measure(value: &Value, left: &mut Left) -> Option<usize> {
    left.take(value.as_str().map_or(0, str::len))?;
    let mut depth = 0;
    match value {
        Value::Array(items) => {
            for item in items {
                depth = depth.max(1 + measure(item, left)?);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                left.bytes = left.bytes.checked_sub(key.len())?;
                depth = depth.max(1 + measure(member, left)?);
            }
        }
        _ => {}
    }
    Some(depth)
}

fn refusal(kind: &PatchErrorKind) -> (IssueCode, &'static str) {
    match kind {
        PatchErrorKind::TestFailed => {
            (IssueCode::BusinessRule, "tests for another value than the resource has")
        }
        PatchErrorKind::InvalidFromPointer => (IssueCode::NotFound, "has a from that leads nowhere"),
        PatchErrorKind::CannotMoveInsideItself => (IssueCode::BusinessRule, "moves a value into itself"),
        _ => (IssueCode::NotFound, "has a path that leads nowhere"),
    }
}

fn no_patch() -> Issue {
    Issue::new(IssueCode::Structure, "a JSON Patch (RFC 6902) is an array of operations")
}

fn at(index: usize, code: IssueCode, reason: &str) -> Issue {
    Issue::new(code, format!("operation {index} {reason}"))
}
