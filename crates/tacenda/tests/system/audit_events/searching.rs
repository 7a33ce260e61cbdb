//! What is searched for, and how it goes on.

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::Value;
use tacenda_kernel::Role;
use tacenda_testkit::MockClock;

use super::{Scene, number, of_type, position};
use crate::common::TestSystem;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_is_what_a_plain_look_finds() {
    let scene = Scene::make().await;
    let (patient, condition) = (number(&scene.ids), of_type(&scene.ids, "Condition"));
    for path in [format!("/fhir/{condition}"), format!("/fhir/Condition?patient={patient}")] {
        scene.get(Role::Clinician, &path).await;
    }
    scene.get(Role::Clinician, &format!("/fhir/AuditEvent?patient={patient}")).await;
    let all = scene.events(Role::SecurityOfficer, &format!("?patient={patient}")).await;
    let newest = position(&all[0]);
    assert!(all.windows(2).all(|pair| position(&pair[0]) > position(&pair[1])), "newest first");
    let middle = all[all.len() / 2]["recorded"].as_str().unwrap().to_owned();
    let clinician = format!("urn:uuid:{}", scene.test.accounts.of(Role::Clinician).unwrap());
    let year = &middle[..4];
    let refers = |event: &Value, to: &str| {
        event["entity"].as_array().into_iter().flatten().any(|entity| entity["what"]["reference"] == to)
    };
    let recorded = |event: &Value| event["recorded"].as_str().unwrap().to_owned();
    type Plain<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let cases: Vec<(String, Plain<'_>)> = vec![
        ("action=R".to_owned(), Box::new(|event| event["action"] == "R")),
        ("action:not=R".to_owned(), Box::new(|event| event["action"] != "R")),
        ("action=C,D".to_owned(), Box::new(|event| event["action"] == "C" || event["action"] == "D")),
        ("subtype=read".to_owned(), Box::new(|event| event["subtype"][0]["code"] == "read")),
        (
            "subtype=urn:tacenda:event|create".to_owned(),
            Box::new(|event| event["subtype"][1]["code"] == "create"),
        ),
        ("type=rest".to_owned(), Box::new(|event| event["type"]["code"] == "rest")),
        ("outcome=0".to_owned(), Box::new(|event| event["outcome"] == "0")),
        ("outcome=4".to_owned(), Box::new(|event| event["outcome"] == "4")),
        (
            format!("agent={clinician}"),
            Box::new(|event| event["agent"][0]["who"]["identifier"]["value"] == clinician),
        ),
        (
            "agent-role=clinician".to_owned(),
            Box::new(|event| event["agent"][0]["role"][0]["coding"][0]["code"] == "clinician"),
        ),
        (format!("entity={condition}"), Box::new(|event| refers(event, condition))),
        (format!("entity=https://tacenda.test/fhir/{condition}"), Box::new(|event| refers(event, condition))),
        (
            "entity-role=24".to_owned(),
            Box::new(|event| event["action"] == "E" && event["type"]["code"] == "rest"),
        ),
        (format!("date=ge{middle}"), Box::new(|event| recorded(event) >= middle)),
        (format!("date=lt{middle}"), Box::new(|event| recorded(event) < middle)),
        (format!("date={year}"), Box::new(|_| true)),
        (format!("date=ne{year}"), Box::new(|_| false)),
        ("date=lt2020".to_owned(), Box::new(|_| false)),
        ("date=gt2100-01-01".to_owned(), Box::new(|_| false)),
        ("date=sa2020-01-01&date=eb2100-01-01&action=R".to_owned(), Box::new(|event| event["action"] == "R")),
        (format!("_id={}", all[3]["id"].as_str().unwrap()), Box::new(|event| event["id"] == all[3]["id"])),
    ];
    for (query, plain) in &cases {
        let found = scene.events(Role::SecurityOfficer, &format!("?patient={patient}&{query}")).await;
        let found = found.into_iter().filter(|event| position(event) <= newest);
        let expected: Vec<&Value> = all.iter().filter(|event| plain(event)).collect();
        assert_eq!(found.collect::<Vec<_>>(), expected.into_iter().cloned().collect::<Vec<_>>(), "{query}");
    }
    // A record says whose log it is.
    let of_record = scene.events(Role::SecurityOfficer, &format!("?entity={condition}")).await;
    let of_record = of_record.into_iter().filter(|event| position(event) <= newest).collect::<Vec<_>>();
    assert_eq!(of_record, all.iter().filter(|event| refers(event, condition)).cloned().collect::<Vec<_>>());
    let found =
        |query: &str| cases.iter().any(|(asked, plain)| asked.starts_with(query) && all.iter().any(plain));
    for query in ["action=R", "outcome=4", "agent=", "entity=", "entity-role", "date=lt", "subtype=read"] {
        assert!(found(query), "{query} finds nothing, so it shows nothing");
    }
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_to_the_whole_while_the_log_grows() {
    let scene = Scene::make().await;
    let patient = number(&scene.ids);
    let all = scene.events(Role::SecurityOfficer, &format!("?patient={patient}")).await;
    let newest = position(&all[0]);
    for count in [1, 7, 200] {
        // Each page is itself in the log, and none is found twice or left out for that.
        let paged = scene.events(Role::SecurityOfficer, &format!("?patient={patient}&_count={count}")).await;
        let unique: BTreeSet<u64> = paged.iter().map(position).collect();
        assert_eq!(unique.len(), paged.len());
        let old: Vec<&Value> = paged.iter().filter(|event| position(event) <= newest).collect();
        assert_eq!(old, all.iter().collect::<Vec<_>>(), "{count}");
    }
    let (_, _, page) =
        scene.get(Role::SecurityOfficer, &format!("/fhir/AuditEvent?patient={patient}&_count=2")).await;
    let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    let next = next["url"].as_str().unwrap().split_once("/fhir/").unwrap().1;
    assert!(!next.contains(patient), "nothing of the question is in a link");
    let (_, status, _) = scene.get(Role::Patient, &format!("/fhir/{next}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a cursor is its owner's");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_questions_are_refused_by_the_parameters_name() {
    let scene = Scene::make().await;
    let patient = number(&scene.ids);
    for (query, name) in [
        ("date=yesterdayish", "date"),
        ("date=ge2026-13-01", "date"),
        ("action=", "action"),
        ("subtype=", "subtype"),
        ("agent=!!nonsense", "agent"),
        ("entity=Nothing/nonsense", "entity"),
        ("outcome:contains=4", "outcome"),
        ("_count=0", "_count"),
        ("_count=many-nonsense", "_count"),
        ("_cursor=nonsense", "_cursor"),
        ("_id=non%20sense", "_id"),
        ("patient=non%20sense", "patient"),
        ("address=nonsense", "address"),
    ] {
        for path in [format!("?{query}"), format!("?patient={patient}&{query}")] {
            if path.contains('&') && name == "_cursor" {
                continue;
            }
            let (_, status, outcome) =
                scene.get(Role::SecurityOfficer, &format!("/fhir/AuditEvent{path}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {outcome}");
            let text = outcome["issue"][0].to_string();
            assert!(text.contains(name) || name == "address", "{path}: {text}");
            assert!(!text.contains("nonsense") && !text.contains("yesterdayish"), "{path}: {text}");
        }
    }
    let two = format!("/fhir/AuditEvent?patient={patient},{}", number(&scene.others));
    let (_, status, outcome) = scene.get(Role::SecurityOfficer, &two).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{outcome}");
    assert!(outcome["issue"][0]["diagnostics"].as_str().unwrap().contains("patient"), "{outcome}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_finds_its_place_in_a_log_of_many_days() {
    let clock = MockClock::default();
    let test = TestSystem::start_by(Arc::new(clock.clone())).await;
    let scene = Scene { test, ids: Vec::new(), others: Vec::new() };
    for _ in 0..20 {
        // Each look writes entries about nobody: a token, and that somebody looked.
        let (_, status, _) = scene.get(Role::SecurityOfficer, "/fhir/AuditEvent?_count=1").await;
        assert_eq!(status, StatusCode::OK);
        clock.advance(SignedDuration::from_hours(12));
    }
    let all = scene.events(Role::SecurityOfficer, "").await;
    let newest = position(&all[0]);
    let day = |event: &Value| event["recorded"].as_str().unwrap()[..10].to_owned();
    let days: BTreeSet<String> = all.iter().map(day).collect();
    assert_eq!(days.len(), 11, "{days:?}");
    for one in &days {
        type Fits = fn(&str, &str) -> bool;
        let cases: [(&str, Fits); 6] = [
            ("", |day, one| day == one),
            ("ne", |day, one| day != one),
            ("le", |day, one| day <= one),
            ("lt", |day, one| day < one),
            ("ge", |day, one| day >= one),
            ("gt", |day, one| day > one),
        ];
        for (prefix, fits) in cases {
            let found = scene.events(Role::SecurityOfficer, &format!("?date={prefix}{one}")).await;
            let found = found.into_iter().filter(|event| position(event) <= newest);
            let expected = all.iter().filter(|event| fits(&day(event), one)).cloned();
            assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{prefix}{one}");
        }
    }
    scene.test.stop().await;
}
