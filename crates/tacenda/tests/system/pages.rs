//! The pages, asked over HTTP as nobody, from elsewhere, and with what no form sends.

use reqwest::{Client, Method, Response, StatusCode, header, redirect::Policy};
use tacenda_accounts::Author;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Role, Secret, TraceId};

use crate::common::{ORIGIN, TestSystem};

/// Anybody may ask for these.
const PUBLIC: [(&str, &str); 18] = [
    ("GET", "/"),
    ("GET", "/assets/{name}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-in/passkey/options"),
    ("GET", "/sign-out"),
    ("GET", "/forgotten"),
    ("POST", "/forgotten"),
    ("GET", "/forgotten/sent"),
    ("GET", "/link/{token}"),
    ("POST", "/link/{token}"),
    ("GET", "/oauth/authorize"),
    // There is no provider of that name.
    ("GET", "/sign-in/with/{provider}"),
    ("GET", "/sign-in/again/{provider}"),
    ("GET", "/sign-in/from/{provider}"),
    // Its own answer to those who are not signed in leads to the sign-in page, too.
    ("GET", "/sign-in/factor"),
    ("POST", "/sign-in/factor"),
];

const ROUTER: &str = include_str!("../../../web/src/router.rs");
const PASSWORD: &str = "violet anchor pepper mosaic 41";

pub(crate) struct Pages<'a> {
    bed: &'a TestSystem,
    client: Client,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(bed: &'a TestSystem) -> Self {
        Self { bed, client: Client::builder().redirect(Policy::none()).build().unwrap() }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut request = self.client.request(method.clone(), self.bed.url(path));
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        request.body(body.to_owned()).send().await.unwrap()
    }

    /// A page's form token with the cookies to send along.
    pub(crate) async fn form(&self, path: &str, cookies: &str) -> (String, String) {
        let page = self.send(Method::GET, path, &[("cookie", cookies)], "").await;
        let cookies = with(cookies, &page);
        let text = page.text().await.unwrap();
        let token = text.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        (token.to_owned(), cookies)
    }
}

/// The cookies of an answer after those of before.
fn with(cookies: &str, answer: &Response) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let set = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    let set: Vec<String> = set.collect();
    let names: Vec<String> = set.iter().map(|cookie| cookie.split('=').next().unwrap().to_owned()).collect();
    let before = cookies.split("; ").filter(|cookie| {
        !cookie.is_empty() && !names.iter().any(|name| cookie.starts_with(&format!("{name}=")))
    });
    before.map(str::to_owned).chain(set).collect::<Vec<_>>().join("; ")
}

fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Every route of the pages with its methods.
pub(crate) fn routes() -> Vec<(Method, String)> {
    let mut found = Vec::new();
    for route in ROUTER.split(".route(").skip(1) {
        let route = route.split(".fallback(").next().unwrap();
        let path = route.split('"').nth(1).unwrap();
        for (name, method) in [("get(", Method::GET), ("post(", Method::POST)] {
            let call = |at: usize| !route[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c));
            if route.match_indices(name).any(|(at, _)| call(at)) {
                found.push((method, path.to_owned()));
            }
        }
    }
    assert!(found.len() > 50, "the routes were not found");
    found
}

fn concrete(path: &str) -> String {
    path.replace("{id}", "0190c1e4-0000-7000-8000-000000000001")
        .replace("{request}", "0190c1e4-0000-7000-8000-000000000002")
        .replace("{verdict}", "approve")
        .replace("{act}", "suspend")
}

