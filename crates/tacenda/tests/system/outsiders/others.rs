//! Somebody whose role could, about a patient or a record that is not theirs.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::entry::Outcome;
use tacenda_crypto::{MasterKey, SystemRandom};
use tacenda_kernel::{Action, ApiRealm, PublicId, Random, Role, TraceId};
use tacenda_synthetic::Canary;

use super::{Ask, of_type};
use crate::{
    audit::{Audit, traced},
    common::TestSystem,
    ids::in_realm,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_callers_is_not_there_and_the_ledger_says_so() {
    let mut test = TestSystem::start().await;
    let mine = test.enrol(Canary::new(1).bundle()).await;
    let others = test.enrol(Canary::new(2).bundle()).await;
    test.care(of_type(&mine, "Patient")).await;
    let caller = tacenda::demo::seed::importer(&test.system, &test.accounts).await.unwrap();
    let number = of_type(&mine, "Patient").strip_prefix("Patient/").unwrap();
    let number = test.system.records.account_of(&caller, number).await.unwrap();
    test.accounts.make_patient(&test.system.accounts, &SystemRandom, number).await.unwrap();

    let mut asked: Vec<(Role, Ask)> = about(&others).into_iter().map(|ask| (Role::Clinician, ask)).collect();
    let reads = about(&others)
        .into_iter()
        .filter(|ask| matches!(ask.action, Action::Read | Action::History | Action::Search));
    asked.extend(reads.map(|ask| (Role::Patient, ask)));
    let foreign: Vec<String> = mine.iter().map(|id| of_another_realm(&test.keys, id)).collect();
    asked.extend(about(&foreign).into_iter().map(|ask| (Role::Clinician, ask)));
    for ids in [random(&test.keys), mixed(&test.keys, &mine, &others), words()] {
        asked.extend(about(&ids).into_iter().map(|ask| (Role::Clinician, ask)));
    }
    // Nobody may see the other patient's own half through a patient's account either.
    asked.push((Role::Patient, read(of_type(&others, "Patient"))));
    asked.push((Role::Patient, read(&format!("{}/$everything", of_type(&others, "Patient")))));
    asked.push((
        Role::Clinician,
        read(&format!("Condition/{}", of_type(&mine, "Observation").split_once('/').unwrap().1)),
    ));
    asked.push((Role::SecurityOfficer, erase(of_type(&foreign, "Patient"))));

    let (mut sent, mut first): (Vec<(TraceId, String)>, Option<Vec<u8>>) = (Vec::new(), None);
    for (role, ask) in asked {
        let request = test.request_as(role, ask.method.clone(), &ask.path).await;
        let (trace, request) = traced(request.header("content-type", ask.content_type).body(ask.body));
        let answer = request.send().await.unwrap();
        let what = format!("{role}: {} {}", ask.method, ask.path);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{what}: {}", answer.text().await.unwrap());
        let body = answer.bytes().await.unwrap().to_vec();
        assert_eq!(
            first.get_or_insert_with(|| body.clone()),
            &body,
            "{what}: differs from the other answers"
        );
        sent.push((trace, what));
    }
    let audit = Audit::read(&test).await;
    for (trace, what) in &sent {
        let found = audit.of(*trace);
        assert!(!found.is_empty(), "{what}: not in the ledger");
        let refused = found.iter().any(|entry| entry.outcome != Outcome::Allowed);
        assert!(refused || what.contains("Condition/"), "{what}: {found:?}");
    }
    test.stop().await;
}

/// Each endpoint that names a record or a patient.
fn about(ids: &[String]) -> Vec<Ask> {
    let (patient, observation) = (of_type(ids, "Patient"), of_type(ids, "Observation"));
    let number = patient.strip_prefix("Patient/").unwrap();
    let id = observation.strip_prefix("Observation/").unwrap();
    let subject = format!("Patient/{}", id.split('-').next().unwrap());
    let body = json!({"resourceType": "Observation", "id": id, "status": "final", "code": {"text": "x"},
        "subject": {"reference": subject}});
    let transaction = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": body, "request": {"method": "PUT", "url": observation}}]});
    let restore =
        json!({"resourceType": "Parameters", "parameter": [{"name": "version", "valuePositiveInt": 1}]});
    let ask = |method, path: String, body: Option<&Value>, action| Ask {
        method,
        path: format!("/fhir{path}"),
        content_type: "application/fhir+json",
        body: body.map(Value::to_string).unwrap_or_default(),
        action,
        compartments: &["clinical"],
    };
    let mut asks = vec![
        read(observation),
        ask(Method::GET, format!("/{observation}/_history"), None, Action::History),
        ask(Method::GET, format!("/{observation}/_history/1"), None, Action::Read),
        ask(Method::GET, format!("/Observation?patient={number}"), None, Action::Search),
        ask(Method::PUT, format!("/{observation}"), Some(&body), Action::Update),
        ask(Method::DELETE, format!("/{observation}"), None, Action::Delete),
        ask(Method::POST, String::new(), Some(&transaction), Action::Update),
        ask(Method::GET, format!("/Observation/_history?patient={number}"), None, Action::History),
        ask(Method::GET, format!("/{observation}/$diff?from=1&to=1"), None, Action::Read),
        ask(Method::POST, format!("/{observation}/$restore"), Some(&restore), Action::Update),
        ask(Method::DELETE, format!("/Observation?patient={number}"), None, Action::Search),
        Ask {
            content_type: "application/json-patch+json",
            ..ask(Method::PATCH, format!("/{observation}"), Some(&json!([])), Action::Update)
        },
    ];
    let mut form = ask(Method::POST, "/Observation/_search".to_owned(), None, Action::Search);
    (form.content_type, form.body) = ("application/x-www-form-urlencoded", format!("patient={number}"));
    asks.push(form);
    if number.parse::<PublicId>().is_ok() {
        let new = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "subject": {"reference": patient}});
        asks.push(ask(Method::POST, "/Observation".to_owned(), Some(&new), Action::Create));
    }
    asks
}

