//! The operations beyond FHIR's interactions: what they are called, what they take, and where that is defined.

use serde_json::{Value, json};

use crate::ResourceType;

/// What belongs to an operation and is said in its definition.
struct Parameter {
    name: &'static str,
    /// `in` or `out`.
    of: &'static str,
    /// How often, at least and at most.
    times: (u32, &'static str),
    kind: &'static str,
    text: &'static str,
}

/// An operation on one resource: `$name`.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Where others define it; none where this server does.
    standard: Option<&'static str>,
    /// Whether it is one of the type.
    of: fn(ResourceType) -> bool,
    changes: bool,
    text: &'static str,
    parameters: &'static [Parameter],
}

const fn parameter(
    name: &'static str,
    of: &'static str,
    times: (u32, &'static str),
    kind: &'static str,
    text: &'static str,
) -> Parameter {
    Parameter { name, of, times, kind, text }
}

/// Every operation of this server.
const OPERATIONS: [Operation; 5] = [
    Operation {
        name: "restore",
        standard: None,
        of: |kind| !kind.is_logged(),
        changes: true,
        text: "Makes what an earlier version held the newest version, also where the resource is deleted.",
        parameters: &[
            parameter("version", "in", (1, "1"), "positiveInt", "The number of the version."),
            parameter("return", "out", (1, "1"), "Resource", "The new version."),
        ],
    },
    Operation {
        name: "diff",
        standard: None,
        of: |kind| !kind.is_logged(),
        changes: false,
        text: "What makes one version of another, as a JSON Patch (RFC 6902). It is answered as application/json-patch+json, not as a resource.",
        parameters: &[
            parameter("from", "in", (1, "1"), "positiveInt", "The number of the one version."),
            parameter("to", "in", (1, "1"), "positiveInt", "The number of the other."),
        ],
    },
    Operation {
        name: "everything",
        standard: Some("http://hl7.org/fhir/OperationDefinition/Patient-everything"),
        of: |kind| matches!(kind, ResourceType::Patient),
        changes: false,
        text: "",
        parameters: &[],
    },
    Operation {
        name: "erase",
        standard: None,
        of: |kind| matches!(kind, ResourceType::Patient),
        changes: true,
        text: "Destroys the patient's keys: nothing of the patient can be read from then on, by nobody. For security officers.",
        parameters: &[parameter(
            "certificate",
            "out",
            (1, "1"),
            "string",
            "The signed certificate of it, a compact JWS.",
        )],
    },
    Operation {
        name: "proof",
        standard: None,
        of: |kind| matches!(kind, ResourceType::AuditEvent),
        changes: false,
        text: "Proves that the entry is in the ledger, by RFC 6962, to somebody who has only a checkpoint.",
        parameters: &[
            parameter("leafHash", "out", (1, "1"), "base64Binary", "The hash of the sealed entry."),
            parameter("index", "out", (1, "1"), "string", "Its place in the tree, from 0."),
            parameter("treeSize", "out", (1, "1"), "string", "The size of the tree."),
            parameter("path", "out", (0, "*"), "base64Binary", "The audit path, from the leaf up."),
            parameter(
                "checkpoint",
                "out",
                (1, "1"),
                "string",
                "The signed checkpoint (C2SP tlog-checkpoint).",
            ),
        ],
    },
];

impl Operation {
    /// The operations of a type.
    pub(crate) fn of(kind: ResourceType) -> impl Iterator<Item = &'static Self> {
        OPERATIONS.iter().filter(move |operation| (operation.of)(kind))
    }

    /// The canonical URL of its definition.
    pub(crate) fn canonical(&self, base_url: &str) -> String {
        self.standard.map_or_else(|| own(base_url, self.name), str::to_owned)
    }
}

fn own(base_url: &str, name: &str) -> String {
    format!("{base_url}/OperationDefinition/{name}")
}

/// The OperationDefinition of that id; none where this server defines no such operation.
#[must_use]
pub fn operation_definition(id: &str, base_url: &str) -> Option<Value> {
    let operation =
        OPERATIONS.iter().find(|operation| operation.name == id && operation.standard.is_none())?;
    let types = ResourceType::ALL.into_iter().filter(|kind| (operation.of)(*kind)).map(ResourceType::as_str);
    let parameters = operation.parameters.iter().map(|parameter| {
        json!({"name": parameter.name, "use": parameter.of, "min": parameter.times.0, "max": parameter.times.1,
            "documentation": parameter.text, "type": parameter.kind})
    });
    Some(json!({
        "resourceType": "OperationDefinition",
        "id": operation.name,
        "url": own(base_url, operation.name),
        "name": name(operation.name),
        "status": "active",
        "kind": "operation",
        "description": operation.text,
        "affectsState": operation.changes,
        "code": operation.name,
        "resource": types.collect::<Vec<_>>(),
        "system": false,
        "type": false,
        "instance": true,
        "parameter": parameters.collect::<Vec<_>>(),
    }))
}

/// As programs are to call it (FHIR R4, opd-0): it begins with a capital.
fn name(code: &str) -> String {
    let (first, rest) = code.split_at(code.len().min(1));
    format!("{}{rest}", first.to_uppercase())
}
