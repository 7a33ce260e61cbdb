//! Where somebody goes after signing in: a page of this server and nothing else.

use std::fmt;

use serde::{Deserialize, Deserializer};
use tacenda_contracts::accounts::oauth::LONGEST_QUERY;

/// The longest that an application's request comes back with, and its path.
const LONGEST: usize = LONGEST_QUERY + 64;

/// A path of this server, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Next(String);

impl Next {
    /// SECURITY: a browser reads `//host` and `/\host` as another server, and drops tabs and line ends before it looks.
    /// What is not plainly a path of ours is the start page.
    pub(crate) fn parse(text: &str) -> Self {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'"');
        let ours = text.starts_with('/') && !text.starts_with("//") && text.len() <= LONGEST;
        Self(if plain && ours { text.to_owned() } else { "/".to_owned() })
    }

    /// The path with its query.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Another page of ours that leads on to this one: `/sign-in?next=…`.
    pub(crate) fn after(&self, page: &str) -> String {
        if self.0 == "/" {
            return page.to_owned();
        }
        let next: String = form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        format!("{page}?next={next}")
    }
}

/// `?next=…`
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Where to go afterwards.
    #[serde(default)]
    pub(crate) next: Next,
}

impl Default for Next {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Next {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to() {
        for ours in ["/account", "/oauth/authorize?client_id=a&scope=openid%20x", "/people?page=2"] {
            assert_eq!(Next::parse(ours).as_str(), ours);
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        let others = [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "account",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/ø",
            "\\/evil.example",
            &long,
        ];
        for other in others {
            assert_eq!(Next::parse(other).as_str(), "/", "{other:?}");
        }
    }

    #[test]
    fn a_page_before_it_carries_it_whole() {
        let next = Next::parse("/oauth/authorize?a=b&c=d%20e");
        assert_eq!(next.after("/sign-in"), "/sign-in?next=%2Foauth%2Fauthorize%3Fa%3Db%26c%3Dd%2520e");
        assert_eq!(Next::default().after("/sign-in"), "/sign-in");
    }
}
