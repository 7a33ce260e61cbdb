//! What a search follows: `_include` and `_revinclude` bring what a plain look at every record says, chains find what two
//! searches find, and nobody is led to what they may not see.

mod chains;
mod include;
mod revinclude;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::Role;

use crate::common::TestSystem;

const OBSERVATIONS: usize = 30;

struct Scene {
    test: TestSystem,
    /// Two patients whose family names begin alike, `Patient/id`.
    patients: [String; 2],
    /// Every record of both and of the directory, by `Type/id`.
    all: BTreeMap<String, Value>,
}

fn entry(url: String, resource: Value) -> Value {
    let kind = resource["resourceType"].clone();
    json!({"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": kind}})
}

/// A patient whose observations are of two encounters, and of two people and an organization.
fn bundle(number: usize, directory: &[String]) -> Value {
    let subject = || json!({"reference": "urn:uuid:0"});
    let patient = json!({"resourceType": "Patient", "birthDate": "1970-01-02",
        "name": [{"family": format!("Linked{}", ["one", "two"][number])}],
        "identifier": [{"system": "urn:linked", "value": format!("l-{number}")}],
        "generalPractitioner": [{"reference": directory[0]}]});
    let mut entries = vec![entry("urn:uuid:0".to_owned(), patient)];
    for (place, kind) in ["visit", "stay"].into_iter().enumerate() {
        entries.push(entry(
            format!("urn:uuid:e{place}"),
            json!({"resourceType": "Encounter", "status": "finished",
            "class": {"code": "AMB"}, "subject": subject(), "type": [{"coding": [{"code": kind}]}],
            "serviceProvider": {"reference": directory[2]}}),
        ));
    }
    for place in 0..OBSERVATIONS {
        let mut one = json!({"resourceType": "Observation", "status": "final", "subject": subject(),
            "code": {"coding": [{"system": "urn:codes", "code": format!("c-{}", place % 3)}]}});
        one["effectiveDateTime"] = json!(format!("2026-01-{:02}", 1 + (place * 11) % 28));
        if place % 4 != 0 {
            one["encounter"] = json!({"reference": format!("urn:uuid:e{}", place % 2)});
        }
        one["performer"] = json!([{"reference": directory[place % 3]}]);
        if place == 7 {
            one["hasMember"] = json!([{"reference": "urn:uuid:o3"}, {"reference": "urn:uuid:o4"}]);
        }
        entries.push(entry(format!("urn:uuid:o{place}"), one));
    }
    let code = json!({"coding": [{"code": "ill"}]});
    entries.push(entry(
        "urn:uuid:c".to_owned(),
        json!({"resourceType": "Condition", "subject": subject(), "code": code,
        "encounter": {"reference": "urn:uuid:e1"}}),
    ));
    entries.push(entry(
        "urn:uuid:t".to_owned(),
        json!({"resourceType": "Task", "status": "requested", "intent": "order",
        "for": subject(), "encounter": {"reference": "urn:uuid:e1"}, "owner": {"reference": directory[2]}}),
    ));
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

impl Scene {
    async fn make() -> Self {
        let test = TestSystem::start().await;
        let mut directory = Vec::new();
        for resource in [
            json!({"resourceType": "Practitioner", "name": [{"family": "Firsthand"}],
                "identifier": [{"system": "urn:staff", "value": "p-1"}]}),
            json!({"resourceType": "Practitioner", "name": [{"family": "Secondhand"}]}),
            json!({"resourceType": "Organization", "name": "A hospital"}),
        ] {
            directory.push(create(&test, &resource).await);
        }
        let role = json!({"resourceType": "PractitionerRole", "practitioner": {"reference": directory[0]},
            "organization": {"reference": directory[2]}});
        directory.push(create(&test, &role).await);
        let mut names = directory.clone();
        let mut patients = Vec::new();
        for number in 0..2 {
            let ids = test.enrol(&bundle(number, &directory)).await;
            test.care(&ids[0]).await;
            patients.push(ids[0].clone());
            names.extend(ids);
        }
        let mut all = BTreeMap::new();
        for name in names {
            let (status, read) = test.get(Role::Application, &format!("/fhir/{name}")).await;
            assert_eq!(status, StatusCode::OK, "{read}");
            all.insert(name, read);
        }
        Self { test, patients: patients.try_into().unwrap(), all }
    }

    fn id(&self, patient: usize) -> &str {
        self.patients[patient].strip_prefix("Patient/").unwrap()
    }

    /// Whose a record is.
    fn is_of(&self, name: &str, patient: usize) -> bool {
        name == self.patients[patient]
            || name.split('/').nth(1).unwrap().starts_with(&format!("{}-", self.id(patient)))
    }

    /// Every page: what matched, and what came with it.
    async fn pages(&self, role: Role, query: &str) -> Vec<(BTreeSet<String>, BTreeSet<String>)> {
        let (mut path, mut pages) = (format!("/fhir/{query}"), Vec::new());
        for _ in 0..50 {
            let (status, page) = self.test.get(role, &path).await;
            assert_eq!(status, StatusCode::OK, "{query}: {page}");
            let (mut matched, mut included) = (BTreeSet::new(), BTreeSet::new());
            for entry in page["entry"].as_array().into_iter().flatten() {
                let resource = &entry["resource"];
                let name = format!(
                    "{}/{}",
                    resource["resourceType"].as_str().unwrap(),
                    resource["id"].as_str().unwrap()
                );
                assert!(entry["fullUrl"].as_str().unwrap().ends_with(&format!("/fhir/{name}")), "{entry}");
                if role == Role::Clinician {
                    assert_eq!(Some(resource), self.all.get(&name), "{query}");
                }
                let into = if entry["search"]["mode"] == "match" { &mut matched } else { &mut included };
                assert!(into.insert(name), "{query}: {entry} came twice");
            }
            assert!(matched.is_disjoint(&included), "{query}");
            pages.push((matched, included));
            let links = page["link"].as_array().unwrap();
            let Some(next) = links.iter().find(|link| link["relation"] == "next") else { return pages };
            let next = next["url"].as_str().unwrap();
            path = next.split_once("/fhir/").map(|(_, rest)| format!("/fhir/{rest}")).unwrap();
        }
        panic!("{query} has no end");
    }

    async fn matched(&self, query: &str) -> BTreeSet<String> {
        self.pages(Role::Clinician, query).await.into_iter().flat_map(|(matched, _)| matched).collect()
    }

    fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.all.iter().filter(move |(_, resource)| resource["resourceType"] == kind)
    }
}

async fn create(test: &TestSystem, resource: &Value) -> String {
    let kind = resource["resourceType"].as_str().unwrap();
    let (status, made) = test.send(Role::Application, Method::POST, &format!("/fhir/{kind}"), resource).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    format!("{kind}/{}", made["id"].as_str().unwrap())
}

/// The references at an element, or below any.
fn references(value: &Value, element: &str) -> BTreeSet<String> {
    fn all(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| all(item, found)),
            Value::Object(members) => {
                found.extend(members.get("reference").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|inner| all(inner, found));
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    all(if element == "*" { value } else { &value[element] }, &mut found);
    found
}
