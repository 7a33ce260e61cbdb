//! What browsers are told of pages of other origins (CORS), at every endpoint and page.

use reqwest::{Method, Response, StatusCode};
use tacenda_accounts::Author;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Role, TraceId};

use crate::{common::TestSystem, outsiders, pages};

const OWN: &str = "https://app.example";
const ALLOWED: &str = "access-control-allow-origin";

/// Asks as the browser of a page of the origin does; before it does, where `method` is `OPTIONS`.
async fn ask(bed: &TestSystem, method: &Method, path: &str, origin: &str) -> Response {
    let request = bed.request(method.clone(), path).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    request.header("access-control-request-headers", "authorization,x-own").send().await.unwrap()
}

fn told<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn concrete(path: &str) -> String {
    let path = path.replace("{type}", "Observation").replace("{version}", "1").replace("{id}", "1");
    path.replace("{file}", "openapi.json").replace("{provider}", "x")
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_read_what_is_for_them() {
    let bed = TestSystem::start().await;
    let at_home = "http://127.0.0.1/cb";
    let application = bed.application("app", &["https://app.example/callback?x=1", at_home]).await;
    let endpoints = outsiders::PROTECTED.iter().chain(&outsiders::PUBLIC);
    let mut read_by_strangers = Vec::new();
    for (method, path) in endpoints.map(|(method, path)| (method.parse().unwrap(), concrete(path))) {
        for origin in [OWN, "http://127.0.0.1:4000"] {
            let (before, answer) =
                (ask(&bed, &Method::OPTIONS, &path, origin).await, ask(&bed, &method, &path, origin).await);
            let allowed = told(&answer, ALLOWED).to_owned();
            assert_eq!(told(&before, ALLOWED), allowed, "{method} {path}");
            assert!(["", "*", origin].contains(&allowed.as_str()), "{method} {path}: {allowed}");
            if !allowed.is_empty() {
                assert_eq!(before.status(), StatusCode::OK, "{path}");
                assert!(told(&before, "access-control-allow-methods").contains(method.as_str()), "{path}");
                assert_eq!(told(&before, "access-control-allow-headers"), "authorization,x-own");
                assert!(told(&answer, "access-control-expose-headers").contains("etag"), "{path}");
                assert!(told(&answer, "vary").contains("origin"), "{path}");
            }
            for answer in [before, answer] {
                assert_eq!(told(&answer, "access-control-allow-credentials"), "", "{path}");
                assert!(told(&answer, "x-content-type-options") == "nosniff", "{path}");
            }
        }
        for strange in STRANGE {
            let answer = ask(&bed, &method, &path, strange).await;
            assert!(["", "*"].contains(&told(&answer, ALLOWED)), "{method} {path} {strange}");
            if told(&answer, ALLOWED) == "*" {
                assert_eq!(told(&answer, "set-cookie"), "");
                read_by_strangers.push(path.clone());
            }
        }
    }
    read_by_strangers.dedup();
    assert_eq!(read_by_strangers, PUBLIC);
    for (method, path) in pages::routes() {
        let path = path.replace("{id}", "x").replace("{act}", "suspend");
        for method in [method, Method::OPTIONS] {
            let answer = ask(&bed, &method, &path, OWN).await;
            assert_eq!(told(&answer, ALLOWED), "", "{method} {path}");
        }
    }
    // What no endpoint is, and what is refused, can be read, too.
    let unknown = ask(&bed, &Method::GET, "/fhir/Nothing/at/all/of/it", OWN).await;
    assert_eq!((unknown.status(), told(&unknown, ALLOWED)), (StatusCode::NOT_FOUND, OWN));
    assert_eq!(told(&unknown, "content-type"), "application/fhir+json");
    // A disabled application has no pages.
    let trace = TraceId::make(&SystemRandom);
    bed.system.accounts.suspend(&Author::Operator, application, trace).await.unwrap();
    let gone = async || told(&ask(&bed, &Method::OPTIONS, "/oauth/token", OWN).await, ALLOWED).is_empty();
    tokio::time::timeout(std::time::Duration::from_secs(30), async {
        while !gone().await {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_seen_to_five_seconds_after_it_was_registered() {
    let bed = TestSystem::start().await;
    assert_eq!(told(&ask(&bed, &Method::OPTIONS, "/fhir/Patient", OWN).await, ALLOWED), "");
    bed.application("app", &["https://app.example/callback"]).await;
    let there = async || told(&ask(&bed, &Method::OPTIONS, "/fhir/Patient", OWN).await, ALLOWED) == OWN;
    tokio::time::timeout(std::time::Duration::from_secs(30), async {
        while !there().await {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    })
    .await
    .unwrap();
    let token = bed.token(Role::Clinician).await;
    let read = bed.request(Method::GET, "/fhir/Patient").bearer_auth(token).header("origin", OWN);
    let answer = read.send().await.unwrap();
    assert_eq!((answer.status(), told(&answer, ALLOWED)), (StatusCode::OK, OWN));
    bed.stop().await;
}

/// Origins that no application has, and what is none.
const STRANGE: [&str; 9] = [
    "https://evil.example",
    "http://app.example",
    "https://app.example:8443",
    "https://app.example.evil.example",
    "https://evilapp.example",
    "https://127.0.0.1",
    "http://localhost",
    "null",
    "chrome-extension://app.example",
];

/// What is the same for everybody.
const PUBLIC: [&str; 8] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/smart-configuration",
    "/fhir/.well-known/smart-configuration",
    "/oauth/jwks",
    "/fhir/metadata",
    "/fhir/OperationDefinition/1",
    "/docs/openapi.json",
];
