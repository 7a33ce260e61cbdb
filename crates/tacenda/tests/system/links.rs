//! What a search follows: `_include` and `_revinclude` bring what a plain look at every record says, chains find what two
//! searches find, and nobody is led to what they may not see.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{ApiRealm, Purpose, Role};

use crate::{common::TestSystem, ids::in_realm};

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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_included_is_what_a_plain_look_says() {
    let scene = Scene::make().await;
    let id = scene.id(0);
    // The search, the elements of a match that are followed, and to which types.
    type Forward<'a> = (&'a str, Vec<&'a str>, Option<&'a str>);
    let cases: Vec<Forward<'_>> = vec![
        ("_include=Observation:encounter", vec!["encounter"], None),
        (
            "_include=Observation:encounter&_include=Observation:performer",
            vec!["encounter", "performer"],
            None,
        ),
        ("_include=Observation:performer:Organization", vec!["performer"], Some("Organization")),
        ("_include=Observation:patient", vec!["subject"], None),
        ("_include=Observation:has-member", vec!["hasMember"], None),
        ("_include=Observation:specimen", vec![], None),
        ("_include=*", vec!["*"], None),
    ];
    for (query, elements, only) in cases {
        for (criterion, count) in [("", 200), ("", 7), ("&code=c-1", 4)] {
            let query = format!("Observation?patient={id}{criterion}&{query}&_count={count}");
            let pages = scene.pages(Role::Clinician, &query).await;
            for (matched, included) in &pages {
                let referred = matched.iter().flat_map(|name| {
                    elements.iter().flat_map(|element| references(&scene.all[name], element))
                });
                let referred = referred.filter(|name| only.is_none_or(|only| name.starts_with(only)));
                let expected: BTreeSet<String> = referred.filter(|name| !matched.contains(name)).collect();
                assert_eq!(included, &expected, "{query}");
                assert!(matched.len() <= count, "what is included is not counted");
            }
            let matched: usize = pages.iter().map(|(matched, _)| matched.len()).sum();
            assert_eq!(
                matched,
                if criterion.is_empty() { OBSERVATIONS } else { OBSERVATIONS / 3 },
                "{query}"
            );
        }
    }
    // The self link says it, and nothing that was searched for.
    let (_, page) = scene.test.get(Role::Clinician, &format!("/fhir/Observation?patient={id}&code=c-1&_include=Observation:encounter&patient.name=linkedone")).await;
    let own = page["link"][0]["url"].as_str().unwrap();
    assert!(own.contains("_include=Observation%3Aencounter") && own.contains("patient.name=&"), "{own}");
    assert!(!own.contains("c-1") && !own.contains("linked"), "{own}");
    scene.test.stop().await;
}