fn read(reference: &str) -> Ask {
    let path = format!("/fhir/{reference}");
    let (content_type, body) = ("application/fhir+json", String::new());
    Ask { method: Method::GET, path, content_type, body, action: Action::Read, compartments: &[] }
}

fn erase(patient: &str) -> Ask {
    let path = format!("/fhir/{patient}/$erase");
    Ask { method: Method::POST, path, action: Action::Erase, ..read(patient) }
}

/// Ids of the right form that name nobody.
fn random(root: &MasterKey) -> Vec<String> {
    let number = || {
        let mut bytes = [0; 16];
        SystemRandom.fill(&mut bytes);
        bytes
    };
    let record = || format!("Observation/{}", PublicId::OfPatient { patient: number(), record: number() });
    let record = std::iter::repeat_with(record).find(|id| names_nothing(root, id)).unwrap();
    vec![format!("Patient/{}", PublicId::One(number())), record]
}

/// The id of a record as another realm knows it, which is nothing here.
fn of_another_realm(root: &MasterKey, id: &str) -> String {
    let others = [ApiRealm::House, ApiRealm::Data].map(|realm| in_realm(root, id, realm));
    let kind = id.split_once('/').unwrap().0;
    others.into_iter().find(|id| names_nothing(root, id)).unwrap_or_else(|| format!("{kind}/nothing"))
}

/// Whether a number means no record in the clinician's realm. One in 43 happens to mean one of some compartment, and is
/// then refused for what this role may do there, which tells nothing, since the number was made up.
fn names_nothing(root: &MasterKey, id: &str) -> bool {
    match id.split_once('/').unwrap().1.parse() {
        Ok(PublicId::OfPatient { record, .. }) => root.record_codec(ApiRealm::Care).decode(record).is_none(),
        _ => true,
    }
}

/// Another patient's record behind the caller's own patient's number, and a patient who is nobody.
fn mixed(root: &MasterKey, mine: &[String], others: &[String]) -> Vec<String> {
    let prefix = of_type(mine, "Patient").strip_prefix("Patient/").unwrap();
    let record = of_type(others, "Observation").rsplit('-').next().unwrap();
    let [nobody, _] = random(root).try_into().unwrap();
    vec![nobody, format!("Observation/{prefix}-{record}")]
}

/// Text that no realm ever issued.
fn words() -> Vec<String> {
    vec!["Patient/nothing".to_owned(), "Observation/no-such-thing".to_owned()]
}
