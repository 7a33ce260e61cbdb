//! What the text of a reference points at (FHIR R4 §2.3.0).

use tacenda_kernel::Version;

use crate::{ResourceType, definitions::is_id};

/// What a reference's text points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// `#id`: a contained resource, or `#`: the container.
    Contained,
    /// `urn:uuid:…` or `urn:oid:…`: another entry of the same bundle.
    Urn(&'a str),
    /// `Type/id`, `Type/id/_history/version`, or the same after this server's base URL.
    Local {
        /// The type.
        resource_type: ResourceType,
        /// The id.
        id: &'a str,
        /// The version, where the reference names one.
        version: Option<&'a str>,
    },
    /// `Type?query`: a conditional reference.
    Conditional,
    /// An absolute URL of another server.
    Foreign,
    /// None of these.
    Unknown,
}

impl<'a> Target<'a> {
    /// Reads a reference. URLs that begin with `base` are this server's own; pass an empty base to have none.
    #[must_use]
    pub fn parse(reference: &'a str, base: &str) -> Self {
        if reference.starts_with('#') {
            return Self::Contained;
        }
        if reference.starts_with("urn:uuid:") || reference.starts_with("urn:oid:") {
            return Self::Urn(reference);
        }
        let base = base.trim_end_matches('/');
        let own = (!base.is_empty())
            .then(|| reference.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')))
            .flatten();
        let whole = own.unwrap_or(reference);
        // Criteria may have URLs in them: most identifiers' systems are.
        let path = whole.split('?').next().unwrap_or_default();
        if own.is_none() && path.contains("://") {
            return Self::Foreign;
        }
        match path.len() < whole.len() {
            true if path.parse::<ResourceType>().is_ok() => Self::Conditional,
            true => Self::Unknown,
            false => local(path).unwrap_or(Self::Unknown),
        }
    }

    /// The type the reference names in its text, also where the URL is another server's.
    #[must_use]
    pub fn named_type(reference: &str) -> Option<ResourceType> {
        type_in(reference)?.parse().ok()
    }
}

/// The word that stands where a reference's text names a type: `Type/id`, `Type?criteria`, with or without a base.
pub(crate) fn type_in(reference: &str) -> Option<&str> {
    match reference.split_once('?') {
        Some((path, _)) => path.rsplit('/').next(),
        None => {
            let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
            path.rsplit('/').nth(1)
        }
    }
}

/// The version an entity tag names: `W/"3"`, or `"3"`.
#[must_use]
pub fn parse_etag(tag: &str) -> Option<Version> {
    let tag = tag.trim();
    let number = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    parse_version(number)
}

/// The criteria of a condition: a query string, or the URL of a search for the type. None where there are none.
#[must_use]
pub fn parse_criteria(text: &str, kind: ResourceType) -> Option<&str> {
    let query = match text.split_once('?') {
        Some((url, query)) if url.rsplit('/').next() == Some(kind.as_str()) => query,
        Some(("", query)) => query,
        _ => text,
    };
    (!query.is_empty()).then_some(query)
}

pub(crate) fn parse_version(number: &str) -> Option<Version> {
    let plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| number.parse().ok()).flatten().and_then(Version::new)
}

fn local(path: &str) -> Option<Target<'_>> {
    let mut parts = path.split('/');
    let resource_type = parts.next()?.parse().ok()?;
    let id = parts.next().filter(|id| is_id(id))?;
    let version = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => None,
        (Some("_history"), Some(version), None) if is_id(version) => Some(version),
        _ => return None,
    };
    Some(Target::Local { resource_type, id, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_told_apart() {
        let local = |version| Target::Local { resource_type: ResourceType::Patient, id: "a.1", version };
        for (text, target) in [
            ("Patient/a.1", local(None)),
            ("Patient/a.1/_history/2", local(Some("2"))),
            ("https://here/fhir/Patient/a.1", local(None)),
            ("https://there/fhir/Patient/a.1", Target::Foreign),
            ("https://here/fhirx/Patient/a.1", Target::Foreign),
            ("#p", Target::Contained),
            ("urn:uuid:1", Target::Urn("urn:uuid:1")),
            ("Patient?identifier=1", Target::Conditional),
            ("Patient?identifier=http://x/y|1", Target::Conditional),
            ("https://here/fhir/Patient?identifier=http://x/y|1", Target::Conditional),
            ("https://there/fhir/Patient?identifier=1", Target::Foreign),
            ("there/fhir/Patient?identifier=1", Target::Unknown),
            ("Patient/1/Observation?code=1", Target::Unknown),
            ("?identifier=1", Target::Unknown),
            ("Patient/a/b", Target::Unknown),
            ("Patient/", Target::Unknown),
            ("Patient/a/_history", Target::Unknown),
            ("Nothing/1", Target::Unknown),
            ("", Target::Unknown),
        ] {
            assert_eq!(Target::parse(text, "https://here/fhir/"), target, "{text}");
        }
        assert_eq!(Target::named_type("https://x/Device/1/_history/4"), Some(ResourceType::Device));
    }

    #[test]
    fn criteria() {
        for text in ["a=1&b=2", "?a=1&b=2", "Patient?a=1&b=2", "https://x/fhir/Patient?a=1&b=2"] {
            assert_eq!(parse_criteria(text, ResourceType::Patient), Some("a=1&b=2"), "{text}");
        }
        assert_eq!(parse_criteria("Device?a=1", ResourceType::Patient), Some("Device?a=1"));
        for text in ["", "?", "Patient?"] {
            assert_eq!(parse_criteria(text, ResourceType::Patient), None, "{text}");
        }
    }

    #[test]
    fn entity_tags() {
        assert_eq!(parse_etag("W/\"3\""), Version::new(3));
        assert_eq!(parse_etag("\"3\""), Version::new(3));
        for text in ["3", "W/3", "W/\"0\"", "W/\"+3\"", "W/\"03\"", "W/\"\"", "*"] {
            assert_eq!(parse_etag(text), None, "{text}");
        }
    }
}
