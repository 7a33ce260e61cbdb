//! Real-shaped input: Synthea's transaction bundles, where the machine has them (`TACENDA_SYNTHEA`, or
//! `../shared/synthea` beside the repository).

#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::{convert::Infallible, env, fs, path::PathBuf};

use jiff::Timestamp;
use serde_json::Value;
use tacenda_fhir::{
    Limits, Place, RenderMeta, Resolved, ResourceType, Slot, Target, Template, bundle, patient_reference,
    place, terms,
};
use tacenda_kernel::Version;

fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/synthea");
    env::var_os("TACENDA_SYNTHEA").map_or_else(|| beside.into(), PathBuf::from)
}

#[test]
fn every_resource_comes_back_as_it_was_sent() {
    let Ok(files) = fs::read_dir(folder()) else {
        println!("left out: there is no folder of Synthea bundles on this machine");
        return;
    };
    let mut count = 0;
    for file in files {
        count += round_trip(&fs::read(file.unwrap().path()).unwrap());
    }
    println!("{count} resources");
    assert_eq!(count, 7_453);
}

fn round_trip(bytes: &[u8]) -> usize {
    let limits = Limits::default();
    let entries = bundle::parse(bytes, &limits).unwrap().into_whole(&limits).unwrap();
    let patient = entries[0].full_url.as_deref().unwrap();
    for entry in &entries {
        let resource = entry.resource.as_ref().unwrap();
        let kind = ResourceType::of(resource).unwrap();
        let found = patient_reference(resource);
        assert_eq!(found, (!kind.patient_elements().is_empty()).then_some(patient), "{kind}");
        assert_eq!(place(resource).unwrap() == Place::Split, kind == ResourceType::Patient);
        assert!(!terms(resource, kind).is_empty());
        let bytes = Template::build(resource, &mut resolve).unwrap().to_bytes();
        let again = rendered(&Template::from_bytes(&bytes).unwrap());
        assert_eq!(comparable(again), comparable(resource.clone()));
    }
    entries.len()
}

fn resolve(site: tacenda_fhir::ReferenceSite<'_>) -> Result<Resolved, Infallible> {
    Ok(match Target::parse(site.reference, "") {
        Target::Urn(_) => Resolved::Slot { resource_type: ResourceType::Patient, slot: Slot::Patient },
        _ => Resolved::Literal,
    })
}

fn rendered(template: &Template) -> Value {
    let meta = RenderMeta { id: "x", version: Version::FIRST, last_updated: Timestamp::UNIX_EPOCH };
    let text = template.render(&meta, &mut |_, out| out.push(b'x'));
    serde_json::from_slice(&text).unwrap()
}

/// Without the id, without what the server adds to meta, and with every reference the same.
fn comparable(mut resource: Value) -> Value {
    let members = resource.as_object_mut().unwrap();
    members.remove("id");
    if let Some(meta) = members.get_mut("meta").and_then(Value::as_object_mut) {
        meta.retain(|key, _| key != "versionId" && key != "lastUpdated");
        if meta.is_empty() {
            members.remove("meta");
        }
    }
    same_references(&mut resource);
    resource
}

fn same_references(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("reference").and_then(Value::as_str).is_some_and(|text| !text.starts_with('#')) {
                members.insert("reference".to_owned(), "same".into());
                members.remove("display");
                members.remove("identifier");
            }
            members.values_mut().for_each(same_references);
        }
        Value::Array(items) => items.iter_mut().for_each(same_references),
        _ => {}
    }
}
