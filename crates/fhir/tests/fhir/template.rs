//! What is stored and rendered again is what was sent, but for ids, references and meta.

#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::convert::Infallible;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tacenda_fhir::{
    Halves, ReferenceSite, RenderMeta, Resolved, ResourceType, Slot, Target, Template, join, keep_elements,
    split,
};
use tacenda_kernel::{Compartment, RecordId, Version};

fn record() -> RecordId {
    RecordId::from_bytes([3; 16]).unwrap()
}

/// Patients become the patient's slot, other local references one record's, all else stays.
fn resolve(site: ReferenceSite<'_>) -> Result<Resolved, Infallible> {
    Ok(match Target::parse(site.reference, "") {
        Target::Local { resource_type: ResourceType::Patient, .. } => {
            Resolved::Slot { resource_type: ResourceType::Patient, slot: Slot::Patient }
        }
        Target::Local { resource_type, .. } => Resolved::Slot { resource_type, slot: Slot::Record(record()) },
        _ => Resolved::Literal,
    })
}

fn fill(slot: &Slot, out: &mut Vec<u8>) {
    out.extend_from_slice(match slot {
        Slot::Patient => b"the-patient",
        Slot::Record(_) => b"the-record",
    });
}

fn stored(value: &Value) -> Template {
    let template = Template::build(value, &mut resolve).unwrap();
    let again = Template::from_bytes(&template.to_bytes()).unwrap();
    assert_eq!(again, template);
    again
}

fn rendered(template: &Template) -> Value {
    let meta = RenderMeta { id: "new", version: Version::FIRST, last_updated: Timestamp::UNIX_EPOCH };
    let text = template.render(&meta, &mut fill);
    assert!(text.starts_with(b"{\"resourceType\":"));
    serde_json::from_slice(&text).unwrap()
}

/// The same by another way: what the rendered resource must be.
fn expected(value: &Value) -> Value {
    let mut value = value.clone();
    rewrite(&mut value);
    value["id"] = json!("new");
    if !value["meta"].is_object() {
        value["meta"] = json!({});
    }
    value["meta"]["versionId"] = json!("1");
    value["meta"]["lastUpdated"] = json!("1970-01-01T00:00:00.000000Z");
    value
}

fn rewrite(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Object(members) => {
            members.values_mut().for_each(rewrite);
            let Some(text) = members.get("reference").and_then(Value::as_str).map(str::to_owned) else {
                return;
            };
            let Target::Local { resource_type, version, .. } = Target::parse(&text, "") else { return };
            let suffix = version.map(|version| format!("/_history/{version}")).unwrap_or_default();
            let id = if resource_type == ResourceType::Patient { "the-patient" } else { "the-record" };
            if resource_type == ResourceType::Patient {
                members.retain(|key, _| !["display", "_display", "identifier"].contains(&key.as_str()));
            }
            members["reference"] = json!(format!("{resource_type}/{id}{suffix}"));
        }
        _ => {}
    }
}

fn number() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("1.50"),
        Just("1e2"),
        Just("-0"),
        Just("0.0"),
        Just("12345678901234567890.10"),
        Just("1E-7")
    ];
    text.prop_map(|text| serde_json::from_str(text).unwrap())
}

