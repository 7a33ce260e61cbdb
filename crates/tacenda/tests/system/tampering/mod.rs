//! Somebody with every right in PostgreSQL changes what is stored: it is found, and named.

mod rows;
mod settled;
mod silence;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tacenda::verify::{UNDER_WAY, Verification, VerifyParts, verify};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Clock, Role, SystemClock};
use tacenda_synthetic::{DirectoryRefs, Population};
use tokio_postgres::Client;

use crate::common::TestSystem;

pub(crate) const LEDGER: &str = "tacenda_ledger";
const LEDGER_TABLES: [&str; 3] = ["entries", "tiles", "checkpoints"];
const CLINICAL: &str = "tacenda_vault_clinical";
const VAULT_TABLES: [&str; 4] = ["records", "versions", "staged", "tokens"];
const SECRET: &str = "Zyqwexolu";

pub(crate) async fn verified(test: &TestSystem) -> Verification {
    verified_after(test, UNDER_WAY).await.unwrap()
}

/// The same, where nothing is under way for longer.
pub(crate) async fn verified_after(test: &TestSystem, under_way: Duration) -> anyhow::Result<Verification> {
    // Once a second it is signed, and some tests are faster; a ledger that was tampered with signs nothing.
    let _signed = test.system.ledger.checkpoint().await;
    let parts = VerifyParts {
        databases: &test.system.databases,
        root: &test.root,
        witness: &test.folder.path().join("witness"),
        under_way,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    verify(parts, |_| ()).await
}

/// Compares ledger and vaults, as the running system does every few seconds.
async fn settle(test: &TestSystem) {
    let size = test.system.ledger.checkpoint().await.unwrap().size;
    test.system.records.settle(size, SystemClock.now()).await.unwrap();
    test.system.ledger.checkpoint().await.unwrap();
}

pub(crate) async fn admin(test: &TestSystem, database: &str) -> Client {
    test.cluster.admin_endpoint(database).connect().await.unwrap()
}

/// A patient with many records; of two observations the first was changed once.
struct Scene {
    test: TestSystem,
    patient: String,
    paths: [String; 2],
    /// The vault's names of the two, in hexadecimal.
    records: [String; 2],
}

impl Scene {
    async fn make() -> Self {
        let test = TestSystem::start().await;
        let day = jiff::civil::date(2026, 3, 1);
        let ids = test.enrol(&Population::new(1).patient(0, day, &DirectoryRefs::default())).await;
        let patient = ids.iter().find(|id| id.starts_with("Patient/")).unwrap().clone();
        test.care(&patient).await;
        let first = create(&test, &patient).await;
        let one = newest_record(&test).await;
        let second = create(&test, &patient).await;
        let two = newest_record(&test).await;
        let (status, mut current) = test.get(Role::Clinician, &first).await;
        assert_eq!(status, StatusCode::OK);
        current["status"] = json!("amended");
        let (status, _) = test.send(Role::Clinician, Method::PUT, &first, &current).await;
        assert_eq!(status, StatusCode::OK);
        settle(&test).await;
        Self { test, patient, paths: [first, second], records: [one, two] }
    }

    /// Changes what is stored, and expects that verifying says each of these and that nothing holds; then puts back
    /// what was there, and expects that it does.
    async fn tamper(&self, database: &str, sql: &str, expected: &[String]) {
        let tables: &[&str] = if database == LEDGER { &LEDGER_TABLES } else { &VAULT_TABLES };
        let admin = admin(&self.test, database).await;
        save(&admin, tables).await;
        admin.batch_execute(sql).await.unwrap();
        let found = verified(&self.test).await;
        let lines = found.lines();
        assert!(!found.holds(), "after {sql}: {lines:?}");
        for words in expected {
            assert!(lines.iter().any(|line| line.contains(words)), "after {sql}: no {words:?} in {lines:#?}");
        }
        restore(&admin, tables).await;
    }

    async fn holds(&self) {
        let lines = verified(&self.test).await;
        assert!(lines.holds(), "{:?}", lines.lines());
    }

    /// The position of the newest entry, less some.
    async fn position(&self, before_last: i64) -> i64 {
        let admin = admin(&self.test, LEDGER).await;
        let newest: i64 = admin.query_one("select max(position) from entries", &[]).await.unwrap().get(0);
        newest - before_last
    }
}

async fn create(test: &TestSystem, patient: &str) -> String {
    let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": SECRET},
        "subject": {"reference": patient}});
    let (status, created) = test.send(Role::Clinician, Method::POST, "/fhir/Observation", &body).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    format!("/fhir/Observation/{}", created["id"].as_str().unwrap())
}

