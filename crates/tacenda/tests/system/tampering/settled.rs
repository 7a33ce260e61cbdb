//! What was acknowledged is settled by that: whoever removes it afterwards makes it missing, and nothing excuses that.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use tacenda::databases::PREFIX;
use tacenda_kernel::Role;

use super::{CLINICAL, LEDGER, Scene, admin, create, newest_record, settle, verified};

const MISSING: &str = "the row that ledger entry";

/// What the vault holds of a record, away.
fn removed(record: &str) -> String {
    format!(
        "delete from tokens where record = '\\x{record}'; delete from records where record = '\\x{record}'"
    )
}

/// Until the ledger has said that everything arrived.
async fn said(scene: &Scene) {
    let arrived = "select count(*) from entries where arrived is not null and position >= \
                   (select max(position) from entries where writes is not null)";
    let ledger = admin(&scene.test, LEDGER).await;
    for _ in 0..100 {
        if ledger.query_one(arrived, &[]).await.unwrap().get::<_, i64>(0) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the ledger did not say what arrived");
}

async fn is_missing(scene: &Scene, record: &str) {
    settle(&scene.test).await;
    let found = verified(&scene.test).await;
    let line = format!("vaults: clinical record {record} version 1: {MISSING}");
    assert!(found.lines().iter().any(|one| one.starts_with(&line)), "{:#?}", found.lines());
    let given_up = "select count(*) from entries where gives_up is not null";
    let count: i64 = admin(&scene.test, LEDGER).await.query_one(given_up, &[]).await.unwrap().get(0);
    assert_eq!(count, 0, "nothing was excused");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_and_removed_at_once_is_missing() {
    let scene = Scene::make().await;
    create(&scene.test, &scene.patient).await;
    let record = newest_record(&scene.test).await;
    said(&scene).await;
    admin(&scene.test, CLINICAL).await.batch_execute(&removed(&record)).await.unwrap();
    is_missing(&scene, &record).await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vanishes_at_commit_is_missing() {
    let scene = Scene::make().await;
    let clinical = admin(&scene.test, CLINICAL).await;
    clinical
        .batch_execute(
            "create table seen (record bytea); \
             create function lose() returns trigger language plpgsql security definer as $$begin \
               insert into seen values (new.record); \
               delete from tokens where record = new.record; delete from records where record = new.record; \
               return null; end$$; \
             create constraint trigger lose after insert on records deferrable initially deferred \
               for each row execute function lose()",
        )
        .await
        .unwrap();
    let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": scene.patient}});
    let (status, _) = scene.test.send(Role::Clinician, Method::POST, "/fhir/Observation", &body).await;
    assert_eq!(status, StatusCode::CREATED, "the database says that it is there");
    clinical.batch_execute("drop function lose cascade").await.unwrap();
    let record: String =
        clinical.query_one("select encode(record, 'hex') from seen", &[]).await.unwrap().get(0);
    clinical.batch_execute("drop table seen").await.unwrap();
    said(&scene).await;
    is_missing(&scene, &record).await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_moved_out_of_sight_is_missing_and_its_saga_unknown() {
    let scene = Scene::make().await;
    create(&scene.test, &scene.patient).await;
    let record = newest_record(&scene.test).await;
    said(&scene).await;
    let hide = format!(
        "with gone as (delete from records where record = '\\x{record}' returning *) \
         insert into staged select gen_random_uuid(), record, patient, version, recorded_at, deleted, tokens, sealed, \
           announced from gone; delete from tokens where record = '\\x{record}'"
    );
    admin(&scene.test, CLINICAL).await.batch_execute(&hide).await.unwrap();
    is_missing(&scene, &record).await;
    let lines = verified(&scene.test).await.lines();
    assert!(lines.iter().any(|line| line.contains("which no log knows")), "{lines:#?}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_was_is_abandoned_and_everything_holds() {
    let scene = Scene::make().await;
    let clinical = admin(&scene.test, CLINICAL).await;
    clinical
        .batch_execute(
            "create function lose() returns trigger language plpgsql as $$begin return null; end$$; \
             create trigger lose before insert on records for each row execute function lose()",
        )
        .await
        .unwrap();
    let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": scene.patient}});
    let (status, _) = scene.test.send(Role::Clinician, Method::POST, "/fhir/Observation", &body).await;
    assert_eq!(
        status,
        StatusCode::SERVICE_UNAVAILABLE,
        "what was counted as less than asked is not acknowledged"
    );
    clinical.batch_execute("drop function lose cascade").await.unwrap();
    assert!(verified(&scene.test).await.holds(), "it is not decided yet, and verifying decides nothing");
    settle(&scene.test).await;
    let found = verified(&scene.test).await;
    assert!(found.holds(), "{:#?}", found.lines());
    let given_up = "select count(*) from entries where gives_up is not null";
    let count: i64 = admin(&scene.test, LEDGER).await.query_one(given_up, &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_a_trigger_keeps_from_being_written_is_not_acknowledged() {
    let scene = Scene::make().await;
    let clinical = admin(&scene.test, CLINICAL).await;
    let (_, mut current) = scene.test.get(Role::Clinician, &scene.paths[1]).await;
    current["status"] = json!("amended");
    for (table, when) in [("records", "update"), ("versions", "insert"), ("tokens", "insert")] {
        let make = format!(
            "create function lose() returns trigger language plpgsql as $$begin return null; end$$; \
             create trigger lose before {when} on {table} for each row execute function lose()"
        );
        clinical.batch_execute(&make).await.unwrap();
        let (status, body) = scene.test.send(Role::Clinician, Method::PUT, &scene.paths[1], &current).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{table}: {body}");
        clinical.batch_execute("drop function lose cascade").await.unwrap();
        let (_, read) = scene.test.get(Role::Clinician, &scene.paths[1]).await;
        assert_eq!(read["meta"]["versionId"], "1", "{table}");
    }
    let (status, _) = scene.test.send(Role::Clinician, Method::PUT, &scene.paths[1], &current).await;
    assert_eq!(status, StatusCode::OK);
    settle(&scene.test).await;
    scene.holds().await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_deleted_altered_and_moved_are_found() {
    let scene = Scene::make().await;
    let [one, two] = &scene.records;
    let line = |record: &str, version: u32, words: &str| {
        format!("vaults: clinical record {record} version {version}: {words}")
    };
    let edited = "its search tokens were edited";
    let lost = "searches do not find it by all of its search tokens";
    let first = format!("(select min(token) from tokens where record = '\\x{two}')");
    let cases = [
        (format!("delete from tokens where record = '\\x{two}' and token = {first}"), line(two, 1, lost)),
        (format!("update tokens set token = token + 1 where record = '\\x{two}'"), line(two, 1, lost)),
        (format!("update records set tokens = tokens[2:] where record = '\\x{two}'"), line(two, 1, edited)),
        (format!("update records set tokens = '{{}}' where record = '\\x{two}'"), line(two, 1, edited)),
        (
            format!(
                "update records set tokens = (select tokens from records where record = '\\x{two}') || 5::bigint \
                 where record = '\\x{one}'"
            ),
            line(one, 2, edited),
        ),
    ];
    for (sql, expected) in cases {
        scene.tamper(CLINICAL, &sql, &[expected]).await;
    }
    let announced = format!(
        "update records set announced = (select announced from records where record = '\\x{one}') \
         where record = '\\x{two}'"
    );
    let words = "the row was edited, moved or exchanged since it was written";
    scene.tamper(CLINICAL, &announced, &[line(two, 1, words)]).await;
    scene.holds().await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fence_in_the_future_and_a_stray_lock_are_found() {
    let scene = Scene::make().await;
    let clinical = admin(&scene.test, CLINICAL).await;
    let stray = format!(
        "insert into staged select gen_random_uuid(), record, patient, version + 1, recorded_at, deleted, tokens, \
         sealed, announced from records where record = '\\x{}'",
        scene.records[1]
    );
    scene.tamper(CLINICAL, &stray, &["which no log knows".to_owned()]).await;
    clinical.batch_execute("create table kept as select * from fences").await.unwrap();
    clinical.batch_execute("update fences set fenced_until = now() + interval '1 day'").await.unwrap();
    let lines = verified(&scene.test).await.lines();
    assert!(lines.iter().any(|line| line.contains("its fence lies in the future")), "{lines:#?}");
    clinical
        .batch_execute("update fences set fenced_until = kept.fenced_until from kept; drop table kept")
        .await
        .unwrap();
    scene.holds().await;
    scene.test.stop().await;
}

/// Sends a transaction under a key, always the same.
async fn send_once(scene: &Scene) -> StatusCode {
    let entry = json!({"request": {"method": "POST", "url": "Practitioner"},
        "resource": {"resourceType": "Practitioner", "name": [{"family": "Once"}]}});
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    let request = scene.test.request_as(Role::Application, Method::POST, "/fhir").await;
    let request = request.header("idempotency-key", "once").header("content-type", "application/fhir+json");
    request.body(bundle.to_string()).send().await.unwrap().status()
}

/// Whoever owns the databases lets a transaction be committed, and the ledger say nothing more; then its key is forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shown_of_a_transaction_before_the_ledger_knows_its_key() {
    let scene = Scene::make().await;
    let [log, ledger, vault] = ["records", "ledger", "vault_directory"].map(|name| format!("{PREFIX}{name}"));
    let (log, ledger) = (admin(&scene.test, &log).await, admin(&scene.test, &ledger).await);
    let vault = admin(&scene.test, &vault).await;
    let count = async |table: &str| -> i64 {
        vault.query_one(&format!("select count(*) from {table}"), &[]).await.unwrap().get(0)
    };
    let before = count("records").await;
    log.batch_execute("begin; lock table submissions in share mode").await.unwrap();
    let thief = async {
        while count("staged").await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ledger.batch_execute("begin; lock table entries in access exclusive mode").await.unwrap();
        log.batch_execute("commit").await.unwrap();
    };
    let (status, ()) = tokio::join!(send_once(&scene), thief);
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    scene.test.system.records.recover().await.unwrap_err();
    assert_eq!((count("records").await, count("staged").await), (before, 1));
    log.batch_execute("delete from submissions; delete from sagas").await.unwrap();
    ledger.batch_execute("rollback").await.unwrap();
    assert_eq!(send_once(&scene).await, StatusCode::OK);
    assert_eq!(
        (count("records").await, count("staged").await),
        (before + 1, 1),
        "once, and what is left is kept"
    );
    let lines = verified(&scene.test).await.lines();
    assert!(lines.iter().any(|line| line.contains("which no log knows")), "{lines:#?}");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_key_that_is_forgotten_is_found_and_so_is_what_is_then_done_twice() {
    let scene = Scene::make().await;
    let send = async || send_once(&scene).await;
    assert_eq!(send().await, StatusCode::OK);
    assert!(send().await.is_client_error());
    scene.holds().await;
    let finds = async |words: &str| {
        let lines = verified(&scene.test).await.lines();
        assert!(lines.iter().any(|line| line.contains(words)), "{lines:#?}");
    };
    admin(&scene.test, "tacenda_records").await.batch_execute("delete from submissions").await.unwrap();
    finds("1 idempotency keys that were used are not known any more").await;
    assert_eq!(send().await, StatusCode::OK);
    finds("1 idempotency keys were used for two transactions").await;
    scene.test.stop().await;
}
