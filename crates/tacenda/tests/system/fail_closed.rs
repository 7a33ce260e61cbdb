//! The ledger's database goes away: nothing is disclosed, nothing is written, and all recovers by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::{databases::PREFIX, health::Health};
use tacenda_kernel::{Compartment, Role};
use tacenda_synthetic::Canary;

use crate::{
    common::TestSystem,
    tampering::{LEDGER, admin, verified},
};

/// How the ledger is taken away, and given back: statements for the maintenance database or for the ledger's own.
pub(crate) struct Outage {
    database: &'static str,
    pub(crate) begin: &'static [&'static str],
    pub(crate) end: &'static [&'static str],
}

/// The database lets nobody in.
pub(crate) const GONE: Outage = Outage {
    database: "postgres",
    begin: &[
        "alter database tacenda_ledger allow_connections false",
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tacenda_ledger'",
    ],
    end: &["alter database tacenda_ledger allow_connections true"],
};

/// The database is not there under its name.
const RENAMED: Outage = Outage {
    database: "postgres",
    begin: &[
        "alter database tacenda_ledger allow_connections false",
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tacenda_ledger'",
        "select pg_sleep(0.3)",
        "alter database tacenda_ledger rename to elsewhere",
    ],
    end: &[
        "alter database elsewhere rename to tacenda_ledger",
        "alter database tacenda_ledger allow_connections true",
    ],
};

/// The service may do nothing in it any more.
const REVOKED: Outage = Outage {
    database: LEDGER,
    begin: &["revoke all on all tables in schema public from tacenda_ledger"],
    end: &["grant select, insert on entries, tiles, checkpoints to tacenda_ledger"],
};

/// The service is stopped at the door of every table: nothing refuses, nothing answers.
const HANGING: Outage = Outage {
    database: LEDGER,
    begin: &["begin; lock table entries, tiles, checkpoints in access exclusive mode"],
    end: &["commit"],
};

pub(crate) async fn run(test: &TestSystem, outage: &Outage, statements: &[&str]) -> tokio_postgres::Client {
    let admin = admin(test, outage.database).await;
    for sql in statements {
        admin.batch_execute(sql).await.unwrap();
    }
    admin
}

struct Scene {
    test: TestSystem,
    token: String,
    needles: Vec<String>,
    patient: String,
    path: String,
    /// What a client would send; each is made of the canary's own values.
    bundle: Value,
}

