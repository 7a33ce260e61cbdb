//! One thing a transaction does.

use tacenda_fhir::{
    Issue, IssueCode, ResourceType,
    bundle::{Entry, Method, RequestUrl},
};
use tacenda_kernel::{Action, Version};

/// One thing a transaction does.
#[derive(Clone, Copy)]
pub enum Interaction<'a> {
    /// `POST Type`
    Create {
        /// The type.
        kind: ResourceType,
        /// How other entries refer to it.
        full_url: Option<&'a str>,
        /// The resource, read and valid.
        value: &'a serde_json::Value,
    },
    /// `PUT Type/id`
    Update {
        /// The type.
        kind: ResourceType,
        /// Its id in the caller's realm.
        id: &'a str,
        /// The version named by `ifMatch`.
        expected: Option<Version>,
        /// How other entries refer to it.
        full_url: Option<&'a str>,
        /// The resource, read and valid.
        value: &'a serde_json::Value,
    },
    /// `DELETE Type/id`
    Delete {
        /// The type.
        kind: ResourceType,
        /// Its id in the caller's realm.
        id: &'a str,
        /// The version named by `ifMatch`.
        expected: Option<Version>,
    },
    /// Nothing is left to do: what was to be created is there, or what was to be deleted is not.
    Nothing {
        /// The type.
        kind: ResourceType,
        /// How other entries refer to what is there.
        full_url: Option<&'a str>,
        /// The id of what is there, in the caller's realm.
        id: Option<&'a str>,
    },
}

impl std::fmt::Debug for Interaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (action, kind) = self.action();
        write!(f, "Interaction({} {kind})", action.as_str())
    }
}

impl<'a> Interaction<'a> {
    /// What it does, and to which type.
    pub(crate) const fn action(&self) -> (Action, ResourceType) {
        match self {
            Self::Create { kind, .. } => (Action::Create, *kind),
            Self::Update { kind, .. } => (Action::Update, *kind),
            Self::Delete { kind, .. } => (Action::Delete, *kind),
            Self::Nothing { kind, .. } => (Action::Search, *kind),
        }
    }

    /// What the entry of a transaction asks for.
    ///
    /// # Errors
    /// Where it reads: that is for a batch.
    pub fn of(entry: &'a Entry) -> Result<Self, Issue> {
        let (full_url, expected) = (entry.full_url.as_deref(), entry.if_match);
        match (entry.method, &entry.url, &entry.resource) {
            (Method::Post, RequestUrl::Type(kind), Some(value)) => {
                Ok(Self::Create { kind: *kind, full_url, value })
            }
            (Method::Put, RequestUrl::Instance(kind, id), Some(value)) => {
                Ok(Self::Update { kind: *kind, id, expected, full_url, value })
            }
            (Method::Delete, RequestUrl::Instance(kind, id), None) => {
                Ok(Self::Delete { kind: *kind, id, expected })
            }
            _ => {
                let reason = "a transaction creates, updates and deletes; read in a batch";
                let issue = Issue::new(IssueCode::NotSupported, reason);
                Err(issue.at(format!("{}.request.method", entry.expression())))
            }
        }
    }
}
