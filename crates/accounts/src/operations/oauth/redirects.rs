//! Addresses that a browser may be sent to: registered ones, compared exactly (RFC 9700 §2.1).

/// Longer than any address an application has.
const LONGEST: usize = 2_000;

/// Whether an application may register this address: `https`, or `http` on the person's own computer (RFC 8252 §7.3).
///
/// SECURITY: neither has a fragment, user information or anything that a URL has no use for, so that no two programs
/// read it differently.
pub(crate) fn may_be_registered(uri: &str) -> bool {
    let plain = uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\\"<>^`{|}*".contains(&byte));
    if !plain || uri.len() > LONGEST {
        return false;
    }
    let Some(parts) = Parts::of(uri) else { return false };
    let named = !parts.host.is_empty() && !parts.host.contains('@');
    named && (parts.secure || parts.is_loopback())
}

/// Whether the address is one of those registered. A program on the person's own computer may listen on any port.
pub(crate) fn is_registered(uri: &str, registered: &[String]) -> bool {
    let same_but_port = |one: &String| match (Parts::of(one), Parts::of(uri)) {
        (Some(one), Some(asked)) => {
            one.is_loopback()
                && !one.secure
                && !asked.secure
                && one.host == asked.host
                && one.rest == asked.rest
        }
        _ => false,
    };
    registered.iter().any(|one| one == uri)
        || (may_be_registered(uri) && registered.iter().any(same_but_port))
}

/// The host a person is told they go to; none for their own computer.
pub(crate) fn host(uri: &str) -> Option<String> {
    let parts = Parts::of(uri)?;
    (!parts.is_loopback()).then(|| parts.host.to_owned())
}

/// The origin of an address as browsers write it (RFC 6454): lower case, without the port that its scheme has anyway. On
/// the person's own computer it has no port, since a program there may listen on any.
pub(crate) fn origin(uri: &str) -> Option<String> {
    let parts = Parts::of(uri)?;
    let host = parts.host.to_ascii_lowercase();
    let (scheme, usual) = if parts.secure { ("https", "443") } else { ("http", "80") };
    let loopback = !parts.secure && parts.is_loopback();
    Some(match parts.port {
        Some(port) if port != usual && !loopback => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}

/// Whether the address is one of a program on the person's own computer.
pub(crate) fn is_loopback(uri: &str) -> bool {
    Parts::of(uri).is_some_and(|parts| parts.is_loopback())
}

/// The address with parameters added to its query, each percent-encoded: none can end the query or the header.
pub(crate) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{}", query.finish())
}

/// An address, taken apart at the only places that matter here.
struct Parts<'a> {
    secure: bool,
    host: &'a str,
    port: Option<&'a str>,
    /// Path and query.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let after_address = authority.find(']').map_or(0, |end| end + 1);
        let (host, port) = match authority[after_address..].rfind(':') {
            Some(colon) => authority.split_at(after_address + colon),
            None => (authority, ""),
        };
        let port = port.strip_prefix(':');
        let numeric = port.is_none_or(|port| {
            !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok_and(|number| number > 0)
        });
        (numeric && !host.contains('@')).then_some(Self { secure, host, port, rest })
    }

    fn is_loopback(&self) -> bool {
        matches!(self.host, "127.0.0.1" | "[::1]" | "localhost")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_may_be_registered_and_nothing_else() {
        for good in [
            "https://app.example/callback",
            "https://app.example:8443/cb?tenant=1",
            "https://app.example",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:4000/cb",
            "http://[::1]:4000/cb",
            "http://localhost/cb",
        ] {
            assert!(may_be_registered(good), "{good}");
        }
        for bad in [
            "",
            "app.example/cb",
            "//app.example/cb",
            "http://app.example/cb",
            "javascript:alert(1)",
            "https:///cb",
            "https://app.example/cb#top",
            "https://user@app.example/cb",
            "https://*.example/cb",
            "https://app.example/a b",
            "https://app.example/\r\nSet-Cookie:x",
            "https://app.example:0/",
            "https://app.example:0443/",
            "https://app.example:+443/",
            "https://app.example:99999/",
            "http://127.0.0.1.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "https://app.example\\@evil.example/",
            "data://x",
            "HTTPS://app.example/cb",
            "https://münchen.example/",
        ] {
            assert!(!may_be_registered(bad), "{bad}");
        }
        assert!(!may_be_registered(&format!("https://app.example/{}", "a".repeat(LONGEST))));
    }

    #[test]
    fn an_address_is_compared_exactly_but_for_a_loopback_port() {
        let registered = ["https://app.example/cb".to_owned(), "http://127.0.0.1/cb?x=1".to_owned()];
        for same in ["https://app.example/cb", "http://127.0.0.1/cb?x=1", "http://127.0.0.1:51004/cb?x=1"] {
            assert!(is_registered(same, &registered), "{same}");
        }
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example:443/cb",
            "https://APP.example/cb",
            "https://app.example/cb/../cb",
            "https://evil.example/cb",
            "http://app.example/cb",
            "http://127.0.0.1/cb",
            "http://localhost/cb?x=1",
            "https://127.0.0.1:51004/cb?x=1",
            "http://127.0.0.1:51004/cb?x=1#y",
            "http://127.0.0.1:1@evil.example/cb?x=1",
        ] {
            assert!(!is_registered(other, &registered), "{other}");
        }
    }

    #[test]
    fn an_origin_is_what_a_browser_says_for_a_page_at_the_address() {
        for (uri, written) in [
            ("https://app.example/cb?x=1", "https://app.example"),
            ("https://APP.example", "https://app.example"),
            ("https://app.example:443/cb", "https://app.example"),
            ("https://app.example:8443/cb", "https://app.example:8443"),
            ("http://localhost:3000/cb", "http://localhost:3000"),
            ("http://[::1]/cb", "http://[::1]:3000"),
            ("https://localhost:3000/cb", "https://localhost:3000"),
        ] {
            assert_eq!(origin(uri), origin(written), "{uri}");
            assert!(origin(uri).is_some(), "{uri}");
        }
        for (uri, other) in [
            ("https://app.example/cb", "http://app.example"),
            ("https://app.example/cb", "https://app.example:8443"),
            ("https://app.example/cb", "https://app.example.evil.example"),
            ("https://localhost:3000/cb", "https://localhost:3001"),
            ("http://localhost/cb", "http://127.0.0.1"),
        ] {
            assert_ne!(origin(uri), origin(other), "{uri}");
        }
        for none in ["null", "", "file://", "app.example", "ws://app.example"] {
            assert_eq!(origin(none), None, "{none}");
        }
    }

    #[test]
    fn parameters_are_encoded_and_join_a_query_that_is_there() {
        let nasty = "a&b=c\r\nLocation: x#y";
        let uri = with_parameters("https://app.example/cb", &[("state", nasty)]);
        assert_eq!(uri, "https://app.example/cb?state=a%26b%3Dc%0D%0ALocation%3A+x%23y");
        assert_eq!(with_parameters("https://a.example/?b=1", &[("c", "2")]), "https://a.example/?b=1&c=2");
        assert_eq!(host("https://app.example:8443/cb"), Some("app.example".to_owned()));
        assert_eq!(host("http://[::1]:1/cb"), None);
    }
}
