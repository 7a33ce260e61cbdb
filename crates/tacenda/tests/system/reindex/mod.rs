//! Search tokens that were lost are made anew from the records themselves, in steps that can be ended anywhere.

mod row;

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::{databases::PREFIX, reindex::reindex};
use tacenda_contracts::accounts::BearerToken;
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Compartment, Role, TraceId};
use tacenda_records::RecordsError;
use tacenda_synthetic::{DirectoryRefs, Population};

use crate::{
    common::TestSystem,
    tampering::{admin, verified},
};

const PATIENTS: u32 = 2;

/// Everything by which something was found, and what.
type Found = BTreeMap<String, Vec<String>>;

struct Scene {
    test: TestSystem,
    queries: Vec<String>,
    observation: String,
}

impl Scene {
    async fn make() -> Self {
        let test = TestSystem::start().await;
        let population = Population::new(4);
        let directory = population.directory();
        let practitioner = |entry: &&Value| entry["resource"]["resourceType"] == "Practitioner";
        let practitioner = directory["entry"].as_array().unwrap().iter().find(practitioner).unwrap();
        let family = practitioner.pointer("/resource/name/0/family").unwrap().as_str().unwrap();
        let (mut queries, mut observation) = (vec![format!("Practitioner?name={family}")], String::new());
        test.enrol(&directory).await;
        for index in 0..PATIENTS {
            let bundle = population.patient(index, jiff::civil::date(2026, 3, 1), &DirectoryRefs::default());
            let ids = test.enrol(&bundle).await;
            let id = ids.iter().find_map(|id| id.strip_prefix("Patient/")).unwrap();
            test.care(id).await;
            let (_, patient) = test.get(Role::Clinician, &format!("/fhir/Patient/{id}")).await;
            let text = |pointer: &str| patient.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            let family: String = text("/name/0/family").to_lowercase().chars().take(4).collect();
            queries.extend([
                format!("Patient?identifier={}", text("/identifier/0/value")),
                format!("Patient?family={family}"),
                format!("Patient?birthdate={}", text("/birthDate")),
                format!("Observation?patient={id}&_count=200"),
                format!("Observation?patient={id}&code=8480-6,85354-9&_count=200"),
                format!("Observation?patient={id}&date=ge2025-06-01&date=lt2025-12-01&_count=200"),
                format!("Condition?patient={id}"),
            ]);
            observation = ids.iter().find(|id| id.starts_with("Observation/")).unwrap().clone();
        }
        Self { test, queries, observation }
    }

    async fn found(&self) -> Found {
        let mut found = Found::new();
        for query in &self.queries {
            let (status, page) = self.test.get(Role::Clinician, &format!("/fhir/{query}")).await;
            assert_eq!(status, StatusCode::OK, "{query}: {page}");
            let ids = page["entry"].as_array().into_iter().flatten();
            let ids = ids.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect();
            found.insert(query.clone(), ids);
        }
        found
    }

    async fn in_every_vault(&self, sql: &str) {
        for compartment in Compartment::ALL {
            let admin = admin(&self.test, &format!("{PREFIX}vault_{compartment}")).await;
            admin.batch_execute(sql).await.unwrap();
        }
    }

    /// Rows of tokens, and tokens in the records themselves: in each vault the same.
    async fn tokens(&self) -> Vec<(i64, i64)> {
        let mut counts = Vec::new();
        for compartment in Compartment::ALL {
            let admin = admin(&self.test, &format!("{PREFIX}vault_{compartment}")).await;
            let sql = "select (select count(*) from tokens), \
                 (select count(distinct (token, record)) from records, unnest(tokens) as token)";
            let row = admin.query_one(sql, &[]).await.unwrap();
            counts.push((row.get(0), row.get(1)));
        }
        counts
    }

    async fn operator(&self) -> BearerToken {
        let issued = self.test.system.accounts.issue_for_operator(TraceId::make(&SystemRandom)).await;
        issued.unwrap().access_token
    }
}

