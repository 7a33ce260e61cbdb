//! References (FHIR R4 §3.1.1.4.12). What is compared is the form in which a vault renders them: a record of this server is
//! named by `Type/` and an id of the vault's own, which whoever asks puts in place of the public one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ResourceType, Target, definitions::is_id};

/// What a reference parameter asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceValue {
    /// Of which type it must be, where that is said.
    pub kind: Option<ResourceType>,
    /// To what.
    pub target: ReferenceTarget,
}

/// To what a reference is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceTarget {
    /// A record of this server, by an id.
    Id(String),
    /// Something elsewhere, by its whole URL.
    Url(String),
}

impl ReferenceValue {
    pub(super) fn parse(text: &str, kind: Option<ResourceType>) -> Option<Self> {
        if text.contains("://") || text.starts_with("urn:") {
            return Some(Self { kind, target: ReferenceTarget::Url(text.to_owned()) });
        }
        let (named, id) = match text.split_once('/') {
            None => (kind, text),
            Some((name, id)) => {
                let named: ResourceType = name.parse().ok()?;
                if kind.is_some_and(|kind| kind != named) {
                    return None;
                }
                (Some(named), id)
            }
        };
        is_id(id).then(|| Self { kind: named, target: ReferenceTarget::Id(id.to_owned()) })
    }

    /// Whether the Reference, or the canonical URL, is to it.
    pub(super) fn fits(&self, element: &Value) -> bool {
        let text = element.get("reference").unwrap_or(element).as_str().unwrap_or_default();
        match &self.target {
            ReferenceTarget::Url(url) => {
                text == url || text.split_once('|').is_some_and(|(canonical, _)| canonical == url)
            }
            ReferenceTarget::Id(wanted) => match Target::parse(text, "") {
                Target::Local { resource_type, id, .. } => {
                    id == wanted && self.kind.is_none_or(|kind| kind == resource_type)
                }
                _ => false,
            },
        }
    }
}
