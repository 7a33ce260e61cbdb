//! `Bundle.entry.request.url`: a URL relative to the base.

use tacenda_kernel::Version;

use crate::{IssueCode, ResourceType, definitions::is_id, reference::parse_version};

/// What an entry asks about.
#[derive(Clone, PartialEq, Eq)]
pub enum RequestUrl {
    /// `Type`: to create one.
    Type(ResourceType),
    /// `Type?query`: to search. The query is as written, without the question mark.
    Search(ResourceType, String),
    /// `Type/id`.
    Instance(ResourceType, String),
    /// `Type/id/_history`.
    History(ResourceType, String),
    /// `Type/id/_history/version`.
    Version(ResourceType, String, Version),
    /// `metadata`.
    Metadata,
}

impl std::fmt::Debug for RequestUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestUrl")
    }
}

impl RequestUrl {
    /// The type it names.
    #[must_use]
    pub const fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Self::Type(kind) | Self::Search(kind, _) | Self::Instance(kind, _) => Some(*kind),
            Self::History(kind, _) | Self::Version(kind, ..) => Some(*kind),
            Self::Metadata => None,
        }
    }

    /// The id it names.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Instance(_, id) | Self::History(_, id) | Self::Version(_, id, _) => Some(id),
            Self::Type(_) | Self::Search(..) | Self::Metadata => None,
        }
    }

    /// Reads a URL. The error is an issue's code and reason.
    pub(super) fn parse(url: &str) -> Result<Self, (IssueCode, &'static str)> {
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (url, None),
        };
        if path.contains("://") {
            return Err((IssueCode::Value, "the URL is relative to the base"));
        }
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        if parts == ["metadata"] {
            return Ok(Self::Metadata);
        }
        let kind = parts.first().and_then(|name| name.parse::<ResourceType>().ok());
        let kind = kind.ok_or((IssueCode::NotSupported, "the URL names no resource type of this server"))?;
        let form = match (&parts[1..], query) {
            ([] | ["_search"], Some(query)) => Some(Self::Search(kind, query.to_owned())),
            ([], None) => Some(Self::Type(kind)),
            ([id], None) if is_id(id) => Some(Self::Instance(kind, (*id).to_owned())),
            ([id, "_history"], None) if is_id(id) => Some(Self::History(kind, (*id).to_owned())),
            ([id, "_history", number], None) if is_id(id) => {
                parse_version(number).map(|version| Self::Version(kind, (*id).to_owned(), version))
            }
            _ => None,
        };
        form.ok_or((IssueCode::NotSupported, "the URL has a form that is not supported"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        let kind = ResourceType::Patient;
        let id = || "a-1".to_owned();
        for (url, form) in [
            ("Patient", RequestUrl::Type(kind)),
            ("/Patient", RequestUrl::Type(kind)),
            ("Patient?name=x", RequestUrl::Search(kind, "name=x".to_owned())),
            (
                "Patient?identifier=http://x/y|1",
                RequestUrl::Search(kind, "identifier=http://x/y|1".to_owned()),
            ),
            ("Patient/a-1", RequestUrl::Instance(kind, id())),
            ("Patient/a-1/_history", RequestUrl::History(kind, id())),
            ("Patient/a-1/_history/2", RequestUrl::Version(kind, id(), Version::FIRST.next())),
            ("metadata", RequestUrl::Metadata),
        ] {
            assert!(RequestUrl::parse(url) == Ok(form), "{url}");
        }
        for url in ["", "Library/1", "Patient/", "Patient/a/b", "Patient/a/_history/0", "Patient/a?x=1"] {
            assert!(RequestUrl::parse(url).is_err(), "{url}");
        }
        assert!(RequestUrl::parse("https://x/Patient/1").is_err());
    }
}
