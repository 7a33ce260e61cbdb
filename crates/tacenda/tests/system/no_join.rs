//! What a role can ever collect, whatever it asks: its closure, and ids that nobody else's can be compared with.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_fhir::{Place, ResourceType, place_resolving, split};
use tacenda_kernel::{ApiRealm, Compartment, Purpose, Role};
use tacenda_synthetic::Canary;

use crate::{common::TestSystem, ids::in_realm};

const CLOSURES: &str = include_str!("../../../policy/golden/closures.txt");
const ELEMENTS: &str = include_str!("../../../policy/golden/elements.txt");
const CURIOUS: [Role; 3] = [Role::Technician, Role::Monitor, Role::Researcher];
const AT_ONCE: usize = 8;

/// A patient made of needles, and where each needle belongs.
struct Known {
    ids: Vec<String>,
    needles: Vec<(Compartment, String)>,
    /// The needles of names, telephone numbers and addresses of whoever is reached: what a technician needs to come.
    reach: BTreeSet<String>,
}

impl Known {
    async fn enrol(test: &TestSystem, seed: u64) -> Self {
        let canary = Canary::new(seed);
        let ids = test.enrol(canary.bundle()).await;
        let entries = canary.bundle()["entry"].as_array().unwrap();
        let of_url = |url: &str| {
            let entry = entries.iter().find(|entry| entry["fullUrl"] == url)?;
            entry["resource"]["resourceType"].as_str()?.parse::<ResourceType>().ok()
        };
        let (all, mut needles, mut reach) = (canary.needles(), Vec::new(), BTreeSet::new());
        for entry in entries {
            let resource = &entry["resource"];
            let parts = match place_resolving(resource, &of_url).unwrap() {
                Place::In(compartment) => vec![(compartment, resource.clone())],
                Place::Split => {
                    let halves = split(resource);
                    vec![(Compartment::Contact, halves.contact), (Compartment::Identity, halves.identity)]
                }
            };
            for (compartment, part) in parts {
                if compartment == Compartment::Contact {
                    reach.extend(found(
                        &all,
                        &json!([part["name"], part["telecom"], part["address"]]).to_string(),
                    ));
                }
                needles.extend(found(&all, &part.to_string()).map(|needle| (compartment, needle)));
            }
        }
        Self { ids, needles, reach }
    }

    fn patient(&self) -> &str {
        self.ids.iter().find(|id| id.starts_with("Patient/")).unwrap()
    }

    /// Which of the patient's needles are in a text.
    fn seen(&self, text: &str) -> BTreeSet<(Compartment, String)> {
        let lower = text.to_lowercase();
        let seen = self.needles.iter().filter(|(_, needle)| lower.contains(&needle.to_lowercase()));
        seen.cloned().collect()
    }
}

