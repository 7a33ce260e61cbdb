//! What a role can ever collect, whatever it asks: its closure, and ids that nobody else's can be compared with.

mod crawl;
mod known;

use std::collections::BTreeSet;

use serde_json::Value;
use tacenda_contracts::keystore::GrantKind;
use tacenda_fhir::ResourceType;
use tacenda_kernel::{ApiRealm, Compartment, Purpose, Role};

use self::{
    crawl::{Collected, crawl},
    known::Known,
};
use crate::common::TestSystem;

const CLOSURES: &str = include_str!("../../../../policy/golden/closures.txt");
const ELEMENTS: &str = include_str!("../../../../policy/golden/elements.txt");
const CURIOUS: [Role; 3] = [Role::Technician, Role::Monitor, Role::Researcher];

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
        let id = resource["id"].as_str().unwrap_or_default();
        if kind == ResourceType::Provenance && id.rsplit('-').next().is_some_and(|last| last.len() < 26) {
            // It is derived from the ledger and in no compartment.
            assert!(!resource.to_string().contains("urn:uuid:"), "{role}: which account it was is not told");
            continue;
        }
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

/// A record's id says whose it is: both numbers count. What else is in a reference, or in the id of what is derived, is a
/// version.
fn words(id: &str) -> Vec<String> {
    id.split(['-', '/']).filter(|word| word.len() == 26).map(str::to_owned).collect()
}
