//! The row that says how far a vault is: nobody who writes it, puts it back or takes it away leaves a record out.

use tacenda::{databases::PREFIX, reindex::reindex};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Compartment, TraceId};
use tacenda_records::RecordsError;

use super::{LOST, Scene};
use crate::tampering::admin;

impl Scene {
    /// As a release leaves it that makes other tokens: before the first record, under the vault's own tag.
    async fn of_another_release(&self, compartment: Compartment) {
        let admin = admin(&self.test, &format!("{PREFIX}vault_{compartment}")).await;
        let stored = admin.query_one("select run from reindexes", &[]).await.unwrap();
        let mut row: Vec<u8> = stored.get(0);
        row.extend([0_u64; 5].map(u64::to_be_bytes).as_flattened());
        row.extend([0; 2]);
        row.extend([0; 8]);
        row.extend(7_i64.to_be_bytes());
        let tag = self.test.keys.reindex_key(compartment).mac(&row);
        let sql = "update reindexes set total = 0, looked_at = 0, changed = 0, closed = 0, damaged = 0, \
             finished = false, done_until = '', swept_until = null, index_version = 7, tag = $1";
        assert_eq!(admin.execute(sql, &[&tag.as_slice()]).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_how_far_it_is_leaves_nothing_out() {
    let scene = Scene::make().await;
    let (before, tokens) = (scene.found().await, scene.tokens().await);
    reindex(&scene.test.system, |_| {}).await.unwrap();
    let records = &scene.test.system.records;
    let (token, trace) = (scene.operator().await, TraceId::make(&SystemRandom));
    for edit in [
        "finished = false, swept_until = null, done_until = '\\xffffffffffffffffffffffffffffffff'",
        "finished = true, looked_at = 1000",
        "swept_until = 9223372036854775806",
        "done_until = '\\xff'",
        "index_version = index_version + 1",
        "tag = ''",
        "tag = '\\x00'",
        "total = -1",
    ] {
        scene.in_every_vault(LOST).await;
        for is_under_way in [false, true] {
            if is_under_way {
                records.begin_reindex(true).await.unwrap();
                for compartment in Compartment::ALL {
                    records.reindex(compartment, &token, trace.into(), 3).await.unwrap();
                }
            }
            scene.in_every_vault(&format!("update reindexes set {edit}")).await;
            // Nobody goes on over it.
            let step = records.reindex(Compartment::Clinical, &token, trace.into(), 3).await;
            assert!(matches!(step, Err(RecordsError::Damaged | RecordsError::Conflict)), "{edit}: {step:?}");
            reindex(&scene.test.system, |_| {}).await.unwrap();
            assert_eq!(scene.found().await, before, "{edit}");
            assert_eq!(scene.tokens().await, tokens, "{edit}");
        }
    }
    scene.in_every_vault("delete from reindexes").await;
    scene.in_every_vault(LOST).await;
    reindex(&scene.test.system, |_| {}).await.unwrap();
    assert_eq!(scene.found().await, before, "without a row");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_an_older_run_ends_no_run_that_is_under_way() {
    let scene = Scene::make().await;
    let before = scene.found().await;
    reindex(&scene.test.system, |_| {}).await.unwrap();
    let mut finished = Vec::new();
    for compartment in Compartment::ALL {
        let admin = admin(&scene.test, &format!("{PREFIX}vault_{compartment}")).await;
        admin.batch_execute("create temporary table kept as table reindexes").await.unwrap();
        finished.push(admin);
    }
    scene.in_every_vault(LOST).await;
    let records = &scene.test.system.records;
    records.begin_reindex(true).await.unwrap();
    for admin in &finished {
        admin.batch_execute("delete from reindexes; insert into reindexes table kept").await.unwrap();
    }
    let (token, trace) = (scene.operator().await, TraceId::make(&SystemRandom));
    let step = records.reindex(Compartment::Clinical, &token, trace.into(), 3).await;
    assert!(matches!(step, Err(RecordsError::Damaged)), "{step:?}");
    reindex(&scene.test.system, |_| {}).await.unwrap();
    assert_eq!(scene.found().await, before);
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_another_release_is_begun_anew() {
    let scene = Scene::make().await;
    let records = &scene.test.system.records;
    let (token, trace) = (scene.operator().await, TraceId::make(&SystemRandom));
    let step = async || records.reindex(Compartment::Clinical, &token, trace.into(), 9).await;
    records.begin_reindex(false).await.unwrap();
    step().await.unwrap();
    records.begin_reindex(false).await.unwrap();
    assert_eq!(step().await.unwrap().looked_at, 18, "gone on with");
    records.begin_reindex(true).await.unwrap();
    assert_eq!(step().await.unwrap().looked_at, 9, "begun anew, since that was asked for");
    for compartment in Compartment::ALL {
        scene.of_another_release(compartment).await;
    }
    let refused = step().await;
    assert!(matches!(refused, Err(RecordsError::Conflict)), "{refused:?}");
    records.begin_reindex(false).await.unwrap();
    assert_eq!(step().await.unwrap().looked_at, 9, "begun anew, since another release began");
    scene.test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_from_before_does_not_have_a_run_begin_again_without_end() {
    let scene = Scene::make().await;
    let records = &scene.test.system.records;
    let kept = admin(&scene.test, &format!("{PREFIX}vault_clinical")).await;
    let (token, trace) = (scene.operator().await, TraceId::make(&SystemRandom));
    records.begin_reindex(true).await.unwrap();
    records.reindex(Compartment::Clinical, &token, trace.into(), 3).await.unwrap();
    kept.batch_execute("create temporary table kept as table reindexes").await.unwrap();
    records.reindex(Compartment::Clinical, &token, trace.into(), 3).await.unwrap();
    for _ in 0..3 {
        kept.batch_execute("delete from reindexes; insert into reindexes table kept").await.unwrap();
        let step = records.reindex(Compartment::Clinical, &token, trace.into(), 3).await;
        assert!(matches!(step, Err(RecordsError::Damaged)), "{step:?}");
    }
    // Somebody who asks for it goes on from there: all of it is looked at all the same.
    records.begin_reindex(false).await.unwrap();
    let step = records.reindex(Compartment::Clinical, &token, trace.into(), 3).await.unwrap();
    assert_eq!(step.looked_at, 6);
    scene.test.stop().await;
}
