//! Bundles in and out.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use jiff::Timestamp;
use serde_json::{Value, json};
use tacenda_fhir::{
    IssueCode, Limits, ResourceType,
    bundle::{self, BundleKind, HistoryEntry, Method, RequestUrl, ResponseEntry, SearchEntry, SearchMode},
};
use tacenda_kernel::Version;

fn bundle(entries: Value) -> String {
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string()
}

fn create() -> Value {
    json!({"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "name": [{"family": "Rossi"}]},
        "request": {"method": "POST", "url": "Patient"}})
}

fn wrong(entry: Value) -> Vec<(IssueCode, String)> {
    let limits = Limits::default();
    let parsed = bundle::parse(bundle(json!([create(), entry])).as_bytes(), &limits).unwrap();
    let issues = parsed.into_whole(&limits).expect_err("it was accepted");
    issues.into_iter().map(|issue| (issue.code, issue.expression.unwrap())).collect()
}

#[test]
fn entries_are_read() {
    let text = bundle(json!([
        create(),
        {"resource": {"resourceType": "Patient", "id": "7"},
            "request": {"method": "PUT", "url": "Patient/7", "ifMatch": "W/\"3\""}},
        {"request": {"method": "DELETE", "url": "Task/8"}},
        {"request": {"method": "GET", "url": "Observation?patient=7"}}
    ]));
    let limits = Limits::default();
    let parsed = bundle::parse(text.as_bytes(), &limits).unwrap();
    assert_eq!(parsed.kind, BundleKind::Transaction);
    let entries = parsed.into_whole(&limits).unwrap();
    assert_eq!(entries[0].full_url.as_deref(), Some("urn:uuid:1"));
    assert_eq!((entries[1].method, entries[1].if_match), (Method::Put, Version::new(3)));
    assert_eq!(entries[2].url, RequestUrl::Instance(ResourceType::Task, "8".to_owned()));
    assert_eq!(entries[3].url, RequestUrl::Search(ResourceType::Observation, "patient=7".to_owned()));
    assert!(!format!("{entries:?}").contains("Rossi"));
}

#[test]
fn each_fault_is_named_by_its_path() {
    use IssueCode::{Invalid, NotSupported, Required, Structure, Value as Wrong};
    let patched = |pointer: &str, name: &str, value: Value| {
        let mut entry = create();
        entry["fullUrl"] = json!("urn:uuid:2");
        entry.pointer_mut(pointer).unwrap()[name] = value;
        entry
    };
    for (entry, code, path) in [
        (json!(7), Structure, ""),
        (json!({}), Required, ".request"),
        (json!({"request": {"method": "POST", "url": "Patient"}}), Required, ".resource"),
        (patched("", "fullUrl", json!("urn:uuid:1")), Invalid, ".fullUrl"),
        (patched("", "fullUrl", json!(7)), Structure, ".fullUrl"),
        (patched("", "fooBar", json!(7)), Structure, ".fooBar"),
        (patched("", "Rossi", json!(7)), Structure, ""),
        (patched("/request", "ifNoneMatch", json!("W/\"1\"")), NotSupported, ".request.ifNoneMatch"),
        (patched("/request", "ifMatch", json!("W/\"1\"")), NotSupported, ".request.ifMatch"),
        (patched("/request", "ifNoneExist", json!(7)), Structure, ".request.ifNoneExist"),
        (patched("/request", "method", json!("PATCH")), NotSupported, ".resource"),
        (patched("/request", "method", json!("HEAD")), NotSupported, ".request.method"),
        (patched("/request", "url", json!("Library")), NotSupported, ".request.url"),
        (patched("/request", "url", json!("Task")), Invalid, ".request.url"),
        (patched("/request", "url", json!("Patient?identifier=7")), NotSupported, ".request.url"),
        (patched("/request", "method", json!("PUT")), NotSupported, ".request.url"),
        (patched("/resource", "birthDate", json!("x")), Wrong, ".resource.birthDate"),
        (patched("/resource", "resourceType", json!("Library")), NotSupported, ".resource"),
    ] {
        assert_eq!(wrong(entry.clone()), [(code, format!("Bundle.entry[1]{path}"))], "{entry}");
    }
    let other_id = json!({"resource": {"resourceType": "Patient", "id": "7"},
        "request": {"method": "PUT", "url": "Patient/8"}});
    assert_eq!(wrong(other_id), [(Invalid, "Bundle.entry[1].request.url".to_owned())]);
}

#[test]
fn conditions_and_patches_are_read() {
    let entry = |resource: Value, request: Value| {
        let mut entry = json!({"request": request});
        if !resource.is_null() {
            entry["resource"] = resource;
        }
        let parsed = bundle::parse(bundle(json!([entry])).as_bytes(), &Limits::default()).unwrap();
        parsed.entries.into_iter().next().unwrap().unwrap()
    };
    let patient = || json!({"resourceType": "Patient"});
    let created =
        entry(patient(), json!({"method": "POST", "url": "Patient", "ifNoneExist": "identifier=7"}));
    assert_eq!(created.if_none_exist.as_deref(), Some("identifier=7"));
    let updated =
        entry(patient(), json!({"method": "PUT", "url": "Patient?identifier=7", "ifMatch": "W/\"2\""}));
    assert_eq!(updated.if_match.map(|version| version.number()), Some(2));
    let read = entry(
        Value::Null,
        json!({"method": "GET", "url": "Patient/7", "ifNoneMatch": "W/\"2\"", "ifModifiedSince": "2026-01-01T00:00:00Z"}),
    );
    assert_eq!(read.known, tacenda_fhir::Known::tags("W/\"2\""), "tags say more than a date");
    let binary = json!({"resourceType": "Binary", "contentType": "application/json-patch+json",
        "data": "W3sib3AiOiJyZW1vdmUi LCJwYXRoIjoiL25hbWUifV0="});
    let patched = entry(binary, json!({"method": "PATCH", "url": "Patient/7"}));
    let mut value = json!({"resourceType": "Patient", "id": "7", "name": [{"family": "x"}]});
    patched.patch.unwrap().apply(&mut value, &Limits::default()).unwrap();
    assert_eq!(value, json!({"resourceType": "Patient", "id": "7"}));
}

