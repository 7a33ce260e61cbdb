//! Patches change what they say, or nothing, and no patch makes more than a resource may be.

use proptest::prelude::*;
use serde_json::{Value, json};
use tacenda_fhir::{IssueCode, JsonPatch, Limits, difference};

fn observation() -> Value {
    json!({"resourceType": "Observation", "id": "1", "meta": {"versionId": "1"}, "status": "final",
        "note": [{"text": "a"}, {"text": "b"}], "valueQuantity": {"value": 70.5}})
}

fn patched(operations: &Value) -> Result<Value, tacenda_fhir::Issue> {
    let patch = JsonPatch::read(operations.to_string().as_bytes(), &Limits::default())?;
    let mut value = observation();
    patch.apply(&mut value, &Limits::default()).map(|()| value)
}

#[test]
fn each_operation_does_what_rfc_6902_says() {
    let changed = patched(&json!([
        {"op": "test", "path": "/status", "value": "final"},
        {"op": "replace", "path": "/status", "value": "amended"},
        {"op": "add", "path": "/note/-", "value": {"text": "c"}},
        {"op": "remove", "path": "/note/0"},
        {"op": "copy", "from": "/note/0", "path": "/note/2"},
        {"op": "move", "from": "/valueQuantity/value", "path": "/valueQuantity/was"},
        {"op": "add", "path": "/component", "value": null},
    ]))
    .unwrap();
    assert_eq!(changed["status"], "amended");
    assert_eq!(changed["note"], json!([{"text": "b"}, {"text": "c"}, {"text": "b"}]));
    assert_eq!(changed["valueQuantity"], json!({"was": 70.5}));
    assert_eq!(changed.get("component"), Some(&Value::Null));
    let number: Value = serde_json::from_str("[{\"op\":\"add\",\"path\":\"/a\",\"value\":7.50}]").unwrap();
    assert_eq!(patched(&number).unwrap()["a"].to_string(), "7.50", "the number keeps its digits");
}

#[test]
fn what_stays_stays_in_its_order() {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let changed = patched(&json!([{"op": "remove", "path": "/status"}])).unwrap();
    assert_eq!(keys(&changed), "resourceType id meta note valueQuantity");
    let changed = patched(&json!([
        {"op": "add", "path": "/a~1b", "value": {"x": 1, "y": 2, "z": 3}},
        {"op": "add", "path": "/last", "value": true},
        {"op": "remove", "path": "/a~1b/x"},
        {"op": "move", "from": "/a~1b", "path": "/moved"},
    ]))
    .unwrap();
    assert_eq!(keys(&changed), "resourceType id meta status note valueQuantity last moved");
    assert_eq!(keys(&changed["moved"]), "y z");
}

