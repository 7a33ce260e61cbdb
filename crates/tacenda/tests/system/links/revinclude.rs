//! `_revinclude`: what refers to the matches; and what a role does not see is not followed.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::Value;
use tacenda_contracts::keystore::GrantKind;
use tacenda_kernel::{ApiRealm, Purpose, Role};

use super::{Scene, references};
use crate::ids::in_realm;

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
    let theirs = |name: &str| in_realm(&scene.test.keys, name, ApiRealm::House);
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