async fn newest_record(test: &TestSystem) -> String {
    let sql = "select encode(record, 'hex') from records order by recorded_at desc limit 1";
    admin(test, CLINICAL).await.query_one(sql, &[]).await.unwrap().get(0)
}

/// Where only this session sees it: a table of no migration would be found.
async fn save(admin: &Client, tables: &[&str]) {
    for table in tables {
        admin.batch_execute(&format!("create temporary table saved_{table} as table {table}")).await.unwrap();
    }
}

async fn restore(admin: &Client, tables: &[&str]) {
    for table in tables {
        let sql =
            format!("delete from {table}; insert into {table} table saved_{table}; drop table saved_{table}");
        admin.batch_execute(&sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_edited_deleted_and_swapped() {
    let scene = Scene::make().await;
    let (population, day) = (Population::new(1), jiff::civil::date(2026, 3, 1));
    for index in 1.. {
        scene.test.enrol(&population.patient(index, day, &DirectoryRefs::default())).await;
        if scene.position(0).await > 300 {
            break;
        }
    }
    settle(&scene.test).await;
    scene.holds().await;
    let newest = scene.position(0).await;
    // Under a full tile, which starting does not read again, and at the end.
    for position in [100, newest - 3] {
        let edited = format!("ledger: entry {position} was edited");
        let outcome = format!("update entries set outcome = (outcome + 1) % 3 where position = {position}");
        scene.tamper(LEDGER, &outcome, std::slice::from_ref(&edited)).await;
        let sealed = "sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)";
        scene
            .tamper(LEDGER, &format!("update entries set {sealed} where position = {position}"), &[edited])
            .await;
        let delete = format!("delete from entries where position = {position}");
        scene.tamper(LEDGER, &delete, &[format!("ledger: entry {position} was deleted")]).await;
        let next = position + 1;
        let swap = format!(
            "update entries set position = -1 where position = {position}; \
             update entries set position = {position} where position = {next}; \
             update entries set position = {next} where position = -1"
        );
        let swap =
            format!("alter table entries drop constraint if exists entries_position_from_zero; {swap}");
        let moved = |position, from| {
            format!("ledger: entry {position} is not in its place: it was appended as entry {from}")
        };
        scene.tamper(LEDGER, &swap, &[moved(position, next), moved(next, position)]).await;
    }
    scene.holds().await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tail_cut_off_and_an_old_database_put_back() {
    let scene = Scene::make().await;
    let (last, size) = (scene.position(0).await, scene.position(-1).await);
    let cut = format!("delete from entries where position >= {}", last - 4);
    let lines =
        [format!("ledger: the end was cut off: {} entries are left, and a checkpoint over {size}", last - 4)];
    scene.tamper(LEDGER, &cut, &lines).await;
    let kept = last - 4;
    let traceless = format!("{cut}; delete from checkpoints where size > {kept}");
    let lines = [format!(
        "ledger: the database is an older copy of itself: it has {kept} entries, and a witness saw {size}"
    )];
    scene.tamper(LEDGER, &traceless, &lines).await;
    scene.holds().await;

    // The whole database as it was: then the system goes on, and then the old one is put back.
    let ledger = admin(&scene.test, LEDGER).await;
    save(&ledger, &LEDGER_TABLES).await;
    create(&scene.test, &scene.patient).await;
    settle(&scene.test).await;
    let newer = scene.position(-1).await;
    restore(&ledger, &LEDGER_TABLES).await;
    let found = verified(&scene.test).await;
    let lines = found.lines();
    let words = format!("older copy of itself: it has {size} entries, and a witness saw {newer}");
    assert!(!found.holds() && lines.iter().any(|line| line.contains(&words)), "{lines:?}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_holds_while_writes_go_on() {
    let scene = Arc::new(Scene::make().await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|_| {
            let (scene, stop) = (Arc::clone(&scene), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    let path = create(&scene.test, &scene.patient).await;
                    let (_, mut current): (_, Value) = scene.test.get(Role::Clinician, &path).await;
                    current["status"] = json!("amended");
                    let (status, body) = scene.test.send(Role::Clinician, Method::PUT, &path, &current).await;
                    assert_eq!(status, StatusCode::OK, "{body}");
                    written += 2;
                }
                written
            })
        })
        .collect();
    for _ in 0..3 {
        scene.holds().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    assert!(written > 10, "{written}");
    scene.holds().await;
}