/// What somebody does who has every right in PostgreSQL: no record has a token, and some that nothing has are there.
const LOST: &str = "delete from tokens; update records set tokens = '{}'; \
     insert into tokens select generate_series(1, 40), record from (select record from records limit 1) one";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_is_found_again() {
    let scene = Scene::make().await;
    let (before, tokens) = (scene.found().await, scene.tokens().await);
    let nothing: Vec<&String> = before.iter().filter(|(_, ids)| ids.is_empty()).map(|(one, _)| one).collect();
    assert!(nothing.is_empty(), "{nothing:?}");
    scene.in_every_vault(LOST).await;
    let lost = scene.found().await;
    assert!(lost.values().all(Vec::is_empty), "{lost:?}");

    let done = reindex(&scene.test.system, |_| {}).await.unwrap();
    assert_eq!(scene.found().await, before);
    assert_eq!(scene.tokens().await, tokens);
    let sum = |count: fn(&tacenda::reindex::Progress) -> u64| done.iter().map(count).sum::<u64>();
    assert!(sum(|(_, one)| one.changed) > 200, "{done:?}");
    assert_eq!(sum(|(_, one)| one.closed + one.damaged), 0, "{done:?}");
    // Once more changes nothing.
    let again = reindex(&scene.test.system, |_| {}).await.unwrap();
    assert!(again.iter().all(|(_, one)| one.changed == 0 && one.finished), "{again:?}");
    assert_eq!(scene.tokens().await, tokens);
    let verified = verified(&scene.test).await;
    assert!(verified.holds(), "{:?}", verified.lines());
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_ended_is_gone_on_with_beside_writes() {
    let scene = Scene::make().await;
    let before = scene.found().await;
    scene.in_every_vault(LOST).await;
    let records = &scene.test.system.records;
    records.begin_reindex(false).await.unwrap();
    let (token, trace) = (scene.operator().await, TraceId::make(&SystemRandom));
    let mut steps = 0;
    for compartment in [Compartment::Contact, Compartment::Clinical] {
        for _ in 0..4 {
            steps = records.reindex(compartment, &token, trace.into(), 9).await.unwrap().looked_at;
        }
    }
    assert_eq!(steps, 36);
    // It is written meanwhile, before and after the position.
    let path = format!("/fhir/{}", scene.observation);
    let (_, mut observation) = scene.test.get(Role::Clinician, &path).await;
    let patient = observation["subject"]["reference"].as_str().unwrap().to_owned();
    observation["code"] = json!({"coding": [{"system": "http://loinc.org", "code": "meanwhile"}]});
    let (status, said) = scene.test.send(Role::Clinician, Method::PUT, &path, &observation).await;
    assert_eq!(status, StatusCode::OK, "{said}");

    // Another process would find the same position.
    records.begin_reindex(false).await.unwrap();
    let mut told = Vec::new();
    let done = reindex(&scene.test.system, |progress| told.push(progress)).await.unwrap();
    let clinical = |progress: &&tacenda::reindex::Progress| progress.0 == Compartment::Clinical;
    assert!(told.iter().find(clinical).unwrap().1.looked_at > 36, "it went on: {told:?}");
    assert!(done.iter().all(|(_, one)| one.finished));
    let found = scene.found().await;
    for (query, ids) in &before {
        if !query.contains("code=") {
            assert_eq!(&found[query], ids, "{query}");
        }
    }
    let query = format!("/fhir/Observation?patient={patient}&code=meanwhile");
    let (_, page) = scene.test.get(Role::Clinician, &query).await;
    assert_eq!(page["entry"].as_array().map(Vec::len), Some(1), "{page}");
    assert!(scene.tokens().await.iter().all(|(rows, columns)| rows == columns));
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_operators_command_reindexes_and_each_patient_hears_of_it() {
    let scene = Scene::make().await;
    let (system, trace) = (&scene.test.system, TraceId::make(&SystemRandom));
    system.records.begin_reindex(false).await.unwrap();
    for role in
        [Role::Clinician, Role::Technician, Role::Administrator, Role::SecurityOfficer, Role::Application]
    {
        let token = BearerToken::new(scene.test.token(role).await);
        let refused = system.records.reindex(Compartment::Clinical, &token, trace.into(), 10).await;
        assert!(matches!(refused, Err(RecordsError::Forbidden)), "{role}: {refused:?}");
    }
    // The command's own token opens nothing else.
    let operator = scene.operator().await;
    for path in ["/fhir/Patient?name=a".to_owned(), format!("/fhir/{}", scene.observation)] {
        // EXPOSE: this test sends it where it must be of no use.
        let request = scene.test.request(Method::GET, &path).bearer_auth(operator.expose());
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let size = async || system.ledger.checkpoint().await.unwrap().size;
    let before = size().await;
    let done = system.records.reindex(Compartment::Clinical, &operator, trace.into(), 1_000).await.unwrap();
    assert!(done.looked_at > 100, "{done:?}");
    assert_eq!(size().await - before, u64::from(PATIENTS), "one entry about each patient");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_patients_records_and_altered_ones_stay_closed() {
    let scene = Scene::make().await;
    let patient = scene.queries.iter().find_map(|query| query.strip_prefix("Condition?patient=")).unwrap();
    let path = format!("/fhir/Patient/{patient}/$erase");
    let (status, said) = scene.test.send(Role::SecurityOfficer, Method::POST, &path, &Value::Null).await;
    assert!(status.is_success(), "{said}");
    let clinical = admin(&scene.test, &format!("{PREFIX}vault_clinical")).await;
    let alter = "update records set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) \
         where record = (select record from records order by record limit 1)";
    clinical.execute(alter, &[]).await.unwrap();
    let done = reindex(&scene.test.system, |_| {}).await.unwrap();
    let (_, of_clinical) = done.iter().find(|(one, _)| *one == Compartment::Clinical).unwrap();
    assert!(of_clinical.closed > 50 && of_clinical.closed < of_clinical.looked_at, "{of_clinical:?}");
    assert!(of_clinical.finished && of_clinical.damaged <= 1, "{of_clinical:?}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_in_its_types_history_again() {
    let scene = Scene::make().await;
    let path = format!("/fhir/{}", scene.observation);
    let (_, observation) = scene.test.get(Role::Clinician, &path).await;
    let patient = observation["subject"]["reference"].as_str().unwrap();
    let (status, said) = scene.test.send(Role::Clinician, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{said}");
    let since = observation["meta"]["lastUpdated"].as_str().unwrap();
    let history = format!("/fhir/Observation/_history?patient={}&_since={since}&_count=1", &patient[8..]);
    let newest = async || scene.test.get(Role::Clinician, &history).await.1["entry"][0]["request"].clone();
    let (deleted, tokens) = (newest().await, scene.tokens().await);
    assert_eq!(deleted["method"], "DELETE");
    scene.in_every_vault(LOST).await;
    assert_ne!(newest().await, deleted);
    let done = reindex(&scene.test.system, |_| {}).await.unwrap();
    assert!(done.iter().all(|(_, one)| one.damaged == 0), "{done:?}");
    assert_eq!((newest().await, scene.tokens().await), (deleted, tokens));
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_or_has_a_damaged_key_is_counted_and_ends_nothing() {
    let scene = Scene::make().await;
    let clinical = admin(&scene.test, &format!("{PREFIX}vault_clinical")).await;
    let malform =
        "update records set version = 0 where record = (select record from records order by record limit 1)";
    assert_eq!(clinical.execute(malform, &[]).await.unwrap(), 1);
    let reindexed = async || {
        // What the other holds in memory, this one reads.
        let beside = scene.test.beside().await;
        let done = reindex(&beside, |_| {}).await.unwrap();
        assert!(done.iter().all(|(_, one)| one.finished && one.closed == 0), "{done:?}");
        done.iter().find(|(one, _)| *one == Compartment::Clinical).unwrap().1
    };
    let done = reindexed().await;
    assert_eq!(done.damaged, 1, "{done:?}");
    let keys = admin(&scene.test, &format!("{PREFIX}keystore")).await;
    let flip = "update patient_keys set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) \
         where compartment = 'clinical' \
           and patient = (select patient from patient_keys order by patient limit 1)";
    assert_eq!(keys.execute(flip, &[]).await.unwrap(), 1);
    let again = reindexed().await;
    assert_eq!(again.looked_at, done.looked_at);
    assert!(again.damaged > 20 && again.damaged < again.looked_at, "the other patient's are done: {again:?}");
    scene.test.stop().await;
}
