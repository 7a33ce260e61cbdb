//! One entry of a transaction or batch.

use serde_json::Value;
use tacenda_kernel::Version;

use super::{RequestUrl, parts::Parts};
use crate::{Issue, IssueCode, Limits, ResourceType, parse_etag, read_resource};

/// What an entry wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read or search.
    Get,
    /// Create.
    Post,
    /// Update.
    Put,
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
    /// The validated resource of a create or update.
    pub resource: Option<Value>,
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
    let full_url = parts.string("fullUrl", &path).map_err(|issue| vec![issue])?;
    let request = parts.get("request").ok_or_else(|| {
        vec![Issue::new(IssueCode::Required, "required element missing").at(format!("{path}.request"))]
    })?;
    let request = read_request(request, &format!("{path}.request")).map_err(|issue| vec![issue])?;
    let inside = format!("{path}.resource");
    let resource = match (request.method, parts.get("resource")) {
        (Method::Post | Method::Put, Some(resource)) => Some(read_inside(resource, &inside, limits)?),
        (Method::Post | Method::Put, None) => {
            return Err(vec![Issue::new(IssueCode::Required, "required element missing").at(inside)]);
        }
        (Method::Get | Method::Delete, None) => None,
        (Method::Get | Method::Delete, Some(_)) => {
            return Err(vec![Issue::new(IssueCode::Invalid, "this method has no resource").at(inside)]);
        }
    };
    let Request { method, url, if_match } = request;
    let entry = Entry { index, full_url, method, url, if_match, resource };
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
        (Method::Post, RequestUrl::Type(_)) | (Method::Delete, RequestUrl::Instance(..)) => Ok(()),
        (Method::Put, RequestUrl::Instance(_, named)) if id == Some(named) => Ok(()),
        (Method::Put, RequestUrl::Instance(..)) => {
            Err(Issue::new(IssueCode::Invalid, "the URL names another id than the resource"))
        }
        (Method::Get, url) if !matches!(url, RequestUrl::Type(_)) => Ok(()),
        (Method::Get, _) => Err(Issue::new(IssueCode::TooCostly, "a search needs a parameter")),
        _ => Err(Issue::new(IssueCode::NotSupported, "conditional interactions are not supported")),
    }
}

struct Request {
    method: Method,
    url: RequestUrl,
    if_match: Option<Version>,
}

fn read_request(text: &[u8], path: &str) -> Result<Request, Issue> {
    let parts = Parts::of(text, path, &REQUEST)?;
    let required = |name: &str| {
        let missing =
            || Issue::new(IssueCode::Required, "required element missing").at(format!("{path}.{name}"));
        parts.string(name, path)?.ok_or_else(missing)
    };
    for name in ["ifNoneMatch", "ifModifiedSince", "ifNoneExist"] {
        if parts.get(name).is_some() {
            let issue = Issue::new(IssueCode::NotSupported, "conditional interactions are not supported");
            return Err(issue.at(format!("{path}.{name}")));
        }
    }
    let method = match required("method")?.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        _ => {
            let issue = Issue::new(IssueCode::NotSupported, "not a method that is supported here");
            return Err(issue.at(format!("{path}.method")));
        }
    };
    let url = RequestUrl::parse(&required("url")?)
        .map_err(|(code, reason)| Issue::new(code, reason).at(format!("{path}.url")))?;
    let if_match = parts.string("ifMatch", path)?.map(|tag| {
        let wrong = || Issue::new(IssueCode::Value, "not an entity tag of this server");
        parse_etag(&tag).ok_or_else(|| wrong().at(format!("{path}.ifMatch")))
    });
    Ok(Request { method, url, if_match: if_match.transpose()? })
}

const ENTRY: [&str; 9] =
    ["extension", "fullUrl", "id", "link", "modifierExtension", "request", "resource", "response", "search"];

const REQUEST: [&str; 9] = [
    "extension",
    "id",
    "ifMatch",
    "ifModifiedSince",
    "ifNoneExist",
    "ifNoneMatch",
    "method",
    "modifierExtension",
    "url",
];