#[test]
fn the_bundle_itself_may_be_wrong() {
    let limits = Limits { bundle_entries: 2, bundle_bytes: 4096, ..Limits::default() };
    let code = |text: &str| bundle::parse(text.as_bytes(), &limits).unwrap_err().remove(0).code;
    assert_eq!(code(&bundle(json!([create(), create(), create()]))), IssueCode::TooCostly);
    assert_eq!(code(&" ".repeat(5000)), IssueCode::TooLong);
    assert_eq!(code(&bundle(json!({}))), IssueCode::Structure);
    assert_eq!(code("{\"resourceType\":\"Bundle\","), IssueCode::Structure);
    assert_eq!(code(&format!("{}x", bundle(json!([])))), IssueCode::Structure);
    assert_eq!(code(r#"{"resourceType":"Patient"}"#), IssueCode::Invalid);
    assert_eq!(code(r#"{"resourceType":"Bundle"}"#), IssueCode::Required);
    assert_eq!(code(r#"{"resourceType":"Bundle","type":"document"}"#), IssueCode::NotSupported);
    assert_eq!(code(r#"{"resourceType":"Bundle","type":"batch","type":"batch"}"#), IssueCode::Structure);
    assert_eq!(code(&"[".repeat(1000)), IssueCode::TooCostly);
    assert_eq!(code("[]"), IssueCode::Structure);
    let empty = bundle::parse(br#"{"resourceType":"Bundle","type":"batch"}"#, &limits).unwrap();
    assert!(empty.entries.is_empty() && empty.kind == BundleKind::Batch);
}

#[test]
fn a_bundle_full_of_faults_says_no_more_than_is_heard() {
    let mut entry = create();
    entry["resource"]["name"] = json!(vec![7; 100]);
    let limits = Limits { issues: 10, ..Limits::default() };
    let parsed = bundle::parse(bundle(json!(vec![entry; 30])).as_bytes(), &limits).unwrap();
    let said: usize = parsed.entries.iter().map(|entry| entry.as_ref().unwrap_err().len()).sum();
    assert_eq!(said, 10 + 29);
    assert_eq!(parsed.into_whole(&limits).unwrap_err().len(), 10);
}

fn valid(text: Vec<u8>) -> Value {
    let value = serde_json::from_slice(&text).unwrap();
    assert_eq!(tacenda_fhir::faults(&value, &Limits::default()), []);
    value
}

#[test]
fn answers_are_valid_bundles() {
    let patient = br#"{"resourceType":"Patient","id":"1"}"#;
    let outcome = tacenda_fhir::outcome_bytes(&[]);
    let links = [("self", "https://x/fhir/Patient?name=\"a\""), ("next", "https://x/fhir/Patient?page=2")];
    let entries = [
        SearchEntry { full_url: "https://x/fhir/Patient/1", resource: patient, mode: SearchMode::Match },
        SearchEntry { full_url: "urn:uuid:2", resource: &outcome, mode: SearchMode::Outcome },
    ];
    let found = valid(bundle::searchset(Some(1), &links, &entries));
    assert_eq!(found["entry"][0]["resource"]["id"], "1");
    assert_eq!(found["link"][1]["relation"], "next");
    assert!(valid(bundle::searchset(None, &[], &[])).get("entry").is_none());

    let version = |number, resource, method| HistoryEntry {
        full_url: "https://x/fhir/Patient/1",
        resource,
        method,
        url: "Patient/1",
        version: Version::new(number).unwrap(),
        last_modified: Timestamp::UNIX_EPOCH,
    };
    let entries = [version(2, None, Method::Delete), version(1, Some(patient.as_slice()), Method::Post)];
    let past = valid(bundle::history(Some(entries.len()), &[], &entries));
    assert_eq!(past["total"].to_string(), "2");
    assert_eq!(past["entry"][0]["response"]["etag"], "W/\"2\"");

    let done = ResponseEntry {
        status: "201 Created",
        location: Some("Patient/1/_history/1"),
        version: Some((Version::FIRST, Timestamp::UNIX_EPOCH)),
        resource: Some(patient),
        outcome: None,
    };
    let failed = ResponseEntry {
        status: "404 Not Found",
        location: None,
        version: None,
        resource: None,
        outcome: Some(&outcome),
    };
    let answer = valid(bundle::response(BundleKind::Batch, &[done, failed]));
    assert_eq!(answer["type"], "batch-response");
    assert_eq!(answer["entry"][1]["response"]["outcome"]["resourceType"], "OperationOutcome");
}
