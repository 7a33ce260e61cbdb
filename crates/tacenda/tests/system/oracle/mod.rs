//! Right answers: generated queries, each answered by the server and by a plain look at every resource.

mod decimal;
mod evaluate;
mod generate;
mod moments;

use std::{collections::BTreeSet, fs};

use futures::{StreamExt, stream};
use jiff::civil::date;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda_contracts::keystore::GrantKind;
use tacenda_fhir::{Placement, ResourceType};
use tacenda_kernel::{Purpose, Role};
use tacenda_synthetic::{DirectoryRefs, Population};
use tacenda_testkit::SeededRandom;
use url::form_urlencoded;

use self::{
    evaluate::Asked,
    generate::{Draw, FORMS, query},
};
use crate::{
    common::{TestSystem, answer},
    synthea,
};

const QUERIES: usize = 500;
const AT_ONCE: usize = 4;
/// Patients of the demo where there are no others.
const PATIENTS: u32 = 20;

/// Among what a search looks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    OfPatient,
    Patients,
    Directory,
}

/// Every resource of one type that a clinician sees: of a patient, of all patients, or of the directory.
struct Pool {
    kind: ResourceType,
    scope: Scope,
    patient: Option<String>,
    resources: Vec<Value>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_finds_what_a_plain_look_finds() {
    let test = TestSystem::start().await;
    let patients = import(&test).await;
    let token = test.token(Role::Clinician).await;
    let pools = pools(&test, &token, &patients).await;
    let draw = Draw(SeededRandom::new(20_260_401));
    let (mut asked, mut forms) = (Vec::new(), BTreeSet::new());
    for number in 0..QUERIES {
        let form = FORMS[number % FORMS.len()];
        forms.insert(form);
        let (pool, all) = query(&draw, &pools, form);
        asked.push((pool, all, 1 + draw.below(60), number % 2 == 0));
    }
    assert_eq!(forms.len(), FORMS.iter().collect::<BTreeSet<_>>().len());
    let (test, token) = (&test, &token);
    let checks =
        asked.iter().map(|(pool, all, count, by_form)| check(test, token, pool, all, *count, *by_form));
    let answers: Vec<Result<usize, ()>> = stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
    let found: Vec<usize> = answers.iter().flatten().copied().collect();
    assert_eq!(found.len(), QUERIES, "queries were answered wrongly");
    let some = found.iter().filter(|count| **count > 0).count();
    assert!(some > QUERIES / 2, "only {some} queries find anything");
    eprintln!("{QUERIES} queries, {some} of which find something, {} resources", found.iter().sum::<usize>());
}

/// Asks, and compares with the plain look, in the order of a search for everything; how many there are.
async fn check(
    test: &TestSystem,
    token: &str,
    pool: &Pool,
    all: &[Asked],
    count: usize,
    by_form: bool,
) -> Result<usize, ()> {
    let mut pairs: Vec<(String, String)> =
        pool.patient.iter().map(|id| ("patient".to_owned(), id.clone())).collect();
    pairs.extend(all.iter().map(|one| {
        (one.name(), one.values.iter().map(|value| escaped(one, value)).collect::<Vec<_>>().join(","))
    }));
    pairs.push(("_count".to_owned(), count.to_string()));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    let found = pages(test, token, pool.kind, &query, by_form).await;
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    let found: Vec<String> = found.iter().map(id).collect();
    let matches = pool.resources.iter().filter(|resource| all.iter().all(|one| one.matches(resource)));
    let expected: Vec<String> = matches.map(id).collect();
    if found != expected {
        let differs = |one: &&Value| found.contains(&id(one)) != expected.contains(&id(one));
        let one = pool.resources.iter().find(differs);
        eprintln!("{}?{pairs:?}: {found:?} found, {expected:?} expected, differs in {one:?}", pool.kind);
        return Err(());
    }
    Ok(found.len())
}

fn escaped(asked: &Asked, value: &str) -> String {
    let special = if asked.parameter.fhir_type() == "string" { "\\,|$" } else { "\\,$" };
    let escaped = |letter: char| special.contains(letter).then_some('\\').into_iter().chain([letter]);
    value.chars().flat_map(escaped).collect()
}

/// Every page of a search.
async fn pages(test: &TestSystem, token: &str, kind: ResourceType, query: &str, by_form: bool) -> Vec<Value> {
    let request = if by_form {
        let request = test.request(Method::POST, &format!("/fhir/{kind}/_search"));
        request.header("content-type", "application/x-www-form-urlencoded").body(query.to_owned())
    } else {
        test.request(Method::GET, &format!("/fhir/{kind}?{query}"))
    };
    let (mut request, mut found) = (request, Vec::new());
    loop {
        let (status, page) = answer(request.bearer_auth(token).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{kind}?{query}: {page}");
        found.extend(page["entry"].as_array().into_iter().flatten().map(|entry| entry["resource"].clone()));
        let next = page["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { return found };
        let (_, path) = next["url"].as_str().unwrap().split_once("/fhir/").unwrap();
        request = test.request(Method::GET, &format!("/fhir/{path}"));
    }
}

/// Imports Synthea's patients, or the demo's where those are not here, for the clinician; each with all that was sent.
async fn import(test: &TestSystem) -> Vec<(String, Vec<Value>)> {
    let mut bundles = Vec::new();
    if let Ok(files) = fs::read_dir(synthea::folder()) {
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        bundles.extend(files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()));
    } else {
        eprintln!("there is no folder {}; the demo's patients are searched", synthea::folder().display());
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

async fn pools(test: &TestSystem, token: &str, patients: &[(String, Vec<Value>)]) -> Vec<Pool> {
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
            let resources = pages(test, token, kind, &format!("patient={patient}&_count=200"), false).await;
            assert_eq!(resources.len(), kinds.iter().filter(|other| **other == kind).count(), "{kind}");
            pools.push(Pool { kind, scope: Scope::OfPatient, patient: Some(patient.clone()), resources });
        }
    }
    let kinds: BTreeSet<&str> = pools.iter().map(|pool| pool.kind.as_str()).collect();
    assert!(kinds.len() > 5, "the clinician sees only {kinds:?}");
    let everybody = pages(test, token, ResourceType::Patient, "_count=200", false).await;
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
        let resources = pages(test, token, kind, "_count=200", false).await;
        if !resources.is_empty() {
            pools.push(Pool { kind, scope: Scope::Directory, patient: None, resources });
        }
    }
    pools
}