#[test]
fn what_cannot_be_done_says_which_operation_and_no_value() {
    const VALUE: &str = "Zyxomorph7";
    let first = json!({"op": "test", "path": "/status", "value": "final"});
    for (second, code) in [
        (json!({"op": "test", "path": "/status", "value": VALUE}), IssueCode::BusinessRule),
        (json!({"op": "test", "path": format!("/{VALUE}"), "value": 1}), IssueCode::NotFound),
        (json!({"op": "remove", "path": format!("/{VALUE}")}), IssueCode::NotFound),
        (json!({"op": "remove", "path": ""}), IssueCode::NotFound),
        (json!({"op": "replace", "path": "/note/7", "value": VALUE}), IssueCode::NotFound),
        (json!({"op": "add", "path": "/note/3", "value": VALUE}), IssueCode::NotFound),
        (json!({"op": "add", "path": "/note/01", "value": VALUE}), IssueCode::NotFound),
        (json!({"op": "add", "path": "/status/x", "value": VALUE}), IssueCode::NotFound),
        (json!({"op": "copy", "from": format!("/{VALUE}"), "path": "/note/0"}), IssueCode::NotFound),
        (json!({"op": "move", "from": "/note", "path": "/note/0"}), IssueCode::BusinessRule),
        (json!({"op": "replace", "path": "/id", "value": VALUE}), IssueCode::BusinessRule),
        (json!({"op": "remove", "path": "/meta"}), IssueCode::BusinessRule),
        (json!({"op": "add", "path": "/meta/tag", "value": []}), IssueCode::BusinessRule),
        (json!({"op": "replace", "path": "/resourceType", "value": VALUE}), IssueCode::BusinessRule),
        (json!({"op": "replace", "path": "", "value": {"resourceType": VALUE}}), IssueCode::BusinessRule),
        (json!({"op": VALUE, "path": "/status"}), IssueCode::Structure),
        (json!({"op": "add", "path": "/status"}), IssueCode::Structure),
        (json!({"op": "add", "path": "status", "value": VALUE}), IssueCode::Structure),
        (json!({"op": "copy", "path": "/status"}), IssueCode::Structure),
        (json!(VALUE), IssueCode::Structure),
    ] {
        let issue = patched(&json!([first, second])).unwrap_err();
        assert_eq!(issue.code, code, "{second}: {issue:?}");
        let said = format!("{issue:?}");
        assert!(!said.contains(VALUE), "{said}");
        assert!(issue.expression.is_some() || said.contains("operation 1"), "{said}");
    }
    let limits = Limits::default();
    for text in ["", "{}", "[", "null", "\"x\"", "[]]"] {
        assert_eq!(
            JsonPatch::read(text.as_bytes(), &limits).unwrap_err().code,
            IssueCode::Structure,
            "{text}"
        );
    }
}

#[test]
fn a_patch_that_would_make_much_of_little_is_refused() {
    let doubled: Vec<Value> =
        (0..100).map(|n| json!({"op": "copy", "from": "", "path": format!("/a{n}")})).collect();
    assert_eq!(patched(&json!(doubled)).unwrap_err().code, IssueCode::TooCostly);
    let nested: Vec<Value> = (0..200).map(|_| json!({"op": "copy", "from": "/a", "path": "/a/a"})).collect();
    let mut deep = vec![json!({"op": "add", "path": "/a", "value": {}})];
    deep.extend(nested);
    assert_eq!(patched(&json!(deep)).unwrap_err().code, IssueCode::TooCostly);
    let many: Vec<Value> = (0..10_000).map(|_| json!({"op": "remove", "path": "/status"})).collect();
    assert_eq!(patched(&json!(many)).unwrap_err().code, IssueCode::TooCostly);
    let moved =
        (0..300).map(|n| json!({"op": "move", "from": format!("/b{n}"), "path": format!("/b{}", n + 1)}));
    let mut heavy = vec![json!({"op": "add", "path": "/b0", "value": vec![0; 5_000]})];
    heavy.extend(moved);
    assert_eq!(patched(&json!(heavy)).unwrap_err().code, IssueCode::TooCostly);
    let copies = (0..10).map(|n| json!({"op": "copy", "from": "/a", "path": format!("/a{n}")}));
    let mut long = vec![json!({"op": "add", "path": "/a", "value": "x".repeat(300_000)})];
    long.extend(copies);
    assert_eq!(patched(&json!(long)).unwrap_err().code, IssueCode::TooCostly);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(json!(true)), (0..3).prop_map(|n| json!(n)), "[ab/~]{0,2}".prop_map(Value::from)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[ab/~]{1,2}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_difference_makes_the_second_from_the_first(one in json_value(), other in json_value()) {
        let version = |number: u32, body: &Value| json!({"resourceType": "Basic", "id": "1",
            "meta": {"versionId": number.to_string(), "lastUpdated": "2026-01-01T00:00:00Z"}, "body": body});
        let (mut from, to) = (version(1, &one), version(2, &other));
        let patch = JsonPatch::read(&difference(from.clone(), to.clone()), &Limits::default()).unwrap();
        patch.apply(&mut from, &Limits::default()).unwrap();
        prop_assert_eq!(&from["body"], &to["body"]);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = JsonPatch::read(&bytes, &Limits::default());
    }
}