fn found(needles: &[String], text: &str) -> impl Iterator<Item = String> {
    let (needles, text) = (needles.to_vec(), text.to_owned());
    needles.into_iter().filter(move |needle| text.contains(needle.as_str()))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_ever_collects_more_than_its_closure() {
    let test = TestSystem::start().await;
    let (related, stranger) = (Known::enrol(&test, 1).await, Known::enrol(&test, 2).await);
    test.care(related.patient()).await;
    test.grant(related.patient(), GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
    test.grant(related.patient(), GrantKind::Assignment, Some(Role::Technician), Purpose::Operations).await;
    test.grant(related.patient(), GrantKind::ResearchConsent, None, Purpose::Research).await;
    let care = crawl(&test, Role::Clinician, &[&related, &stranger]).await;
    assert_eq!(
        places(&related.seen(&care.text)),
        closure(Role::Clinician, "every"),
        "the clinician sees all there is"
    );
    let mut collected = vec![(ApiRealm::Care, ids(&care))];
    for role in CURIOUS {
        let all = crawl(&test, role, &[&related, &stranger]).await;
        let seen = related.seen(&all.text);
        assert_eq!(places(&seen), closure(role, "every"), "{role}: of the patient with every relation");
        assert_eq!(
            places(&stranger.seen(&all.text)),
            closure(role, "any"),
            "{role}: of a patient with no relation"
        );
        if role == Role::Technician {
            let contact = seen.iter().filter(|(place, _)| *place == Compartment::Contact);
            let contact: BTreeSet<&String> = contact.map(|(_, needle)| needle).collect();
            assert_eq!(
                contact,
                related.reach.iter().collect(),
                "name, address and telecom, and nothing else of the contact"
            );
        }
        assert_patients_show_only_what_is_needed(role, &all);
        assert_only_covered_elements(role, &all);
        collected.push((role.realm(), ids(&all)));
    }
    for (index, (realm, one)) in collected.iter().enumerate() {
        assert!(one.len() > 3, "{realm:?}: hardly an id was seen: {one:?}");
        for (other_realm, other) in &collected[..index] {
            let common: Vec<_> = one.intersection(other).collect();
            assert!(
                realm == other_realm || common.is_empty(),
                "{realm:?} and {other_realm:?} share {common:?}"
            );
        }
    }
    test.stop().await;
}

/// A technician's Patient has exactly what leads to the door; the others have no Patient at all.
fn assert_patients_show_only_what_is_needed(role: Role, all: &Collected) {
    let mut patients = Vec::new();
    all.answers.iter().for_each(|answer| resources(answer, &mut patients));
    patients.retain(|one| one["resourceType"] == "Patient");
    assert_eq!(patients.is_empty(), role != Role::Technician, "{role}");
    for patient in patients {
        let mut keys: Vec<&str> = patient.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["address", "id", "meta", "name", "resourceType", "telecom"], "{role}");
    }
}

/// No resource has an element that the golden file keeps from the role.
fn assert_only_covered_elements(role: Role, all: &Collected) {
    let mut shown = Vec::new();
    all.answers.iter().for_each(|answer| resources(answer, &mut shown));
    for resource in shown {
        let kind: ResourceType = resource["resourceType"].as_str().unwrap().parse().unwrap();
        for element in resource.as_object().unwrap().keys() {
            let element = element.strip_prefix('_').unwrap_or(element);
            let always = ["resourceType", "id", "meta"].contains(&element);
            let mut places = kind.placement().compartments().iter();
            assert!(
                always || places.any(|place| covers(role, place, element)),
                "{role} sees {kind}.{element}"
            );
        }
    }
}

fn covers(role: Role, compartment: Compartment, element: &str) -> bool {
    let rows = ELEMENTS.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut rows = rows.filter(|row| row[0] == role.as_str() && row[1] == compartment.as_str());
    match rows.next().unwrap()[2..] {
        ["all"] => true,
        ["all", "except", ref names @ ..] => !names.contains(&element),
        ["only", ref names @ ..] => names.contains(&element),
        _ => false,
    }
}

/// A column of the golden closures.
fn closure(role: Role, column: &str) -> BTreeSet<Compartment> {
    let header = CLOSURES.lines().next().unwrap();
    let (any, every) = (header.find("of any patient").unwrap(), header.find("with every relation").unwrap());
    let line = CLOSURES.lines().find(|line| line.starts_with(role.as_str())).unwrap();
    let text =
        if column == "any" { &line[any..every.min(line.len())] } else { &line[every.min(line.len())..] };
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn places(seen: &BTreeSet<(Compartment, String)>) -> BTreeSet<Compartment> {
    seen.iter().map(|(place, _)| *place).collect()
}

/// Everything that was ever answered to somebody.
#[derive(Default)]
struct Collected {
    text: String,
    answers: Vec<Value>,
}

struct Ask {
    method: Method,
    path: String,
    form: bool,
    body: String,
    purpose: Option<Purpose>,
}

impl Ask {
    fn new(method: Method, path: String, body: String) -> Self {
        Self { method, path, form: false, body, purpose: None }
    }

    fn get(path: String) -> Self {
        Self::new(Method::GET, path, String::new())
    }
}

async fn crawl(test: &TestSystem, role: Role, patients: &[&Known]) -> Collected {
    let token = test.token(role).await;
    let asks = asks(test, role, patients);
    assert!(asks.len() > 300, "only {} requests", asks.len());
    // What may change something is asked last, and alone.
    let (reads, writes): (Vec<Ask>, Vec<Ask>) =
        asks.into_iter().partition(|ask| ask.method == Method::GET || ask.form);
    let mut collected = Collected::default();
    for (asks, at_once) in [(reads, AT_ONCE), (if role == Role::Clinician { Vec::new() } else { writes }, 1)]
    {
        let answers =
            stream::iter(asks).map(|ask| answered(test, &token, ask)).buffered(at_once).collect::<Vec<_>>();
        for text in answers.await {
            let body = text.split_once("\n\n").unwrap().1;
            collected.answers.extend(serde_json::from_str::<Value>(body).ok());
            collected.text.push_str(&text);
        }
    }
    collected
}

/// Headers and body, as text.
async fn answered(test: &TestSystem, token: &str, ask: Ask) -> String {
    let content = if ask.form { "application/x-www-form-urlencoded" } else { "application/fhir+json" };
    let mut request = test.request(ask.method, &ask.path).bearer_auth(token).header("content-type", content);
    if let Some(purpose) = ask.purpose {
        request = request.header("x-purpose-of-use", purpose.code());
    }
    let answer = request.body(ask.body).send().await.unwrap();
    assert!(!answer.status().is_server_error(), "{}: {}", ask.path, answer.status());
    format!("{:?}\n\n{}", answer.headers().clone(), answer.text().await.unwrap())
}

/// Every endpoint with every id, in the words of every realm, for every purpose.
fn asks(test: &TestSystem, role: Role, patients: &[&Known]) -> Vec<Ask> {
    let mut asks: Vec<Ask> = ["/health/live", "/oauth/jwks", "/fhir/metadata", "/fhir/Patient"]
        .map(|path| Ask::get(path.to_owned()))
        .into();
    for known in patients {
        for realm in ApiRealm::ALL {
            let ids: Vec<String> = known.ids.iter().map(|id| in_realm(&test.root, id, realm)).collect();
            let own = realm == role.realm();
            asks.extend(of_ids(&ids));
            let patient = in_realm(&test.root, known.patient(), realm);
            asks.extend(of_patient(patient.strip_prefix("Patient/").unwrap()));
            for purpose in Purpose::ALL.into_iter().filter(|_| own) {
                let other =
                    of_ids(&ids).into_iter().chain(of_patient(patient.strip_prefix("Patient/").unwrap()));
                let other = other.filter(|ask| ask.method == Method::GET);
                asks.extend(other.map(|ask| Ask { purpose: Some(purpose), ..ask }));
            }
        }
        asks.extend(by_value(known));
    }
    asks
}

/// Reading, history, versions, writing, deleting, erasing; each also in a batch.
fn of_ids(ids: &[String]) -> Vec<Ask> {
    let mut asks = Vec::new();
    let mut entries = Vec::new();
    for reference in ids {
        let (kind, id) = reference.split_once('/').unwrap();
        let urls = [
            reference.clone(),
            format!("{reference}/_history/1"),
            format!("{kind}?_id={id}"),
            format!("{reference}/_history"),
        ];
        entries.extend(urls.iter().map(|url| json!({"request": {"method": "GET", "url": url}})));
        asks.extend(urls.map(|url| Ask::get(format!("/fhir/{url}"))));
        // The wrong type in the URL opens nothing either.
        asks.push(Ask::get(format!("/fhir/Task/{id}")));
        asks.push(Ask::get(format!("/fhir/Patient/{id}")));
        let body = json!({"resourceType": kind, "id": id}).to_string();
        asks.push(Ask::new(Method::PUT, format!("/fhir/{reference}"), body));
        asks.push(Ask::new(Method::DELETE, format!("/fhir/{reference}"), String::new()));
        asks.push(Ask::new(Method::POST, format!("/fhir/Patient/{id}/$erase"), String::new()));
    }
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        asks.push(Ask::new(Method::POST, "/fhir".to_owned(), bundle.to_string()));
    }
    asks
}

/// Searching every type for a patient, by URL and by form.
fn of_patient(number: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    for kind in ResourceType::ALL {
        for name in ["patient", "subject"] {
            asks.push(Ask::get(format!("/fhir/{kind}?{name}={number}")));
        }
        let form =
            Ask::new(Method::POST, format!("/fhir/{kind}/_search"), format!("patient=Patient/{number}"));
        asks.push(Ask { form: true, ..form });
    }
    asks
}

/// Searching for people by everything that is known of them.
fn by_value(known: &Known) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (compartment, needle) in &known.needles {
        if matches!(compartment, Compartment::Contact | Compartment::Identity)
            && needle.chars().all(char::is_alphanumeric)
        {
            asks.extend(
                ["name", "family", "given", "identifier"]
                    .map(|name| Ask::get(format!("/fhir/Patient?{name}={needle}"))),
            );
        }
        if *compartment == Compartment::Field && needle.starts_with('7') {
            asks.push(Ask::get(format!("/fhir/Device?identifier={needle}")));
        }
    }
    asks
}

/// The ids of all resources, and of what they refer to.
fn ids(collected: &Collected) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut shown = Vec::new();
    collected.answers.iter().for_each(|answer| resources(answer, &mut shown));
    for resource in shown {
        all.extend(words(resource["id"].as_str().unwrap()));
        references(resource, &mut all);
    }
    all
}

/// The resources of an answer; outcomes, bundles and the CapabilityStatement are about nobody.
fn resources<'a>(answer: &'a Value, found: &mut Vec<&'a Value>) {
    match answer["resourceType"].as_str() {
        Some("Bundle") => {
            let entries = answer["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
            entries.iter().for_each(|entry| resources(&entry["resource"], found));
        }
        None | Some("OperationOutcome" | "CapabilityStatement") => {}
        Some(_) => found.push(answer),
    }
}

fn references(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, all)),
        Value::Object(members) => {
            let reference =
                members.get("reference").and_then(Value::as_str).and_then(|text| text.split_once('/'));
            all.extend(reference.into_iter().flat_map(|(_, id)| words(id)));
            members.values().for_each(|inner| references(inner, all));
        }
        _ => {}
    }
}

/// A record's id says whose it is: both words count.
fn words(id: &str) -> Vec<String> {
    id.split('-').map(str::to_owned).collect()
}
