//! Rows of a vault.

use reqwest::StatusCode;
use tacenda_kernel::Role;

use super::{CLINICAL, LEDGER, SECRET, Scene, admin};

#[tokio::test(flavor = "multi_thread")]
async fn rows_edited_moved_and_exchanged() {
    let scene = Scene::make().await;
    let [one, two] = &scene.records;
    let line = |record: &str, version: u32, words: &str| {
        format!("vaults: clinical record {record} version {version}: {words}")
    };
    let edited = "the row was edited, moved or exchanged since it was written";
    let flip = "update records set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)";
    scene.tamper(CLINICAL, &format!("{flip} where record = '\\x{one}'"), &[line(one, 2, edited)]).await;
    let late = format!(
        "update records set recorded_at = recorded_at + interval '1 second' where record = '\\x{two}'"
    );
    scene.tamper(CLINICAL, &late, &[line(two, 1, edited)]).await;
    // Another name in the same compartment: its first byte says which.
    let other = format!("{}{}", &two[..2], "5a".repeat(15));
    let moved = format!("update records set record = '\\x{other}' where record = '\\x{two}'");
    let lines = [line(&other, 1, "the row has no ledger entry"), line(two, 1, "the row that ledger entry")];
    scene.tamper(CLINICAL, &moved, &lines).await;
    let exchange = format!(
        "update records a set sealed = b.sealed, version = b.version, recorded_at = b.recorded_at from records b \
         where a.record = '\\x{two}' and b.record = '\\x{one}'"
    );
    let lines = [line(two, 2, "the row has no ledger entry"), line(two, 1, "the row that ledger entry")];
    scene.tamper(CLINICAL, &exchange, &lines).await;
    scene.holds().await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_put_back_and_deleted() {
    let scene = Scene::make().await;
    let [one, two] = &scene.records;
    let line = |record: &str, version: u32, words: &str| {
        format!("vaults: clinical record {record} version {version}: {words}")
    };
    let missing = "the row that ledger entry";
    let back = format!(
        "update records r set version = v.version, recorded_at = v.recorded_at, deleted = v.deleted, sealed = v.sealed, announced = v.announced \
         from versions v where v.record = r.record and v.version = 1 and r.record = '\\x{one}'"
    );
    let doubled = "an old version was put back over a newer one";
    scene.tamper(CLINICAL, &back, &[line(one, 1, doubled), line(one, 2, missing)]).await;
    let traceless = format!("{back}; delete from versions where record = '\\x{one}'");
    scene.tamper(CLINICAL, &traceless, &[line(one, 2, missing)]).await;
    let deleted = format!("delete from records where record = '\\x{two}'");
    scene.tamper(CLINICAL, &deleted, &[line(two, 1, missing)]).await;
    let history = format!("delete from versions where record = '\\x{one}'");
    scene.tamper(CLINICAL, &history, &[line(one, 1, missing)]).await;
    let hidden = format!(
        "insert into staged select gen_random_uuid(), record, patient, version, recorded_at, deleted, tokens, sealed, announced \
         from records where record = '\\x{two}'; {deleted}"
    );
    scene.tamper(CLINICAL, &hidden, &[line(two, 1, missing)]).await;
    scene.holds().await;
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_row_is_not_shown() {
    let scene = Scene::make().await;
    let (test, record) = (&scene.test, &scene.records[1]);
    let flip = "update records set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)";
    let clinical = admin(test, CLINICAL).await;
    clinical.batch_execute(&format!("{flip} where record = '\\x{record}'")).await.unwrap();
    let failed = "select count(*) from entries where outcome = 2";
    let ledger = admin(test, LEDGER).await;
    let before: i64 = ledger.query_one(failed, &[]).await.unwrap().get(0);
    let id = scene.paths[1].rsplit('/').next().unwrap();
    let search = format!("/fhir/Observation?patient={}&_id={id}", scene.patient);
    let paths = [
        scene.paths[1].clone(),
        format!("{}/_history/1", scene.paths[1]),
        format!("{}/_history", scene.paths[1]),
        search,
    ];
    for path in &paths {
        let (status, body) = test.get(Role::Clinician, path).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{path}: {body}");
        let text = body.to_string();
        assert!(
            body["resourceType"] == "OperationOutcome"
                && !text.contains(SECRET)
                && !text.contains("Observation"),
            "{text}"
        );
    }
    let after: i64 = ledger.query_one(failed, &[]).await.unwrap().get(0);
    assert_eq!(after - before, 4, "each is in the ledger as failed");
    test.get(Role::Clinician, &scene.paths[0]).await;
    scene.test.stop().await;
}
