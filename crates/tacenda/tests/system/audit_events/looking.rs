//! What is seen.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_kernel::{Clock as _, Role, SystemClock};

use super::{Scene, extension, number, of_trace, of_type};

const BALP: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_and_the_officer_see_who_read_what_when_and_why() {
    let scene = Scene::make().await;
    let condition = of_type(&scene.ids, "Condition");
    let before = SystemClock.now();
    let (trace, status, read) = scene.get(Role::Clinician, &format!("/fhir/{condition}")).await;
    assert_eq!(status, StatusCode::OK, "{read}");

    let own = scene.events(Role::Patient, "").await;
    let [event] = of_trace(&own, trace)[..] else { panic!("one event of the read: {own:?}") };
    assert_eq!(event["meta"]["profile"], json!([format!("{BALP}PatientRead")]));
    assert_eq!((&event["action"], &event["outcome"]), (&json!("R"), &json!("0")));
    assert_eq!(event["subtype"][0]["code"], "read");
    let recorded: Timestamp = event["recorded"].as_str().unwrap().parse().unwrap();
    // FHIR writes milliseconds.
    assert!(recorded.as_millisecond() >= before.as_millisecond() && recorded <= SystemClock.now());
    let agent = &event["agent"][0];
    let account = format!("urn:uuid:{}", scene.test.accounts.of(Role::Clinician).unwrap());
    assert_eq!(agent["who"]["identifier"]["value"], account);
    assert_eq!(agent["role"][0]["coding"][0]["code"], "clinician");
    assert_eq!(agent["purposeOfUse"][0]["coding"][0]["code"], "TREAT");
    assert!(agent.get("network").is_none());
    assert_eq!(event["entity"][0]["what"]["reference"], of_type(&scene.ids, "Patient"));
    let data = &event["entity"][1];
    assert_eq!(data["what"]["reference"], condition);
    assert_eq!(detail(data, "version"), "1");
    assert_eq!(detail(data, "compartment"), "clinical");
    let elements = detail(data, "elements");
    assert!(elements.split(' ').any(|element| element == "code"), "{elements}");
    assert!(!event.to_string().contains(read["code"].to_string().as_str()), "an event has no values");

    let query = format!("?patient={}", number(&scene.ids));
    let officers = scene.events(Role::SecurityOfficer, &query).await;
    let [officers] = of_trace(&officers, trace)[..] else { panic!("{officers:?}") };
    assert_eq!(without_networks(officers), without_networks(event), "officer and patient see the same");
    assert_eq!(officers["agent"][1]["network"]["address"], "127.0.0.1");
    assert!(
        event["agent"][1]["network"].get("address").is_none(),
        "a patient does not learn where staff work"
    );
    let id = event["id"].as_str().unwrap();
    for role in [Role::Patient, Role::SecurityOfficer] {
        let (looked, status, one) = scene.get(role, &format!("/fhir/AuditEvent/{id}")).await;
        assert_eq!((status, without_networks(&one)), (StatusCode::OK, without_networks(event)));
        let own = scene.events(Role::Patient, "").await;
        let [look] = of_trace(&own, looked)[..] else { panic!("looking is in the log: {own:?}") };
        assert_eq!(look["subtype"][0]["code"], "audit");
        assert_eq!(look["agent"][0]["role"][0]["coding"][0]["code"], role.as_str());
    }
    scene.test.stop().await;
}

