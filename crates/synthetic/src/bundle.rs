//! A transaction bundle in the making.

use serde_json::{Value, json};

use crate::draw::Draw;

/// Collects resources; each gets a `urn:uuid:` by which later ones refer to it.
pub(crate) struct Bundle {
    urns: Draw,
    entries: Vec<Value>,
}

impl Bundle {
    pub(crate) const fn new(urns: Draw) -> Self {
        Self { urns, entries: Vec::new() }
    }

    /// Adds a resource to be created and answers with the reference to it.
    pub(crate) fn add(&mut self, resource: Value) -> Value {
        let url = self.urns.urn();
        let request = json!({ "method": "POST", "url": resource["resourceType"] });
        self.entries.push(json!({ "fullUrl": url, "resource": resource, "request": request }));
        json!({ "reference": url })
    }

    pub(crate) fn into_json(self) -> Value {
        json!({ "resourceType": "Bundle", "type": "transaction", "entry": self.entries })
    }
}
