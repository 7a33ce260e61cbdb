//! One thing that somebody wants written, as they say it.

use serde_json::Value;
use tacenda_fhir::{
    Issue, IssueCode, JsonPatch, ResourceType,
    bundle::{Entry, Method, RequestUrl},
};
use tacenda_kernel::{Action, Version};

use super::referred::by_criteria;

/// A resource by its name, or by what it is like.
#[derive(Clone)]
pub enum Which {
    /// By its id in the caller's realm.
    Id(String),
    /// By the criteria of a search that find it (FHIR R4 §3.1.0.4.3).
    Criteria(String),
}

/// One thing that is to be written. Resources are read and valid.
#[derive(Clone)]
pub enum Interaction {
    /// `POST Type`
    Create {
        /// The type.
        kind: ResourceType,
        /// The resource.
        value: Value,
        /// The criteria that nothing may fit yet.
        if_none_exist: Option<String>,
    },
    /// `PUT Type/id`, `PUT Type?criteria`
    Update {
        /// The type.
        kind: ResourceType,
        /// Which resource.
        which: Which,
        /// The resource.
        value: Value,
        /// The version that it must have.
        if_match: Option<Version>,
    },
    /// `PATCH Type/id`, `PATCH Type?criteria`
    Patch {
        /// The type.
        kind: ResourceType,
        /// Which resource.
        which: Which,
        /// What changes.
        patch: JsonPatch,
        /// The version that it must have.
        if_match: Option<Version>,
    },
    /// `DELETE Type/id`, `DELETE Type?criteria`
    Delete {
        /// The type.
        kind: ResourceType,
        /// Which resource.
        which: Which,
        /// The version that it must have.
        if_match: Option<Version>,
    },
}

impl std::fmt::Debug for Interaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (action, kind) = self.action();
        write!(f, "Interaction({} {kind})", action.as_str())
    }
}

impl Interaction {
    /// What the entry of a bundle asks for.
    ///
    /// # Errors
    /// Where it reads.
    pub fn of(entry: Entry) -> Result<Self, Issue> {
        let at = format!("{}.request.method", entry.expression());
        let Entry { method, url, if_match, if_none_exist, resource, patch, .. } = entry;
        let which = match &url {
            RequestUrl::Instance(kind, id) => Some((*kind, Which::Id(id.clone()))),
            RequestUrl::Search(kind, criteria) => Some((*kind, Which::Criteria(criteria.clone()))),
            _ => None,
        };
        match (method, which, resource, patch, url) {
            (Method::Post, None, Some(value), None, RequestUrl::Type(kind)) => {
                Ok(Self::Create { kind, value, if_none_exist })
            }
            (Method::Put, Some((kind, which)), Some(value), None, _) => {
                Ok(Self::Update { kind, which, value, if_match })
            }
            (Method::Patch, Some((kind, which)), None, Some(patch), _) => {
                Ok(Self::Patch { kind, which, patch, if_match })
            }
            (Method::Delete, Some((kind, which)), None, None, _) => {
                Ok(Self::Delete { kind, which, if_match })
            }
            _ => {
                let reason = "a transaction creates, updates and deletes; read in a batch";
                Err(Issue::new(IssueCode::NotSupported, reason).at(at))
            }
        }
    }

    /// What it does, and to which type.
    pub(super) const fn action(&self) -> (Action, ResourceType) {
        match self {
            Self::Create { kind, .. } => (Action::Create, *kind),
            Self::Update { kind, .. } | Self::Patch { kind, .. } => (Action::Update, *kind),
            Self::Delete { kind, .. } => (Action::Delete, *kind),
        }
    }

    /// The criteria by which is decided whether something is created.
    pub(super) const fn condition(&self) -> Option<(ResourceType, &str)> {
        match self {
            Self::Create { kind, if_none_exist: Some(criteria), .. }
            | Self::Update { kind, which: Which::Criteria(criteria), .. } => Some((*kind, criteria.as_str())),
            _ => None,
        }
    }

    /// Whether what it does depends on what is there.
    pub(super) fn looks(&self, base: &str) -> bool {
        match self {
            Self::Create { value, if_none_exist: None, .. } => by_criteria(value, false, base),
            _ => true,
        }
    }

    /// Which part of a bundle's entry names the resource.
    pub(super) const fn named_in(&self) -> &'static str {
        match self {
            Self::Create { if_none_exist: Some(_), .. } => "request.ifNoneExist",
            Self::Update { which: Which::Criteria(_), .. }
            | Self::Patch { which: Which::Criteria(_), .. }
            | Self::Delete { which: Which::Criteria(_), .. } => "request.url",
            _ => "resource",
        }
    }
}