fn reference() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("Patient/p"),
        Just("Patient/p/_history/2"),
        Just("Observation/o"),
        Just("Observation/o/_history/7"),
        Just("#inside"),
        Just("https://elsewhere/fhir/Patient/1"),
        Just("urn:uuid:1"),
        Just("a\"\\/{}é😀")
    ];
    (text, any::<bool>(), any::<bool>()).prop_map(|(text, display, extension)| {
        let mut value = json!({ "reference": text });
        if display {
            value["display"] = json!("Mario Rossi");
            value["identifier"] = json!({"value": "RSSMRA"});
        }
        if extension {
            value["extension"] = json!([{"url": "x", "valueReference": {"reference": "Patient/q"}}]);
        }
        value
    })
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        any::<String>().prop_map(Value::from),
        reference(),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from), object(inner),]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let key = prop_oneof!["[a-z]{1,6}", Just("_name".to_owned()), Just("name".to_owned()), "\\PC{1,4}"];
    let not_special = |key: &String| !["reference", "education", "id", "meta"].contains(&key.as_str());
    prop::collection::vec((key.prop_filter("special", not_special), inner), 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

fn resource() -> impl Strategy<Value = Value> {
    let meta = prop_oneof![
        Just(Value::Null),
        Just(json!({"versionId": "9", "lastUpdated": "x"})),
        Just(json!({"versionId": "9", "profile": ["p"], "tag": [{"code": "t"}]})),
        reference().prop_map(|reference| json!({"extension": [{"url": "u", "valueReference": reference}]})),
    ];
    (object(any_value()), meta, any::<bool>(), any::<bool>()).prop_map(|(mut value, meta, id, first)| {
        if id {
            value["id"] = json!("old");
        }
        if !meta.is_null() {
            value["meta"] = meta;
        }
        let mut whole = Map::new();
        if first {
            whole.insert("resourceType".to_owned(), json!("Patient"));
        }
        whole.extend(value.as_object().unwrap().clone());
        whole.insert("resourceType".to_owned(), json!("Patient"));
        Value::Object(whole)
    })
}

proptest! {
    #[test]
    fn what_is_rendered_is_what_was_sent(value in resource()) {
        prop_assert_eq!(rendered(&stored(&value)), expected(&value));
    }

    #[test]
    fn held_back_elements_are_gone_and_the_rest_is_whole(value in resource()) {
        let kept = stored(&value).retain_elements(&|name| name == "name");
        let again = Template::from_bytes(&kept.to_bytes()).unwrap();
        let mut wanted = expected(&value);
        keep_elements(&mut wanted, &["name"]);
        prop_assert_eq!(rendered(&again), wanted);
        prop_assert!(again.element_names().iter().all(|name| *name == "name"));
    }

    #[test]
    fn halves_are_put_together_in_either_form(value in resource()) {
        let Halves { contact, identity } = split(&value);
        let halves = (stored(&contact), stored(&identity));
        let whole = Template::join(Some(&halves.0), Some(&halves.1)).unwrap();
        prop_assert_eq!(rendered(&whole), expected(&join(Some(contact), Some(identity))));
        prop_assert_eq!(rendered(&whole), expected(&value));
        prop_assert_eq!(Template::join(None, Some(&halves.1)), Some(halves.1));
    }
}

#[test]
fn text_and_names_are_as_expected() {
    let value = json!({"id": "1", "status": "final", "resourceType": "Observation", "meta": {"profile": ["p"]},
        "subject": {"type": "Patient", "reference": "Patient/1", "display": "Mario Rossi"}, "_status": {"id": "s"}});
    let template = stored(&value);
    assert_eq!(template.element_names(), ["status", "subject"]);
    assert_eq!(template.slots().collect::<Vec<_>>(), [&Slot::Patient]);
    let meta = RenderMeta { id: "7", version: Version::FIRST.next(), last_updated: Timestamp::UNIX_EPOCH };
    assert_eq!(
        String::from_utf8(template.render(&meta, &mut fill)).unwrap(),
        r#"{"resourceType":"Observation","id":"7","meta":{"versionId":"2","lastUpdated":"1970-01-01T00:00:00.000000Z","profile":["p"]},"status":"final","subject":{"reference":"Patient/the-patient","type":"Patient"},"_status":{"id":"s"}}"#
    );
    assert!(!format!("{template:?}").contains("final"));
}

#[test]
fn no_reference_carries_a_name_out_of_contact_or_identity() {
    let value = json!({"resourceType": "Observation", "performer": [
        {"reference": "RelatedPerson/1", "display": "Maria Rossi", "_display": {"id": "d"},
            "identifier": {"value": "RSSMRA"}}]});
    for compartment in Compartment::ALL {
        let record = RecordId::from_bytes([compartment as u8; 16]).unwrap();
        let slot = Resolved::Slot { resource_type: ResourceType::RelatedPerson, slot: Slot::Record(record) };
        let template = Template::build(&value, &mut |_| Ok::<_, Infallible>(slot)).unwrap();
        let text = rendered(&template).to_string();
        let hidden = [Compartment::Contact, Compartment::Identity].contains(&compartment);
        assert_eq!(text.contains("Maria") || text.contains("RSSMRA") || text.contains("_display"), !hidden);
    }
}

#[test]
fn only_references_are_references() {
    let value = json!({"resourceType": "Immunization", "education": [{"reference": "Patient/1"}],
        "reaction": [{"detail": {"reference": "Observation/1"}}]});
    assert_eq!(stored(&value).slots().count(), 1);
    let value = json!({"resourceType": "DetectedIssue", "reference": "Patient/1"});
    assert_eq!(stored(&value).slots().count(), 0);
}

#[test]
fn a_reference_that_cannot_be_resolved_says_where_it_is() {
    let value =
        json!({"resourceType": "Observation", "performer": [{"reference": "#a"}, {"reference": "Device/1"}]});
    let error = Template::build(&value, &mut |site| match site.reference {
        "#a" => Ok(Resolved::Literal),
        _ => Err(site.expression()),
    });
    assert_eq!(error.unwrap_err(), "Observation.performer[1].reference");
}

#[test]
fn malformed_bytes_are_refused() {
    let bytes = stored(&json!({"resourceType": "Task", "for": {"reference": "Patient/1"}})).to_bytes();
    for length in 0..bytes.len() {
        assert!(Template::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
    assert!(Template::from_bytes(&[&bytes[..], b" "].concat()).is_err());
    for format in [0, 1, 3] {
        let mut other = bytes.clone();
        other[0] = format;
        assert!(Template::from_bytes(&other).is_err(), "{format}");
    }
}
