//! What a client has already, so that reading can tell it that nothing changed (RFC 9110 §13, FHIR R4 §3.1.0.5.1).

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use tacenda_kernel::Version;

use crate::parse_etag;

/// What a client has already of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Whatever there is: `*`.
    Any,
    /// One of these versions.
    Versions(Vec<Version>),
    /// Whatever was there at this time.
    Since(Timestamp),
    /// Whatever was there in this second: HTTP's dates have no parts of it.
    SinceSecond(Timestamp),
}

impl Known {
    /// Reads the tags of `If-None-Match`.
    #[must_use]
    pub fn tags(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        text.split(',').map(parse_etag).collect::<Option<_>>().map(Self::Versions)
    }

    /// Reads the date of `If-Modified-Since`, as HTTP writes it.
    #[must_use]
    pub fn date(text: &str) -> Option<Self> {
        DateTimeParser::new().parse_timestamp(text).ok().map(Self::SinceSecond)
    }

    /// Reads the instant of `ifModifiedSince` in a bundle.
    #[must_use]
    pub fn instant(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::Since)
    }

    /// Whether that is the version there is now.
    #[must_use]
    pub fn covers(&self, version: Version, last_updated: Timestamp) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
            Self::Since(at) => last_updated <= *at,
            Self::SinceSecond(at) => last_updated.as_second() <= at.as_second(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_times_are_compared() {
        let two = Version::FIRST.next();
        let at: Timestamp = "2026-03-01T10:00:00.75Z".parse().unwrap();
        let covers = |known: Option<Known>| known.unwrap().covers(two, at);
        assert!(covers(Known::tags("*")));
        assert!(covers(Known::tags("W/\"1\", W/\"2\"")));
        assert!(!covers(Known::tags("\"1\"")));
        assert!(covers(Known::date("Sun, 01 Mar 2026 10:00:00 GMT")), "a date has whole seconds");
        assert!(!covers(Known::date("Sun, 01 Mar 2026 09:59:59 GMT")));
        assert!(covers(Known::instant("2026-03-01T11:00:00.75+01:00")));
        assert!(!covers(Known::instant("2026-03-01T10:00:00.7Z")), "an instant has its milliseconds");
        for wrong in ["", "2", "W/\"x\"", "W/\"0\"", "W/\"1\",", "W/\"1\" W/\"2\""] {
            assert_eq!(Known::tags(wrong), None, "{wrong}");
        }
        for wrong in ["", "yesterday", "2026-03-01"] {
            assert_eq!(Known::date(wrong), None, "{wrong}");
        }
    }
}
