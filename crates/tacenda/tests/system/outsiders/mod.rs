//! Every endpoint as nobody, as the wrong role, and about somebody else; and what the ledger says of it.

mod nobody;
mod others;
mod roles;

use std::collections::BTreeSet;

use reqwest::Method;
use tacenda_kernel::Action;

/// Whoever asks gets an answer: nothing here is about anybody.
pub(crate) const PUBLIC: [(&str, &str); 19] = [
    ("GET", "/health/live"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/openid-configuration"),
    ("GET", "/.well-known/smart-configuration"),
    ("GET", "/fhir/.well-known/smart-configuration"),
    ("GET", "/oauth/jwks"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("POST", "/oauth/introspect"),
    ("GET", "/oauth/userinfo"),
    ("POST", "/oauth/userinfo"),
    ("GET", "/oauth/logout"),
    ("POST", "/oauth/logout"),
    ("POST", "/oauth/backchannel-logout/{provider}"),
    ("GET", "/fhir/metadata"),
    ("GET", "/fhir/OperationDefinition/{id}"),
    ("GET", "/docs"),
    ("GET", "/docs/openapi.json"),
    ("GET", "/docs/{file}"),
];

pub(crate) const PROTECTED: [(&str, &str); 21] = [
    ("POST", "/fhir"),
    ("POST", "/fhir/"),
    ("GET", "/fhir/{type}"),
    ("POST", "/fhir/{type}"),
    ("PUT", "/fhir/{type}"),
    ("PATCH", "/fhir/{type}"),
    ("DELETE", "/fhir/{type}"),
    ("POST", "/fhir/{type}/_search"),
    ("GET", "/fhir/{type}/_history"),
    ("GET", "/fhir/{type}/{id}"),
    ("PUT", "/fhir/{type}/{id}"),
    ("PATCH", "/fhir/{type}/{id}"),
    ("DELETE", "/fhir/{type}/{id}"),
    ("POST", "/fhir/{type}/{id}/$restore"),
    ("GET", "/fhir/{type}/{id}/$diff"),
    ("GET", "/fhir/{type}/{id}/_history"),
    ("GET", "/fhir/{type}/{id}/_history/{version}"),
    ("POST", "/fhir/Patient/{id}/$erase"),
    ("GET", "/fhir/Patient/{id}/$everything"),
    ("POST", "/fhir/Patient/{id}/$everything"),
    ("GET", "/fhir/AuditEvent/{id}/$proof"),
];

const ROUTER: &str = include_str!("../../../../gateway/src/router.rs");

#[test]
fn the_tables_name_every_route_of_the_router() {
    let mut routes = BTreeSet::new();
    for line in ROUTER.lines() {
        let Some((method, rest)) = line.trim().split_once("(\"/") else { continue };
        assert!(["get", "post", "put", "patch", "delete"].contains(&method), "{line}");
        let path = rest.split('"').next().unwrap();
        routes.insert((method.to_uppercase(), format!("/{path}")));
    }
    let known =
        PUBLIC.iter().chain(&PROTECTED).map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(routes, known.collect());
}

/// A request that is for certain compartments.
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) content_type: &'static str,
    pub(super) body: String,
    pub(super) action: Action,
    pub(super) compartments: &'static [&'static str],
}

fn of_type<'a>(ids: &'a [String], kind: &str) -> &'a str {
    ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap()
}
