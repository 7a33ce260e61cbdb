//! For which host a request is: one `Host`, as RFC 9112 section 3.2 says.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, Version, header, uri::Authority};

use super::{observe::protect, problem::Problem};

/// Refuses a request for none or for several.
pub(crate) async fn one_host<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if is_one(request.version(), request.uri(), request.headers()) {
        return next(request).await;
    }
    protect(Problem::host().into_response()).await
}

/// SECURITY: two parties that read one request must not see two hosts in it.
fn is_one(version: Version, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut sent = headers.get_all(header::HOST).iter();
    let (first, second) = (sent.next(), sent.next());
    if second.is_some() {
        return false;
    }
    let named = match first {
        Some(host) => match host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) {
            // There is no user information in a Host.
            Some(host) if !host.as_str().contains('@') => Some(host),
            _ => return false,
        },
        None => None,
    };
    match version {
        Version::HTTP_09 | Version::HTTP_10 => true,
        Version::HTTP_11 => named.is_some(),
        // The authority takes its place (RFC 9113 section 8.3.1), and both may be there if they are the same.
        _ => match (named, uri.authority()) {
            (Some(named), Some(authority)) => named == *authority,
            (named, authority) => named.is_some() || authority.is_some(),
        },
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(version: Version, uri: &str, hosts: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_static(host));
        }
        is_one(version, &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn there_is_one_host_or_the_request_is_refused() {
        for host in ["x", "x:8443", "192.0.2.1:80", "[2001:db8::1]:443"] {
            assert!(asked(Version::HTTP_11, "/", &[host]), "{host}");
        }
        assert!(!asked(Version::HTTP_11, "/", &[]), "none");
        assert!(!asked(Version::HTTP_11, "http://x/", &[]), "none, though the target names one");
        for hosts in [&["x", "x"][..], &["x", "y"], &[""], &["x/y"], &["x y"], &["a@x"], &["x, y"]] {
            assert!(!asked(Version::HTTP_11, "/", hosts), "{hosts:?}");
        }
        assert!(asked(Version::HTTP_10, "/", &[]) && asked(Version::HTTP_10, "/", &["x"]));
        assert!(!asked(Version::HTTP_10, "/", &["x", "x"]));
    }

    #[test]
    fn the_authority_of_http_2_is_the_host() {
        assert!(asked(Version::HTTP_2, "https://x/", &[]));
        assert!(asked(Version::HTTP_2, "https://x/", &["x"]) && asked(Version::HTTP_2, "https://X/", &["x"]));
        assert!(!asked(Version::HTTP_2, "https://x/", &["y"]));
        assert!(!asked(Version::HTTP_2, "/", &[]));
    }
}
