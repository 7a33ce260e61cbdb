//! Every endpoint as nobody, as the wrong role, and about somebody else; and what the ledger says of it.

use std::{collections::BTreeSet, sync::Arc};

use data_encoding::BASE64URL_NOPAD;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tacenda::system::open_accounts;
use tacenda_contracts::entry::{Event, Outcome};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Action, ApiRealm, Clock, PublicId, Random, Role, SystemClock, TraceId};
use tacenda_synthetic::Canary;
use tacenda_testkit::MockClock;

use crate::{
    audit::{Audit, traced},
    common::{ORIGIN, TestSystem},
    ids::in_realm,
};

/// Whoever asks gets an answer: nothing here is about anybody.
const PUBLIC: [(&str, &str); 5] = [
    ("GET", "/health/live"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/oauth/jwks"),
    ("POST", "/oauth/token"),
    ("GET", "/fhir/metadata"),
];

const PROTECTED: [(&str, &str); 11] = [
    ("POST", "/fhir"),
    ("POST", "/fhir/"),
    ("GET", "/fhir/{type}"),
    ("POST", "/fhir/{type}"),
    ("POST", "/fhir/{type}/_search"),
    ("GET", "/fhir/{type}/{id}"),
    ("PUT", "/fhir/{type}/{id}"),
    ("DELETE", "/fhir/{type}/{id}"),
    ("GET", "/fhir/{type}/{id}/_history"),
    ("GET", "/fhir/{type}/{id}/_history/{version}"),
    ("POST", "/fhir/Patient/{id}/$erase"),
];

const ROUTER: &str = include_str!("../../../gateway/src/router.rs");
const MATRIX: &str = include_str!("../../../policy/golden/matrix.txt");

#[test]
fn the_tables_name_every_route_of_the_router() {
    for other in [".merge(", ".nest(", ".route_service(", ".nest_service("] {
        assert!(!ROUTER.contains(other), "routes added by {other} are not seen by this test");
    }
    let mut routes = BTreeSet::new();
    for route in ROUTER.split(".route(").skip(1) {
        let route = route.split(".fallback(").next().unwrap();
        let path = route.split('"').nth(1).unwrap();
        for method in ["get", "post", "put", "delete", "patch", "head", "options", "any"] {
            let call = |at: usize| {
                !route[..at].ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before))
            };
            if route.match_indices(&format!("{method}(")).any(|(at, _)| call(at)) {
                routes.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    let known =
        PUBLIC.iter().chain(&PROTECTED).map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(routes, known.collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_401_everywhere_and_the_ledger_says_so() {
    let test = TestSystem::start().await;
    for (method, path) in PUBLIC {
        let answer = test.request(method.parse().unwrap(), path).send().await.unwrap();
        // The token endpoint is open to whoever proves themselves in the request itself.
        let expected = if path == "/oauth/token" { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        assert_eq!(answer.status(), expected, "{method} {path}");
    }
    let ids = test.enrol(Canary::new(1).bundle()).await;
    let mut sent = Vec::new();
    for (what, authorization) in worthless(&test).await {
        for (method, pattern) in PROTECTED {
            let path = concrete(pattern, of_type(&ids, "Patient"));
            let mut request = test.request(method.parse().unwrap(), &path);
            if let Some(authorization) = &authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let (trace, request) = traced(request.header("content-type", "application/fhir+json").body("{}"));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}: {method} {path}");
            assert_eq!(answer.headers()[header::WWW_AUTHENTICATE], "Bearer");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/fhir+json");
            let outcome: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            assert_eq!(outcome["resourceType"], "OperationOutcome");
            assert_eq!(outcome["issue"][0]["code"], "login");
            sent.push((trace, format!("{what}: {method} {path}")));
        }
    }
    let audit = Audit::read(&test).await;
    for (trace, what) in &sent {
        let found = audit.of(*trace);
        assert_eq!(found.len(), 1, "{what}");
        assert_eq!((found[0].outcome, &found[0].event), (Outcome::Denied, &Event::Unauthenticated), "{what}");
        assert_eq!(found[0].actor, None, "{what}: nobody is nobody, whatever their token claims");
    }
    let refusals = audit.entries.iter().filter(|entry| entry.event == Event::Unauthenticated).count();
    assert_eq!(refusals, sent.len(), "one entry for each refusal");
    test.stop().await;
}

/// `Authorization` headers that prove nothing.
async fn worthless(test: &TestSystem) -> Vec<(&'static str, Option<String>)> {
    let good = test.token(Role::Clinician).await;
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"at+jwt"}"#);
    let mut flipped = parts[2].to_owned();
    let first = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(..1, first);
    let expired = {
        let hour_ago = SystemClock.now() - jiff::SignedDuration::from_hours(1);
        token_of(test, ORIGIN, Arc::new(MockClock::at(hour_ago))).await
    };
    let elsewhere = token_of(test, "https://elsewhere.test", Arc::new(SystemClock)).await;
    let bearer = |token: &str| Some(format!("Bearer {token}"));
    vec![
        ("no token", None),
        ("garbage", bearer("garbage")),
        ("empty", bearer("")),
        ("expired", bearer(&expired)),
        ("another audience", bearer(&elsewhere)),
        ("alg none", bearer(&format!("{unsigned}.{}.", parts[1]))),
        ("alg none with a signature", bearer(&format!("{unsigned}.{}.{}", parts[1], parts[2]))),
        ("no signature", bearer(&format!("{}.{}.", parts[0], parts[1]))),
        ("flipped signature", bearer(&format!("{}.{}.{flipped}", parts[0], parts[1]))),
        ("another scheme", Some(format!("Basic {good}"))),
    ]
}

/// A token signed with this system's own key, at another time or for another audience.
async fn token_of(test: &TestSystem, origin: &str, clock: Arc<dyn Clock>) -> String {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let system = &test.system;
    let accounts =
        open_accounts(&system.databases, &test.root, &system.ledger, origin, &clock, &random).await;
    let token = test.accounts.token(&accounts.unwrap(), &SystemRandom, Role::Clinician).await.unwrap();
    token.expose().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_role_gets_403_everywhere_and_the_ledger_says_so() {
    let test = TestSystem::start().await;
    let ids = test.enrol(Canary::new(1).bundle()).await;
    let mut sent = Vec::new();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
        let token = test.token(role).await;
        for ask in asks(&test, &ids, role.realm()) {
            if ask.compartments.iter().any(|compartment| cell(role, ask.action, compartment) != "✘") {
                continue;
            }
            let request = test.request(ask.method.clone(), &ask.path).bearer_auth(&token);
            let request = request.header("content-type", ask.content_type).body(ask.body.clone());
            let (trace, request) = traced(request);
            let (status, outcome) = crate::common::answer(request.send().await.unwrap()).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{role}: {} {}: {outcome}", ask.method, ask.path);
            assert_eq!(outcome["issue"][0]["code"], "forbidden");
            sent.push((trace, role, ask));
        }
    }
    assert!(sent.len() > 80, "only {} refusals were tried", sent.len());
    let audit = Audit::read(&test).await;
    for (trace, role, ask) in &sent {
        let found = audit.of(*trace);
        assert_eq!(found.len(), 1, "{role}: {} {}", ask.method, ask.path);
        assert_eq!((found[0].outcome, &found[0].event), (Outcome::Denied, &Event::Access(ask.action)));
        assert_eq!((found[0].role, found[0].actor), (Some(*role), test.accounts.of(*role).ok()));
        assert_eq!(found[0].reason.as_deref(), Some("role"));
        assert!(found[0].elements.is_empty() && found[0].records.is_empty());
    }
    test.stop().await;
}

/// A request that is for certain compartments.
struct Ask {
    method: Method,
    path: String,
    content_type: &'static str,
    body: String,
    action: Action,
    compartments: &'static [&'static str],
}

/// Each endpoint, for records that exist, in the words of a realm.
fn asks(test: &TestSystem, care: &[String], realm: ApiRealm) -> Vec<Ask> {
    let ids: Vec<String> = care.iter().map(|id| in_realm(&test.root, id, realm)).collect();
    let patient = of_type(&ids, "Patient");
    let number = patient.strip_prefix("Patient/").unwrap();
    let observation = of_type(&ids, "Observation");
    let device = of_type(&ids, "Device");
    let mut new = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": patient}});
    let create = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": new.clone(), "request": {"method": "POST", "url": "Observation"}}]});
    let enrol = json!({"resourceType": "Patient", "active": true});
    let organization = json!({"resourceType": "Organization", "name": "x"});
    let task = json!({"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": patient}});
    let ask = |method: Method, path: String, body: Option<&Value>, action, compartments| Ask {
        method,
        path: format!("/fhir{path}"),
        content_type: "application/fhir+json",
        body: body.map(Value::to_string).unwrap_or_default(),
        action,
        compartments,
    };
    let mut asks = vec![
        ask(Method::POST, String::new(), Some(&create), Action::Create, &["clinical"]),
        ask(Method::POST, "/".to_owned(), Some(&create), Action::Create, &["clinical"]),
        ask(Method::POST, "/Observation".to_owned(), Some(&new), Action::Create, &["clinical"]),
        ask(Method::POST, "/Task".to_owned(), Some(&task), Action::Create, &["field"]),
        ask(Method::POST, "/Organization".to_owned(), Some(&organization), Action::Create, &["directory"]),
        ask(Method::POST, "/Patient".to_owned(), Some(&enrol), Action::Register, &["system"]),
        ask(
            Method::GET,
            format!("/Observation?patient={number}"),
            None,
            Action::Search,
            &["clinical", "stream"],
        ),
        ask(Method::GET, format!("/Task?patient={number}"), None, Action::Search, &["field"]),
        ask(Method::GET, "/Patient?name=Rossi".to_owned(), None, Action::Lookup, &["contact"]),
        ask(Method::GET, "/Patient?identifier=1".to_owned(), None, Action::Lookup, &["identity"]),
        ask(Method::GET, "/Patient".to_owned(), None, Action::Search, &["contact", "identity"]),
        ask(Method::GET, format!("/Patient?_id={number}"), None, Action::Search, &["contact", "identity"]),
        ask(Method::GET, format!("/{patient}"), None, Action::Read, &["contact", "identity"]),
        ask(Method::GET, format!("/{patient}/_history"), None, Action::History, &["contact", "identity"]),
        ask(Method::DELETE, format!("/{patient}"), None, Action::Delete, &["contact", "identity"]),
        ask(Method::GET, format!("/{observation}"), None, Action::Read, &["clinical"]),
        ask(Method::GET, format!("/{observation}/_history"), None, Action::History, &["clinical"]),
        ask(Method::GET, format!("/{observation}/_history/1"), None, Action::Read, &["clinical"]),
        ask(Method::DELETE, format!("/{observation}"), None, Action::Delete, &["clinical"]),
        ask(Method::GET, format!("/{device}"), None, Action::Read, &["field"]),
        ask(Method::DELETE, format!("/{device}"), None, Action::Delete, &["field"]),
        ask(Method::POST, format!("/{patient}/$erase"), None, Action::Erase, &["system"]),
    ];
    new["id"] = json!(observation.strip_prefix("Observation/").unwrap());
    asks.push(ask(Method::PUT, format!("/{observation}"), Some(&new), Action::Update, &["clinical"]));
    let mut form =
        ask(Method::POST, "/Observation/_search".to_owned(), None, Action::Search, &["clinical", "stream"]);
    (form.content_type, form.body) = ("application/x-www-form-urlencoded", format!("patient={number}"));
    asks.push(form);
    asks
}

/// What the golden matrix says.
fn cell(role: Role, action: Action, compartment: &str) -> &'static str {
    let columns: Vec<&str> = MATRIX.lines().next().unwrap().split_whitespace().collect();
    let column = columns.iter().position(|one| *one == compartment).unwrap();
    let rows = MATRIX.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut rows =
        rows.filter(|row| row.first() == Some(&role.as_str()) && row.get(1) == Some(&action.as_str()));
    rows.next().unwrap()[column + 2]
}

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
    let foreign: Vec<String> = mine.iter().map(|id| in_realm(&test.root, id, ApiRealm::House)).collect();
    asked.extend(about(&foreign).into_iter().map(|ask| (Role::Clinician, ask)));
    for ids in [random(), mixed(&mine, &others), words()] {
        asked.extend(about(&ids).into_iter().map(|ask| (Role::Clinician, ask)));
    }
    // Nobody may see the other patient's own half through a patient's account either.
    asked.push((Role::Patient, read(of_type(&others, "Patient"))));
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
fn random() -> Vec<String> {
    let number = || {
        let mut bytes = [0; 16];
        SystemRandom.fill(&mut bytes);
        bytes
    };
    let record = PublicId::OfPatient { patient: number(), record: number() };
    vec![format!("Patient/{}", PublicId::One(number())), format!("Observation/{record}")]
}

/// Another patient's record behind the caller's own patient's number, and a patient who is nobody.
fn mixed(mine: &[String], others: &[String]) -> Vec<String> {
    let prefix = of_type(mine, "Patient").strip_prefix("Patient/").unwrap();
    let record = of_type(others, "Observation").rsplit('-').next().unwrap();
    let [nobody, _] = random().try_into().unwrap();
    vec![nobody, format!("Observation/{prefix}-{record}")]
}

/// Text that no realm ever issued.
fn words() -> Vec<String> {
    vec!["Patient/nothing".to_owned(), "Observation/no-such-thing".to_owned()]
}

fn of_type<'a>(ids: &'a [String], kind: &str) -> &'a str {
    ids.iter().find(|id| id.split('/').next() == Some(kind)).unwrap()
}

fn concrete(pattern: &str, patient: &str) -> String {
    let id = patient.strip_prefix("Patient/").unwrap();
    pattern.replace("{type}", "Patient").replace("{id}", id).replace("{version}", "1")
}
