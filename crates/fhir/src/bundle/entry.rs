//! One entry of a transaction or batch.

use serde_json::Value;
use tacenda_kernel::Version;

use super::{
    RequestUrl,
    parts::Parts,
    patch,
    request::{Request, read_request},
};
use crate::{Issue, IssueCode, JsonPatch, Known, Limits, ResourceType, read_resource};

/// What an entry wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read or search.
    Get,
    /// Create.
    Post,
    /// Update.
    Put,
    /// Change a part.
    Patch,
    /// Delete.
    Delete,
}

impl Method {
    /// The HTTP verb.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One thing to be done.
#[derive(Clone)]
pub struct Entry {
    /// Its place in the bundle, from 0.
    pub index: usize,
    /// The URL by which other entries refer to it: `urn:uuid:…`.
    pub full_url: Option<String>,
    /// What to do.
    pub method: Method,
    /// To what.
    pub url: RequestUrl,
    /// The version it must have now.
    pub if_match: Option<Version>,
    /// The criteria by which nothing may be found yet.
    pub if_none_exist: Option<String>,
    /// What whoever reads has already.
    pub known: Option<Known>,
    /// The validated resource of a create or update.
    pub resource: Option<Value>,
    /// The patch.
    pub patch: Option<JsonPatch>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({} {})", self.index, self.method.as_str())
    }
}

impl Entry {
    /// Its place, as a FHIRPath expression.
    #[must_use]
    pub fn expression(&self) -> String {
        format!("Bundle.entry[{}]", self.index)
    }
}

/// Reads one entry from its JSON text.
pub(super) fn read(index: usize, text: &[u8], limits: &Limits) -> Result<Entry, Vec<Issue>> {
    let path = format!("Bundle.entry[{index}]");
    let parts = Parts::of(text, &path, &ENTRY).map_err(|issue| vec![issue])?;
    parts.without(&["search", "response"], &path).map_err(|issue| vec![issue])?;
    let full_url = parts.string("fullUrl", &path).map_err(|issue| vec![issue])?;
    let request = parts.get("request").ok_or_else(|| {
        vec![Issue::new(IssueCode::Required, "required element missing").at(format!("{path}.request"))]
    })?;
    let request = read_request(request, &format!("{path}.request")).map_err(|issue| vec![issue])?;
    let inside = format!("{path}.resource");
    let missing = || vec![Issue::new(IssueCode::Required, "required element missing").at(inside.clone())];
    let (mut resource, mut changes) = (None, None);
    match (request.method, parts.get("resource")) {
        (Method::Post | Method::Put, sent) => {
            resource = Some(read_inside(sent.ok_or_else(missing)?, &inside, limits)?);
        }
        (Method::Patch, sent) => {
            let read = patch::read(sent.ok_or_else(missing)?, &inside, limits);
            changes = Some(read.map_err(|issue| vec![issue])?);
        }
        (Method::Get | Method::Delete, None) => {}
        (Method::Get | Method::Delete, Some(_)) => {
            return Err(vec![Issue::new(IssueCode::Invalid, "this method has no resource").at(inside)]);
        }
    }
    let Request { method, url, if_match, if_none_exist, known } = request;
    let entry =
        Entry { index, full_url, method, url, if_match, if_none_exist, known, resource, patch: changes };
    agrees(&entry).map(|()| entry).map_err(|issue| vec![issue.at(format!("{path}.request.url"))])
}

fn read_inside(text: &[u8], path: &str, limits: &Limits) -> Result<Value, Vec<Issue>> {
    read_resource(text, limits).map_err(|issues| issues.into_iter().map(|issue| issue.within(path)).collect())
}

/// Whether method, URL and resource fit each other.
fn agrees(entry: &Entry) -> Result<(), Issue> {
    let kind = entry.resource.as_ref().and_then(|resource| ResourceType::of(resource).ok());
    let same_type = kind.is_none() || kind == entry.url.resource_type();
    let id = entry.resource.as_ref().and_then(|resource| resource.get("id")?.as_str());
    match (entry.method, &entry.url) {
        _ if !same_type => {
            Err(Issue::new(IssueCode::Invalid, "the URL names another type than the resource"))
        }
        (Method::Post, RequestUrl::Type(_)) => Ok(()),
        (Method::Delete | Method::Patch, RequestUrl::Instance(..)) => Ok(()),
        (Method::Put, RequestUrl::Instance(_, named)) if id == Some(named) => Ok(()),
        (Method::Put, RequestUrl::Instance(..)) => {
            Err(Issue::new(IssueCode::Invalid, "the URL names another id than the resource"))
        }
        (Method::Put | Method::Patch | Method::Delete, RequestUrl::Search(..)) => Ok(()),
        (Method::Get, url) if !matches!(url, RequestUrl::Type(_)) => Ok(()),
        (Method::Get, _) => Err(Issue::new(IssueCode::TooCostly, "a search needs a parameter")),
        _ => Err(Issue::new(IssueCode::NotSupported, "this method is not for a URL of this form")),
    }
}

const ENTRY: [&str; 9] =
    ["extension", "fullUrl", "id", "link", "modifierExtension", "request", "resource", "response", "search"];