fn check_headers(answer: &Response, at: &str) {
    let text =
        |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let policy = text("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{at}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{at}");
    assert!(text("strict-transport-security").starts_with("max-age=31536000"), "{at}");
    assert_eq!(text("x-content-type-options"), "nosniff", "{at}");
    assert_eq!(text("referrer-policy"), "same-origin", "{at}");
    assert!(text("permissions-policy").contains("camera=()"), "{at}");
    assert!(text("cache-control") == "no-store" || at.contains("/assets/style"), "{at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_to_a_page_of_somebody() {
    let bed = TestSystem::start().await;
    let pages = Pages::of(&bed);
    for (method, path) in routes() {
        let from = [("origin", ORIGIN), ("sec-fetch-site", "same-origin")];
        let answer = pages.send(method.clone(), &concrete(&path), &from, "").await;
        let at = format!("{method} {path}");
        check_headers(&answer, &at);
        let public = PUBLIC.contains(&(method.as_str(), path.as_str()));
        let led = answer.status() == StatusCode::SEE_OTHER && location(&answer).starts_with("/sign-in");
        assert!(public || led, "{at}: {}", answer.status());
        assert!(!answer.status().is_server_error(), "{at}: {}", answer.status());
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_elsewhere_changes_nothing() {
    let bed = TestSystem::start().await;
    let pages = Pages::of(&bed);
    let (token, cookies) = pages.form("/sign-in", "").await;
    let body = format!("form_token={token}&email=a%40b.example&password=x");
    let foreign: [&[(&str, &str)]; 5] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", ORIGIN), ("sec-fetch-site", "same-site")],
    ];
    for from in foreign {
        let mut headers = from.to_vec();
        headers.push(("cookie", &cookies));
        let answer = pages.send(Method::POST, "/sign-in", &headers, &body).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{from:?}");
        assert!(answer.text().await.unwrap().contains("came from somewhere else"), "{from:?}");
    }
    let ours = [("origin", ORIGIN), ("cookie", cookies.as_str())];
    let other = "A".repeat(43);
    for wrong in ["", "form_token=", &format!("form_token={other}")] {
        let body = format!("{wrong}&email=a%40b.example&password=x");
        let answer = pages.send(Method::POST, "/sign-in", &ours, &body).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{wrong}");
        assert!(answer.text().await.unwrap().contains("has expired"), "{wrong}");
    }
    let answer = pages.send(Method::POST, "/sign-in", &ours, &body).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("is not right"));
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_form_sends_is_refused_in_words() {
    let bed = TestSystem::start().await;
    let pages = Pages::of(&bed);
    let (token, cookies) = pages.form("/sign-in", "").await;
    let ours = [("origin", ORIGIN), ("cookie", cookies.as_str()), ("accept-language", "it")];
    let long = "x".repeat(100_000);
    let answer = pages
        .send(Method::POST, "/sign-in", &ours, &format!("form_token={token}&email=a&password={long}"))
        .await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().await.unwrap().contains("troppo grandi"));
    for body in [format!("form_token={token}"), format!("form_token={token}&email=%ff&password=x")] {
        let status = pages.send(Method::POST, "/sign-in", &ours, &body).await.status();
        assert!([StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY].contains(&status), "{status}");
    }
    let answer = pages.send(Method::PUT, "/sign-in", &ours, "").await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    check_headers(&answer, "PUT /sign-in");
    let answer = pages.send(Method::GET, "/nowhere/at/all", &[], "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    check_headers(&answer, "GET /nowhere");
    assert!(answer.text().await.unwrap().contains("This page does not exist"));
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_pages_of_this_server_only_and_its_cookies_are_bound() {
    let bed = TestSystem::start().await;
    let pages = Pages::of(&bed);
    let trace = TraceId::make(&SystemRandom);
    let clinician = bed.accounts.of(Role::Clinician).unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    bed.system.accounts.set_password(&Author::Operator, clinician, &password, trace).await.unwrap();
    let nexts = [
        ("%2Faccount%2Fsessions", "/account/sessions"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2Fa%0D%0ASet-Cookie%3A%20x%3Dy", "/"),
    ];
    for (next, to) in nexts {
        let (token, cookies) = pages.form(&format!("/sign-in?next={next}"), "").await;
        let body = format!(
            "form_token={token}&email=clinician%40demo.example&password={}&next={next}",
            PASSWORD.replace(' ', "+")
        );
        let ours = [("origin", ORIGIN), ("cookie", cookies.as_str())];
        let answer = pages.send(Method::POST, "/sign-in", &ours, &body).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, to), "{next}");
        let set: Vec<&str> =
            answer.headers().get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
        for name in ["__Host-session=", "__Host-device="] {
            let line = set.iter().find(|line| line.starts_with(name)).unwrap();
            for attribute in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
                assert!(line.contains(attribute), "{line}");
            }
            assert!(!line.contains("Domain"), "{line}");
        }
        // A role that works with patients owes a second factor first.
        let cookies = with(&cookies, &answer);
        let answer = pages.send(Method::GET, "/account", &[("cookie", &cookies)], "").await;
        assert_eq!(location(&answer).split('?').next(), Some("/account/enrol"));
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_is_none_of_ours_is_answered_with_a_page() {
    let bed = TestSystem::start().await;
    let pages = Pages::of(&bed);
    for (path, status) in [
        ("/assets/%FF", StatusCode::NOT_FOUND),
        ("/link/%FF", StatusCode::NOT_FOUND),
        ("/sign-in/with/%FF", StatusCode::NOT_FOUND),
        ("/sign-in?note=nonsense", StatusCode::BAD_REQUEST),
        ("/sign-in/with/hospital?next=/a&next=/b", StatusCode::BAD_REQUEST),
        ("/sign-in/from/hospital?code=a&code=b", StatusCode::BAD_REQUEST),
    ] {
        let answer = pages.send(Method::GET, path, &[("accept-language", "it")], "").await;
        assert_eq!(answer.status(), status, "{path}");
        check_headers(&answer, path);
        assert!(answer.text().await.unwrap().contains("<html lang=\"it\">"), "{path}");
    }
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_a_session_that_is_over_stays_and_binds_nobody() {
    let bed = TestSystem::start().await;
    let pages = Pages::of(&bed);
    let trace = TraceId::make(&SystemRandom);
    let clinician = bed.accounts.of(Role::Clinician).unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    bed.system.accounts.set_password(&Author::Operator, clinician, &password, trace).await.unwrap();
    let over = format!("__Host-session={}", "A".repeat(43));
    let answer = pages.send(Method::GET, "/account", &[("cookie", &over)], "").await;
    assert!(location(&answer).starts_with("/sign-in"));
    assert_eq!(answer.headers().get(header::SET_COOKIE), None, "a second sending may be late");

    let (token, cookies) = pages.form("/sign-in", "").await;
    let body =
        format!("form_token={token}&email=clinician%40demo.example&password={}", PASSWORD.replace(' ', "+"));
    let ours = [("origin", ORIGIN), ("cookie", cookies.as_str())];
    let answer = pages.send(Method::POST, "/sign-in", &ours, &body).await;
    // Somebody left it there with a step to do; another comes to the sign-in page with a passkey of their own.
    let cookies = with(&cookies, &answer);
    let body = format!("form_token={token}");
    let ours = [("origin", ORIGIN), ("cookie", cookies.as_str())];
    let answer = pages.send(Method::POST, "/sign-in/passkey/options", &ours, &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("\"allowCredentials\":[]"), "any passkey");
    bed.stop().await;
}
