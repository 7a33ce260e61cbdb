//! The OpenAPI document is true: what it lists is served and nothing else, and its examples run as they are.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode, header};
use serde_json::{Map, Value};

use crate::bed::Bed;

/// Every operation: its path, its method, and what is said of it.
fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(m, said)| (path, m, said)))
        .collect()
}

/// A path in which something stands for every parameter.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{type}" => "Observation",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_has_the_methods_that_are_documented_and_no_other() {
    let bed = Bed::start().await;
    let document = bed.document().await;
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, _) in operations(&document) {
        documented.entry(filled(path)).or_default().insert(method.to_uppercase());
    }
    // A search is documented once for each type, beside what all types have.
    let of_all = documented["/fhir/Observation"].clone();
    for (path, methods) in &mut documented {
        if path
            .strip_prefix("/fhir/")
            .is_some_and(|rest| rest.starts_with(char::is_uppercase) && !rest.contains('/'))
        {
            methods.extend(of_all.iter().cloned());
        }
    }
    for (path, methods) in documented {
        let refused = bed.request("PURGE".parse().unwrap(), &path).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{path} is documented and not served");
        let allowed = refused.headers()[header::ALLOW].to_str().unwrap().split(',').map(str::to_owned);
        let allowed: BTreeSet<String> = allowed.filter(|method| method != "HEAD").collect();
        assert_eq!(allowed, methods, "{path}");
    }
    bed.stop().await;
}

/// Sends an example, and holds that all went well.
async fn run(bed: &Bed, method: &str, path: &str, said: &Value, body: Option<(&str, String)>) -> Value {
    let mut request = bed.request(method.parse::<Method>().unwrap(), path);
    if said["security"].as_array().is_some_and(|ways| !ways.is_empty()) {
        request = request.bearer_auth(bed.token().await);
    }
    if let Some((media, text)) = body {
        request = request.header(header::CONTENT_TYPE, media).body(text);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{method} {path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// Lines of a description such as `GET /fhir/Patient?name=mar`.
fn lines(said: &Value) -> impl Iterator<Item = (&str, &str)> {
    let spans = said["description"].as_str().unwrap_or_default().split('`').skip(1).step_by(2);
    spans.filter_map(|span| {
        span.split_once(' ').filter(|(method, path)| *method == "GET" && path.starts_with('/'))
    })
}

fn examples(content: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let examples = content["examples"].as_object().map(Map::iter).into_iter().flatten();
    examples.map(|(name, example)| (name, &example["value"]))
}

fn as_form(value: &Value) -> String {
    let fields = value.as_object().unwrap().iter();
    let fields = fields.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let url = reqwest::Url::parse_with_params("http://x/", fields).unwrap();
    url.query().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_runs_as_it_is() {
    let bed = Bed::start().await;
    let document = bed.document().await;
    let mut run_so_far = 0;
    for (path, method, said) in operations(&document) {
        let contents = said["requestBody"]["content"].as_object().map(Map::iter).into_iter().flatten();
        for (media, content) in contents {
            for (name, value) in examples(content) {
                // An example of what all types have is named after its type.
                let path = path.replace("{type}", name);
                let form = media.ends_with("urlencoded");
                let body = if form { as_form(value) } else { value.to_string() };
                let answer = run(&bed, &method.to_uppercase(), &path, said, Some((media, body))).await;
                for entry in answer["entry"].as_array().into_iter().flatten() {
                    let status = entry["response"]["status"].as_str().unwrap_or("200");
                    assert!(status.starts_with('2'), "{path} {name}: {answer}");
                }
                assert!(!form || answer["entry"].is_array(), "{path} {name} finds nothing: {answer}");
                run_so_far += 1;
            }
        }
        for (method, path) in lines(said) {
            let answer = run(&bed, method, path, said, None).await;
            let found = answer["resourceType"] != "Bundle" || answer["entry"].is_array();
            assert!(found, "{path} finds nothing: {answer}");
            run_so_far += 1;
        }
    }
    assert!(run_so_far > 15, "examples were not found");
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scopes_it_names_are_those_that_are_given() {
    let bed = Bed::start().await;
    let (document, discovery) = (bed.document().await, bed.get("/.well-known/openid-configuration").await);
    let supported: Vec<&str> = discovery["scopes_supported"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| scope.as_str().unwrap())
        .collect();
    let flows = document["components"]["securitySchemes"]["oauth2"]["flows"].as_object().unwrap();
    for (name, flow) in flows {
        for scope in flow["scopes"].as_object().unwrap().keys() {
            assert!(supported.contains(&scope.as_str()), "{name}: {scope}");
        }
        for (member, field) in
            [("tokenUrl", "token_endpoint"), ("authorizationUrl", "authorization_endpoint")]
        {
            let Some(url) = flow[member].as_str() else { continue };
            assert_eq!(format!("{}{url}", bed.origin), discovery[field].as_str().unwrap());
        }
    }
    bed.stop().await;
}
