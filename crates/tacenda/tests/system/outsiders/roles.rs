//! Somebody whose role could never do it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::entry::{Event, Outcome};
use tacenda_kernel::{Action, ApiRealm, Role};
use tacenda_synthetic::Canary;

use super::{Ask, of_type};
use crate::{
    audit::{Audit, traced},
    common::TestSystem,
    ids::in_realm,
};

const MATRIX: &str = include_str!("../../../../policy/golden/matrix.txt");

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

/// Each endpoint, for records that exist, in the words of a realm.
fn asks(test: &TestSystem, care: &[String], realm: ApiRealm) -> Vec<Ask> {
    let ids: Vec<String> = care.iter().map(|id| in_realm(&test.keys, id, realm)).collect();
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
    let restore =
        json!({"resourceType": "Parameters", "parameter": [{"name": "version", "valuePositiveInt": 1}]});
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
        ask(
            Method::GET,
            format!("/Observation/_history?patient={number}"),
            None,
            Action::History,
            &["clinical", "stream"],
        ),
        ask(Method::GET, format!("/{observation}/$diff?from=1&to=1"), None, Action::Read, &["clinical"]),
        ask(Method::POST, format!("/{observation}/$restore"), Some(&restore), Action::Update, &["clinical"]),
        ask(
            Method::DELETE,
            format!("/Observation?patient={number}"),
            None,
            Action::Search,
            &["clinical", "stream"],
        ),
        ask(Method::GET, format!("/{device}"), None, Action::Read, &["field"]),
        ask(Method::DELETE, format!("/{device}"), None, Action::Delete, &["field"]),
        ask(Method::POST, format!("/{patient}/$erase"), None, Action::Erase, &["system"]),
    ];
    let whole = ["contact", "identity", "clinical", "stream", "field"].as_slice();
    for method in [Method::GET, Method::POST] {
        asks.push(ask(method, format!("/{patient}/$everything"), None, Action::Search, whole));
    }
    new["id"] = json!(observation.strip_prefix("Observation/").unwrap());
    asks.push(ask(Method::PUT, format!("/{observation}"), Some(&new), Action::Update, &["clinical"]));
    let mut patch =
        ask(Method::PATCH, format!("/{observation}"), Some(&json!([])), Action::Update, &["clinical"]);
    patch.content_type = "application/json-patch+json";
    asks.push(patch);
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
