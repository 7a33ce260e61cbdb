//! Real-shaped input: every resource of the Synthea bundles is read back as it was sent.

use std::{collections::HashMap, fs, path::PathBuf};

use futures::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;

use crate::common::TestSystem;

const AT_ONCE: usize = 8;

pub(crate) fn folder() -> PathBuf {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    std::env::var_os("TACENDA_SHARED").map_or_else(beside, PathBuf::from).join("synthea")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_resource_of_synthea_is_read_back_as_it_was_sent() {
    let Ok(files) = fs::read_dir(folder()) else {
        eprintln!("left out: there is no folder {}; set TACENDA_SHARED", folder().display());
        return;
    };
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let test = TestSystem::start().await;
    let (mut bundles, mut resources) = (0, 0);
    for file in files {
        let bundle: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        resources += read_back(&test, &bundle, &file.file_name().unwrap().to_string_lossy()).await;
        bundles += 1;
    }
    assert_eq!((bundles, resources), (28, 7_453));
    test.stop().await;
}

/// Sends one bundle and compares each of its resources with what is read; how many there were.
async fn read_back(test: &TestSystem, bundle: &Value, file: &str) -> usize {
    let token = test.token(Role::Application).await;
    let request = test.request(Method::POST, "/fhir").bearer_auth(&token);
    let request = request.header("content-type", "application/fhir+json").body(bundle.to_string());
    let (status, done) = crate::common::answer(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{file}: {done}");
    let sent = bundle["entry"].as_array().unwrap();
    let made = done["entry"].as_array().unwrap();
    assert_eq!(sent.len(), made.len(), "{file}");
    let types: HashMap<&str, &str> = sent
        .iter()
        .map(|entry| {
            (entry["fullUrl"].as_str().unwrap(), entry["resource"]["resourceType"].as_str().unwrap())
        })
        .collect();
    let (token, types) = (&token, &types);
    let checks = sent.iter().zip(made).enumerate().map(|(index, (sent, made))| async move {
        assert_eq!(made["response"]["status"], "201 Created", "{file} entry {index}");
        let location = made["response"]["location"].as_str().unwrap().split("/_history").next().unwrap();
        let request = test.request(Method::GET, &format!("/fhir/{location}")).bearer_auth(token);
        let (status, read) = crate::common::answer(request.send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{file} entry {index}: {location}");
        assert_eq!(
            location,
            format!("{}/{}", read["resourceType"].as_str().unwrap(), read["id"].as_str().unwrap())
        );
        let (sent, read) = (compared(&sent["resource"], types), compared(&read, types));
        assert!(sent == read, "{file} entry {index}:\nsent {sent}\nread {read}");
    });
    stream::iter(checks).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await.len()
}

/// The resource without id and meta, and each reference with the type of what it points at in place of its id.
fn compared(resource: &Value, types: &HashMap<&str, &str>) -> Value {
    let mut resource = resource.clone();
    let members = resource.as_object_mut().unwrap();
    members.shift_remove("id");
    members.shift_remove("meta");
    references(&mut resource, types);
    resource
}

fn references(value: &mut Value, types: &HashMap<&str, &str>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| references(item, types)),
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("reference") {
                let of_type = match reference.split_once('/') {
                    _ if reference.starts_with('#') => reference.clone(),
                    Some((kind, _)) => kind.to_owned(),
                    None => types[reference.as_str()].to_owned(),
                };
                if of_type == "Patient" {
                    // Beside a reference to the patient nothing is kept that says who they are.
                    members.shift_remove("display");
                }
                members.insert("reference".to_owned(), json!(of_type));
            }
            members.values_mut().for_each(|inner| references(inner, types));
        }
        _ => {}
    }
}