/// In an order, in part, and with what is referred to: each page has what its own matches refer to, as a whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sorted_and_shown_in_part_is_followed() {
    let scene = Scene::make().await;
    let follow = "_include=Observation:encounter&_include=Observation:performer";
    for (view, shown, hidden) in [
        ("", &["code", "effectiveDateTime"][..], &[][..]),
        ("&_elements=code", &["code"], &["effectiveDateTime", "subject"]),
        ("&_summary=true", &["code", "effectiveDateTime"], &[]),
        ("&_summary=data", &["code", "effectiveDateTime"], &[]),
    ] {
        for count in [200, 7] {
            let query =
                format!("Observation?patient={}&_sort=-date{view}&{follow}&_count={count}", scene.id(0));
            let (mut path, mut dates, mut followed) = (Some(format!("/fhir/{query}")), Vec::new(), 0);
            while let Some(asked) = path {
                let (status, page) = scene.test.get(Role::Clinician, &asked).await;
                assert_eq!(status, StatusCode::OK, "{query}: {page}");
                let (mut referred, mut included) = (BTreeSet::new(), BTreeSet::new());
                for entry in page["entry"].as_array().unwrap() {
                    let resource = &entry["resource"];
                    let url = entry["fullUrl"].as_str().unwrap();
                    let name = url.split_once("/fhir/").unwrap().1;
                    let whole = &scene.all[name];
                    if entry["search"]["mode"] == "include" {
                        assert_eq!(resource, whole, "{query}: what is included is whole");
                        assert!(included.insert(name.to_owned()), "{name} came twice");
                        continue;
                    }
                    dates.push(whole["effectiveDateTime"].to_string());
                    for element in shown.iter().chain(&["encounter", "performer"]) {
                        assert_eq!(resource.get(element), whole.get(element), "{query}: {element}");
                    }
                    for element in hidden {
                        assert_eq!(resource.get(element), None, "{query}: {element}");
                    }
                    referred.extend(
                        references(whole, "encounter").into_iter().chain(references(whole, "performer")),
                    );
                }
                assert_eq!(included, referred, "{query}");
                followed += included.len();
                let links = page["link"].as_array().unwrap();
                let next = links.iter().find(|link| link["relation"] == "next");
                path = next
                    .map(|next| next["url"].as_str().unwrap().split_once("/fhir/").unwrap().1)
                    .map(|rest| format!("/fhir/{rest}"));
            }
            assert_eq!((dates.len(), dates.is_sorted_by(|a, b| a >= b)), (OBSERVATIONS, true), "{query}");
            assert!(followed >= 5, "{query}");
        }
    }
    let texts = format!("/fhir/Observation?patient={}&_summary=text&_include=*", scene.id(0));
    assert_eq!(scene.test.get(Role::Clinician, &texts).await.0, StatusCode::BAD_REQUEST);
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_refers_to_a_match_is_what_a_plain_look_says() {
    let scene = Scene::make().await;
    let id = scene.id(0);
    type Back<'a> = (String, Vec<(&'a str, &'a str)>);
    let cases: Vec<Back<'_>> = vec![
        (
            format!("Encounter?patient={id}&_revinclude=Observation:encounter"),
            vec![("Observation", "encounter")],
        ),
        (
            format!(
                "Encounter?patient={id}&type=stay&_revinclude=Observation:encounter&_revinclude=Condition:encounter&_revinclude=Task:encounter"
            ),
            vec![("Observation", "encounter"), ("Condition", "encounter"), ("Task", "encounter")],
        ),
        (
            format!("Observation?patient={id}&_revinclude=Observation:has-member"),
            vec![("Observation", "hasMember")],
        ),
        (
            "Patient?name=linked&_revinclude=Observation:patient&_revinclude=Condition:subject".to_owned(),
            vec![("Observation", "subject"), ("Condition", "subject")],
        ),
        (format!("Patient?_id={id}&_revinclude=Encounter:patient"), vec![("Encounter", "subject")]),
        (
            "Practitioner?name=firsthand&_revinclude=PractitionerRole:practitioner".to_owned(),
            vec![("PractitionerRole", "practitioner")],
        ),
    ];
    for (query, followed) in cases {
        for count in [200, 1] {
            let query = format!("{query}&_count={count}");
            let mut found = 0;
            for (matched, included) in scene.pages(Role::Clinician, &query).await {
                let referring = followed.iter().flat_map(|(kind, element)| {
                    let matched = &matched;
                    scene.of_type(kind).filter(move |(_, one)| !references(one, element).is_disjoint(matched))
                });
                let expected: BTreeSet<String> =
                    referring.map(|(name, _)| name.clone()).filter(|name| !matched.contains(name)).collect();
                assert_eq!(included, expected, "{query}");
                found += included.len();
            }
            assert!(found > 0 || query.contains("has-member"), "{query} included nothing");
        }
    }
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technician_is_led_to_nothing_clinical() {
    let scene = Scene::make().await;
    scene
        .test
        .grant(&scene.patients[0], GrantKind::Assignment, Some(Role::Technician), Purpose::Operations)
        .await;
    let theirs = |name: &str| in_realm(&scene.test.root, name, ApiRealm::House);
    let patient = theirs(&scene.patients[0]);
    let id = patient.strip_prefix("Patient/").unwrap();
    let task = scene.of_type("Task").find(|(name, _)| scene.is_of(name, 0)).unwrap().0;
    let expected = BTreeSet::from([theirs(task)]);
    let owner = scene.of_type("Organization").next().unwrap().0;
    for (follow, with) in [
        ("_include=Task:encounter", vec![]),
        ("_include=Task:patient", vec![patient.clone()]),
        ("_include=*", vec![patient.clone(), theirs(owner)]),
        ("_include=Task:owner&_include=Task:encounter&_revinclude=Task:part-of", vec![theirs(owner)]),
    ] {
        let pages = scene.pages(Role::Technician, &format!("Task?patient={id}&{follow}")).await;
        assert_eq!(pages, [(expected.clone(), with.into_iter().collect())], "{follow}");
    }
    let (_, page) =
        scene.test.get(Role::Technician, &format!("/fhir/Task?patient={id}&_include=Task:patient")).await;
    assert!(
        !page.to_string().contains("1970-01-02"),
        "the Patient is the half that a technician sees: {page}"
    );
    let (_, found) = scene
        .test
        .get(
            Role::Technician,
            &format!("/fhir/Patient?_id={id}&_revinclude=Observation:patient&_revinclude=Task:patient"),
        )
        .await;
    let kinds: Vec<&Value> =
        found["entry"].as_array().unwrap().iter().map(|one| &one["resource"]["resourceType"]).collect();
    assert_eq!(kinds, ["Patient", "Task"]);
    // Nor does a chain say what they may not see.
    let (status, outcome) =
        scene.test.get(Role::Technician, &format!("/fhir/Task?patient={id}&encounter.type=stay")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{outcome}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_finds_what_two_searches_find() {
    let scene = Scene::make().await;
    let id = scene.id(1);
    let whole = scene.matched(&format!("Observation?patient={id}")).await;
    assert_eq!(whole.len(), OBSERVATIONS);
    for chain in [
        "patient.identifier=urn:linked|l-1",
        "patient.name=linkedtwo",
        "subject:Patient.name=linkedtwo&patient.birthdate=1970-01-02",
        "patient.identifier=l-1&patient.birthdate=1970",
    ] {
        assert_eq!(scene.matched(&format!("Observation?{chain}&_count=11")).await, whole, "{chain}");
    }
    for (chain, inner, outer) in [
        ("encounter.type=stay".to_owned(), format!("Encounter?patient={id}&type=stay"), "encounter"),
        (
            "encounter:Encounter.status=finished".to_owned(),
            format!("Encounter?patient={id}&status=finished"),
            "encounter",
        ),
        (
            "performer:Practitioner.identifier=p-1".to_owned(),
            "Practitioner?identifier=p-1".to_owned(),
            "performer",
        ),
        (
            "performer:Practitioner.name=second,first".to_owned(),
            "Practitioner?name=second,first".to_owned(),
            "performer",
        ),
        ("performer:Organization.name=hosp".to_owned(), "Organization?name=hosp".to_owned(), "performer"),
    ] {
        let inner: Vec<String> = scene.matched(&inner).await.into_iter().collect();
        let two = scene.matched(&format!("Observation?patient={id}&{outer}={}", inner.join(","))).await;
        assert!(!two.is_empty() && two.len() < OBSERVATIONS, "{chain}");
        assert_eq!(
            scene.matched(&format!("Observation?patient={id}&{chain}&_count=4")).await,
            two,
            "{chain}"
        );
        assert_eq!(
            scene.matched(&format!("Observation?patient.identifier=l-1&{chain}")).await,
            two,
            "{chain}"
        );
    }
    for nothing in ["patient.identifier=nobody", "patient.identifier=l-1&encounter.type=none"] {
        assert!(scene.matched(&format!("Observation?{nothing}")).await.is_empty(), "{nothing}");
    }
    let (status, outcome) = scene.test.get(Role::Clinician, "/fhir/Observation?patient.name=linked").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(outcome["issue"][0]["diagnostics"].as_str().unwrap().contains("several patients"), "{outcome}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_match_comes_from_can_come_with_it() {
    let scene = Scene::make().await;
    let id = scene.id(0);
    for (query, kind) in [
        (format!("Encounter?patient={id}&_revinclude=Provenance:target"), "Encounter"),
        (format!("Patient?_id={id}&_revinclude=Provenance:patient"), "Patient"),
    ] {
        let (status, page) = scene.test.get(Role::Clinician, &format!("/fhir/{query}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let entries = page["entry"].as_array().unwrap();
        let targets = entries.iter().filter(|one| one["search"]["mode"] == "include").map(|one| {
            assert_eq!(one["resource"]["resourceType"], "Provenance");
            one["resource"]["target"][0]["reference"].as_str().unwrap().to_owned()
        });
        let written = scene.of_type(kind).filter(|(name, _)| scene.is_of(name, 0));
        let written: BTreeSet<String> = written.map(|(name, _)| format!("{name}/_history/1")).collect();
        assert_eq!(targets.collect::<BTreeSet<_>>(), written, "{query}");
    }
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_to_too_much_is_refused() {
    let test = TestSystem::start().await;
    let subject = json!({"reference": "urn:uuid:0"});
    let mut entries =
        vec![entry("urn:uuid:0".to_owned(), json!({"resourceType": "Patient", "active": true}))];
    for number in 0..201 {
        entries.push(entry(
            format!("urn:uuid:e{number}"),
            json!({"resourceType": "Encounter", "status": "finished",
            "class": {"code": "AMB"}, "subject": subject}),
        ));
    }
    for number in 0..1_001 {
        entries.push(entry(format!("urn:uuid:o{number}"), json!({"resourceType": "Observation", "status": "final",
            "code": {"text": "x"}, "subject": subject, "encounter": {"reference": format!("urn:uuid:e{}", number % 201)}})));
    }
    let ids = test.enrol(&json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})).await;
    test.care(&ids[0]).await;
    let id = ids[0].strip_prefix("Patient/").unwrap();
    for (query, status) in [
        (format!("Patient?_id={id}&_revinclude=Observation:patient"), StatusCode::BAD_REQUEST),
        (format!("Encounter?patient={id}&_count=100&_revinclude=Observation:encounter"), StatusCode::OK),
        (format!("Observation?patient={id}&encounter.status=finished"), StatusCode::BAD_REQUEST),
    ] {
        let (found, outcome) = test.get(Role::Clinician, &format!("/fhir/{query}")).await;
        assert_eq!(found, status, "{query}: {outcome}");
        if status == StatusCode::BAD_REQUEST {
            assert_eq!(outcome["issue"][0]["code"], "too-costly", "{query}: {outcome}");
        }
    }
    test.stop().await;
}
