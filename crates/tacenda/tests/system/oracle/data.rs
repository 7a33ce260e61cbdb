//! The resources that are searched, as a search for everything shows them.

use std::{collections::BTreeSet, fs};

use jiff::civil::date;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_fhir::{Placement, ResourceType};
use tacenda_kernel::{Purpose, Role};
use tacenda_synthetic::{DirectoryRefs, Population};

use super::pages;
use crate::{
    common::{TestSystem, answer},
    synthea,
};

/// Patients of the demo where there are no others.
const PATIENTS: u32 = 20;

/// Among what a search looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    OfPatient,
    Patients,
    Directory,
}

/// Every resource of one type that a clinician sees: of a patient, of all patients, or of the directory.
pub(super) struct Pool {
    pub(super) kind: ResourceType,
    pub(super) scope: Scope,
    pub(super) patient: Option<String>,
    pub(super) resources: Vec<Value>,
}

/// Imports Synthea's patients, or the demo's where those are not here, for the clinician; each with all that was sent.
pub(super) async fn import(test: &TestSystem) -> Vec<(String, Vec<Value>)> {
    let mut bundles = Vec::new();
    if let Ok(files) = fs::read_dir(synthea::folder()) {
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        bundles.extend(files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()));
    }
    let population = Population::new(7);
    if bundles.is_empty() {
        let directory = test.enrol(&population.directory()).await;
        let of = |kind: &str| directory.iter().filter(|made| made.starts_with(kind)).cloned().collect();
        let refs = DirectoryRefs { organization: of("Organization/"), practitioner: of("Practitioner/") };
        bundles.extend((0..PATIENTS).map(|index| population.patient(index, date(2026, 3, 1), &refs)));
    }
    let mut patients = Vec::new();
    for bundle in bundles {
        let made = test.enrol(&bundle).await;
        let Some(patient) = made.iter().find(|made| made.starts_with("Patient/")) else { continue };
        test.care(patient).await;
        test.grant(patient, GrantKind::StreamNeed, Some(Role::Clinician), Purpose::Treatment).await;
        let varied = varied(patient, patients.len());
        test.enrol(&varied).await;
        let sent = [&bundle, &varied].map(|bundle| bundle["entry"].as_array().unwrap().clone()).concat();
        patients.push((patient.split_once('/').unwrap().1.to_owned(), sent));
    }
    patients
}

pub(super) async fn pools(test: &TestSystem, token: &str, patients: &[(String, Vec<Value>)]) -> Vec<Pool> {
    let mut pools = Vec::new();
    for (patient, sent) in patients {
        let kinds = sent.iter().map(|entry| &entry["resource"]["resourceType"]);
        let kinds: Vec<ResourceType> = kinds.map(|kind| kind.as_str().unwrap().parse().unwrap()).collect();
        for kind in kinds.iter().copied().collect::<BTreeSet<_>>() {
            if matches!(kind.placement(), Placement::Split | Placement::Directory) {
                continue;
            }
            let query = format!("/fhir/{kind}?patient={patient}");
            let (status, _) =
                answer(test.request(Method::GET, &query).bearer_auth(token).send().await.unwrap()).await;
            if status != StatusCode::OK {
                continue;
            }
            let resources = pages(test, token, kind, &format!("patient={patient}&_count=200"), false).await.0;
            assert_eq!(resources.len(), kinds.iter().filter(|other| **other == kind).count(), "{kind}");
            pools.push(Pool { kind, scope: Scope::OfPatient, patient: Some(patient.clone()), resources });
        }
    }
    let kinds: BTreeSet<&str> = pools.iter().map(|pool| pool.kind.as_str()).collect();
    assert!(kinds.len() > 5, "the clinician sees only {kinds:?}");
    let everybody = pages(test, token, ResourceType::Patient, "_count=200", false).await.0;
    assert_eq!(everybody.len(), patients.len());
    // As many of the whole as of one patient: they are to be asked as often as one of the types.
    for _ in 0..pools.len() / 8 {
        pools.push(Pool {
            kind: ResourceType::Patient,
            scope: Scope::Patients,
            patient: None,
            resources: everybody.clone(),
        });
    }
    for kind in [ResourceType::Practitioner, ResourceType::Organization, ResourceType::Location] {
        let resources = pages(test, token, kind, "_count=200", false).await.0;
        if !resources.is_empty() {
            pools.push(Pool { kind, scope: Scope::Directory, patient: None, resources });
        }
    }
    pools
}

/// Records of a patient with values that Synthea's do not have: texts, profiles, tags, quantities in components.
fn varied(patient: &str, number: usize) -> Value {
    let titles =
        ["Überweisung, Teil 1", "Today's O'Brien list", "a|b list $5", "Città vecchia", "Old problems"];
    let subject = json!({"reference": patient});
    let coded = |code: String| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    let list = |index: usize| {
        json!({"resourceType": "List", "status": "current", "mode": "working", "subject": subject,
            "meta": {"profile": [format!("https://example.org/profile-{}", index % 3)],
                "tag": [{"system": "urn:tags", "code": format!("t{}", index % 2)}]},
            "title": titles[(index + number) % titles.len()], "note": [{"text": format!("note, {number} of {index}")}],
            "date": format!("201{index}-0{}", 1 + index)})
    };
    let observation = |index: u8| {
        let amount = |value: f64| json!({"value": value, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"});
        json!({"resourceType": "Observation", "status": "final", "code": coded(format!("v-{}", index % 2)),
            "subject": subject, "effectivePeriod": {"start": format!("2024-02-{:02}", 1 + index), "end": "2024-03"},
            "component": [{"code": coded("low".to_owned()), "valueQuantity": amount(5.35 + f64::from(index))},
                {"code": coded("high".to_owned()), "valueQuantity": amount(0.5 * f64::from(index))}]})
    };
    let resources = (0..7).map(list).chain((0..7).map(observation));
    let entries = resources.map(|resource| {
        json!({"request": {"method": "POST", "url": resource["resourceType"]}, "resource": resource})
    });
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries.collect::<Vec<_>>()})
}
