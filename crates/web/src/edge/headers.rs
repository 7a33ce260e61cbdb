//! What a browser may do with an answer, said once for every page.
//!
//! SECURITY: nothing inline, nothing of anybody else, no frame around us. Scripts run only on the pages that ask for a
//! passkey, and only ours.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, header};

use super::{answer::with_cookies, cookies::Cookie, visitor::FormKey};
use crate::{refusal::Refusal, web::Web, words::accepted_language};

/// The page may run our script, which no other may.
#[derive(Clone, Copy)]
struct Script;

const FIXED: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    // SECURITY: `same-origin` and not `no-referrer`, with which browsers send forms with `Origin: null`.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), \
         payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];

/// The layer of all pages: the key of forms, the headers, and refusals as pages in the caller's language.
pub(crate) async fn dress(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let language = accepted_language(request.headers());
    let sent = Cookie::Form.read(&web, request.headers());
    // EXPOSE: its form is looked at, since it will stand in pages.
    let known = sent.filter(|key| FormKey::is_one(key.expose()));
    let fresh = known.is_none();
    let key = known.map_or_else(|| FormKey::make(web.random.as_ref()), FormKey);
    request.extensions_mut().insert(key.clone());
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let cookies: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
        response = with_cookies(refusal.page(language), cookies);
    }
    if fresh && is_page(&response) {
        response = with_cookies(response, Cookie::Form.set(&web, &key.0));
    }
    protect(&mut response);
    response
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

fn protect(response: &mut Response) {
    let policy = policy(response.extensions_mut().remove::<Script>().is_some());
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
}

/// Nobody is named in `form-action`: a form that leads to an application is answered with a page that leads there.
const fn policy(script: bool) -> &'static str {
    match script {
        false => {
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'none'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types 'none'"
        }
        true => {
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        }
    }
}

/// Lets a page run our script.
pub(crate) fn with_script(mut response: Response) -> Response {
    response.extensions_mut().insert(Script);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_may_do_anything_unsafe() {
        for script in [false, true] {
            let policy = policy(script);
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            for unsafe_one in ["unsafe", "*", "http:", "data:", "blob:", "  "] {
                assert!(!policy.contains(unsafe_one), "{policy}");
            }
            assert_eq!(policy.contains("script-src 'self'"), script);
        }
    }
}