impl Scene {
    async fn make() -> Self {
        let test = TestSystem::start().await;
        let canary = Canary::new(7);
        let ids = test.enrol(canary.bundle()).await;
        let of = |kind: &str| ids.iter().find(|id| id.starts_with(kind)).unwrap().clone();
        let (patient, path) = (of("Patient/"), format!("/fhir/{}", of("Condition/")));
        let token = test.token(Role::Application).await;
        Self {
            test,
            token,
            needles: canary.needles(),
            patient,
            path,
            bundle: Canary::new(8).bundle().clone(),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, String) {
        let mut request = self.test.request(method, path).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/fhir+json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    fn condition(&self) -> Value {
        json!({"resourceType": "Condition", "subject": {"reference": self.patient}, "code": {"text": "Needle"}})
    }

    fn discloses(&self, text: &str) -> bool {
        self.needles.iter().any(|needle| text.contains(needle.as_str()))
    }

    /// Versions in each vault, staged ones included.
    async fn versions(&self) -> Vec<i64> {
        let mut counts = Vec::new();
        for compartment in Compartment::ALL {
            let vault = admin(&self.test, &format!("tacenda_vault_{compartment}")).await;
            for table in ["records", "versions", "staged"] {
                let sql = format!("select count(*) from {table}");
                counts.push(vault.query_one(&sql, &[]).await.unwrap().get(0));
            }
        }
        counts
    }

    async fn everything_is_refused(&self) {
        let (path, patient) = (&self.path, &self.patient);
        let reads = [
            path.clone(),
            format!("{path}/_history/1"),
            format!("{path}/_history"),
            format!("/fhir/{patient}"),
            format!("/fhir/Condition?patient={patient}"),
            format!("/fhir/Observation?patient={patient}"),
            format!("/fhir/{patient}/$everything"),
        ];
        for read in &reads {
            let (status, body) = self.ask(Method::GET, read, None).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{read}: {body}");
            assert!(!self.discloses(&body), "{read}: {body}");
        }
        let (condition, mut changed) = (self.condition(), self.condition());
        changed["id"] = json!(path.rsplit('/').next());
        let writes = [
            (Method::POST, "/fhir/Condition", Some(&condition)),
            (Method::PUT, path.as_str(), Some(&changed)),
            (Method::POST, "/fhir", Some(&self.bundle)),
        ];
        for (method, path, body) in writes {
            let (status, text) = self.ask(method.clone(), path, body).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{method} {path}: {text}");
        }
    }

    async fn until_it_answers(&self) {
        let begun = Instant::now();
        loop {
            let (status, body) = self.ask(Method::GET, &self.path, None).await;
            if status == StatusCode::OK {
                assert!(self.discloses(&body), "the needles are what is looked for: {body}");
                return;
            }
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not recover");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn survives(&self, outage: &Outage) {
        self.until_it_answers().await;
        let before = self.versions().await;
        let admin = run(&self.test, outage, outage.begin).await;
        self.everything_is_refused().await;
        assert_eq!(self.versions().await, before, "a write left something behind");
        for sql in outage.end {
            admin.batch_execute(sql).await.unwrap();
        }
        self.until_it_answers().await;
        let (status, text) = self.ask(Method::POST, "/fhir/Condition", Some(&self.condition())).await;
        assert_eq!(status, StatusCode::CREATED, "{text}");
        let found = verified(&self.test).await;
        assert!(found.holds(), "{:?}", found.lines());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_database_is_gone_and_returns() {
    let scene = Scene::make().await;
    scene.survives(&GONE).await;
    scene.survives(&RENAMED).await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_role_may_nothing_or_waits() {
    let scene = Scene::make().await;
    scene.survives(&REVOKED).await;
    scene.survives(&HANGING).await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_under_way_when_it_goes_have_an_entry_or_are_not_there() {
    let scene = Arc::new(Scene::make().await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (scene, stop) = (Arc::clone(&scene), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut acknowledged: i64 = 0;
                while !stop.load(Ordering::Relaxed) {
                    let (status, text) =
                        scene.ask(Method::POST, "/fhir/Condition", Some(&scene.condition())).await;
                    assert!([201, 503].contains(&status.as_u16()), "{status} {text}");
                    acknowledged += i64::from(status == StatusCode::CREATED);
                }
                acknowledged
            })
        })
        .collect();
    let before: i64 = scene.versions().await.iter().sum();
    for outage in [&GONE, &REVOKED, &GONE] {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let admin = run(&scene.test, outage, outage.begin).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        for sql in outage.end {
            admin.batch_execute(sql).await.unwrap();
        }
        scene.until_it_answers().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = 0;
    for writer in writers {
        acknowledged += writer.await.unwrap();
    }
    let after: i64 = scene.versions().await.iter().sum();
    assert!(acknowledged > 10 && after >= acknowledged, "{before} {acknowledged} {after}");
    let found = verified(&scene.test).await;
    assert!(found.holds(), "{:?}", found.lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_lost_its_connections_is_not_taken_for_dead() {
    let scene = Scene::make().await;
    let admin = admin(&scene.test, "tacenda_records").await;
    let locks = "select count(*) from pg_locks where locktype = 'advisory'";
    let count = async || -> i64 { admin.query_one(locks, &[]).await.unwrap().get(0) };
    assert_eq!(count().await, 1, "the instance holds its lock");
    let others = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'tacenda_records'";
    admin.batch_execute(others).await.unwrap();
    let begun = Instant::now();
    while scene.test.system.records.recover().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count().await, 1, "it took its lock again");
    let (status, text) = scene.ask(Method::POST, "/fhir", Some(&scene.bundle)).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    scene.test.stop().await;
}

/// A lock that only this question waits for, laid before a trigger is.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_kept_from_saying_what_it_holds_lets_nobody_in() {
    let test = TestSystem::start().await;
    let health = Health::of(Arc::clone(&test.system));
    assert!(health.look_for_strangers().await.is_empty());
    let vault = format!("{PREFIX}vault_clinical");
    let thief = admin(&test, &vault).await;
    let lock = "begin; lock table pg_catalog.pg_event_trigger in access exclusive mode";
    thief.batch_execute(lock).await.unwrap();
    let begun = Instant::now();
    let found = loop {
        let found = health.look_for_strangers().await;
        if !found.is_empty() {
            break found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it was never missed");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(Vec::from_iter(found.keys()), ["vault_clinical"], "{found:?}");
    let open = async || test.request(Method::GET, "/sign-in").send().await.unwrap().status();
    assert_eq!(open().await, StatusCode::SERVICE_UNAVAILABLE);
    let said = verified(&test).await;
    assert!(!said.holds(), "{:?}", said.lines());
    let line = "catalogue of vault_clinical: not compared";
    assert!(said.lines().iter().any(|one| one.starts_with(line)), "{:?}", said.lines());
    thief.batch_execute("rollback").await.unwrap();
    assert!(health.look_for_strangers().await.is_empty());
    assert_eq!(open().await, StatusCode::OK);
    test.stop().await;
}