/// An event without the addresses from which somebody asked.
fn without_networks(event: &Value) -> Value {
    let mut event = event.clone();
    for agent in event["agent"].as_array_mut().unwrap() {
        agent.as_object_mut().unwrap().remove("network");
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_access_has_its_form() {
    let scene = Scene::make().await;
    let (patient, condition) = (number(&scene.ids), of_type(&scene.ids, "Condition"));
    let (searched, ..) = scene.get(Role::Clinician, &format!("/fhir/Condition?patient={patient}")).await;
    let (listed, ..) = scene.get(Role::Clinician, &format!("/fhir/{condition}/_history")).await;
    let (deleted, status, _) =
        scene.ask(Role::Clinician, Method::DELETE, &format!("/fhir/{condition}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let events = scene.events(Role::Patient, "").await;
    let one = |trace| of_trace(&events, trace).into_iter().next().unwrap();

    let search = one(searched);
    assert_eq!(search["meta"]["profile"], json!([format!("{BALP}PatientQuery")]));
    assert_eq!(search["action"], "E");
    let query = search["entity"].as_array().unwrap().last().unwrap();
    assert!(query.get("query").is_none() && query["role"]["code"] == "24", "{query}");
    assert!(references(search).contains(&condition.to_owned()), "{search}");

    assert_eq!(one(listed)["subtype"][0]["code"], "history-instance");
    assert_eq!(references(one(listed)), [of_type(&scene.ids, "Patient"), condition]);
    let delete = one(deleted);
    assert_eq!(delete["meta"]["profile"], json!([format!("{BALP}PatientDelete")]));
    assert_eq!(references(delete)[1], condition, "the type of what is gone is known");
    // One entry says all that one commit wrote in one vault.
    let created = events.iter().filter(|event| event["action"] == "C" && event["outcome"] == "0");
    let created: Vec<String> = created.flat_map(references).collect();
    for id in &scene.ids {
        assert!(created.contains(id), "{id} was created, and by whom is not told: {created:?}");
    }
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emergencies_and_denials_are_seen() {
    let scene = Scene::make().await;
    let (other, theirs) = (number(&scene.others), of_type(&scene.others, "Condition"));
    let (denied, status, _) = scene.get(Role::Clinician, &format!("/fhir/{theirs}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let path = format!("/fhir/Patient/{other}");
    let (emergency, status, _) = scene.ask(Role::Clinician, Method::GET, &path, Some("ETREAT")).await;
    assert_eq!(status, StatusCode::OK);
    let (stranger, status, _) = {
        let (trace, request) = crate::audit::traced(scene.test.request(Method::GET, &path));
        (trace, request.send().await.unwrap().status(), ())
    };
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let denials = scene.events(Role::SecurityOfficer, &format!("?patient={other}&outcome=4")).await;
    assert!(denials.iter().all(|event| event["outcome"] == "4"));
    let [denial] = of_trace(&denials, denied)[..] else { panic!("{denials:?}") };
    assert_eq!(denial["outcomeDesc"], "no-relation");
    assert!(denial["meta"].get("profile").is_none(), "profiles are for what succeeded");
    let all = scene.events(Role::SecurityOfficer, &format!("?patient={other}")).await;
    let broken = of_trace(&all, emergency);
    assert!(!broken.is_empty());
    for event in broken {
        assert_eq!(event["agent"][0]["purposeOfUse"][0]["coding"][0]["code"], "ETREAT");
    }
    let general = scene.events(Role::SecurityOfficer, "?subtype=unauthenticated").await;
    assert_eq!(of_trace(&general, stranger).len(), 1);
    assert_eq!(general[0]["agent"][0]["who"]["display"], "nobody who was identified");
    for event in &general {
        assert!(!event["id"].as_str().unwrap().contains('-'), "the general log is about nobody");
        assert!(!event.to_string().contains(other) && !extension(event, "trace").is_empty());
    }
    scene.test.stop().await;
}

fn detail<'a>(entity: &'a Value, name: &str) -> &'a str {
    let details = entity["detail"].as_array().unwrap();
    details.iter().find(|one| one["type"] == name).unwrap()["valueString"].as_str().unwrap()
}

fn references(event: &Value) -> Vec<String> {
    let entities = event["entity"].as_array().into_iter().flatten();
    let found = entities.filter_map(|entity| entity["what"]["reference"].as_str());
    found.map(str::to_owned).collect()
}
