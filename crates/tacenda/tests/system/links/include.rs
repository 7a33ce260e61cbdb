//! `_include`: what the matches refer to.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use tacenda_kernel::Role;

use super::{OBSERVATIONS, Scene, references};

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
