//! Whoever can write to the database is found, and what they did is named.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use crate::support::{Bench, entry};
use tacenda_contracts::{entry::SealedEntry, ledger::Ledger as _};
use tacenda_ledger::{
    leaf,
    verify::{Finding, Report},
};

/// 600 entries, signed over 300 and over 600.
async fn filled() -> Bench {
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    ledger.append((0..300).map(entry).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    ledger.append((300..600).map(entry).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    drop(ledger);
    bench
}

async fn report_after(statements: &str) -> Report {
    let bench = filled().await;
    bench.as_superuser(statements).await;
    bench.verify(bench.witness().read().unwrap().as_ref()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn untouched_storage_holds() {
    let bench = filled().await;
    let mut seen = Vec::new();
    let witnessed = bench.witness().read().unwrap();
    let report = bench.verify_each(witnessed.as_ref(), |stored| seen.push(stored.position)).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.entries, report.size, report.signed), (600, 600, 600));
    assert_eq!(report.root, witnessed.unwrap().root);
    assert!(report.checkpoints >= 2);
    assert_eq!(seen, (0..600).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_entry_is_named_whatever_column_it_was() {
    let bench = filled().await;
    let changes = [
        "id = decode(repeat('ab', 16), 'hex')",
        "subject = decode(repeat('ab', 16), 'hex')",
        "subject = null, service = 2",
        "writes = null",
        "writes = set_byte(writes, 23, 2)",
        "writes = writes || writes",
        "gives_up = 3",
        "arrived = decode(repeat('00', 8), 'hex')",
        "arrived = ''",
        "outcome = 1",
        "sealed = set_byte(sealed, 3, 255 - get_byte(sealed, 3))",
    ];
    for change in changes {
        bench.as_superuser("create table kept as select * from entries where position = 18").await;
        bench.as_superuser(&format!("update entries set {change} where position = 18")).await;
        let report = bench.verify(None).await;
        assert_eq!(report.findings, [Finding::EntryEdited(18)], "{change}");
        bench
            .as_superuser(
                "delete from entries where position = 18; insert into entries select * from kept; drop table kept",
            )
            .await;
    }
    assert!(bench.verify(None).await.holds());
    let sentence = Finding::EntryEdited(18).to_string();
    assert_eq!(sentence, "entry 18 was edited: its columns and its leaf hash do not belong together");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_entry_with_a_fitting_leaf_hash_is_found_by_the_tree() {
    let mut edited = entry(17);
    edited.outcome = tacenda_contracts::entry::Outcome::Denied;
    let leaf = data_encoding::HEXLOWER.encode(&leaf::hash(17, &edited, &[]));
    let edit = format!("update entries set outcome = 1, leaf = decode('{leaf}', 'hex') where position = 17");
    let report = report_after(&edit).await;
    assert!(report.findings.contains(&Finding::Rewritten { first: 0, size: 300 }), "{:?}", report.findings);
    assert!(report.findings.contains(&Finding::TileEdited { first: 0, last: 255 }));
    assert!(report.findings.contains(&Finding::WitnessDiffers(600)));
    // Nobody else has the key of its tag either.
    assert!(report.findings.contains(&Finding::EntryForeign(17)));
    assert_eq!(report.findings.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_somebody_else_appends_is_refused_and_named() {
    let bench = filled().await;
    let columns = "id, subject, service, writes, gives_up, arrived, outcome, sealed, leaf, tag";
    let forged = SealedEntry { gives_up: Some(18), writes: Vec::new(), ..entry(600) };
    let leaf = data_encoding::HEXLOWER.encode(&leaf::hash(600, &forged, &[]));
    let (id, sealed) =
        (data_encoding::HEXLOWER.encode(&forged.id), data_encoding::HEXLOWER.encode(&forged.sealed));
    let row = format!(
        "decode('{id}', 'hex'), null, 1, null, 18, null, 0, decode('{sealed}', 'hex'), decode('{leaf}', 'hex'), \
         (select tag from entries where position = 0)"
    );
    bench.as_superuser(&format!("insert into entries (position, {columns}) values (600, {row})")).await;
    let report = bench.verify(None).await;
    assert_eq!(report.findings, [Finding::EntryForeign(600)]);
    assert!(bench.try_open().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_tag_is_named() {
    let report =
        report_after("update entries set tag = set_byte(tag, 3, 255 - get_byte(tag, 3)) where position = 18")
            .await;
    assert_eq!(report.findings, [Finding::EntryForeign(18)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_entries_are_named() {
    let report = report_after("delete from entries where position in (17, 400, 401)").await;
    let expected =
        [Finding::EntriesDeleted { first: 17, last: 17 }, Finding::EntriesDeleted { first: 400, last: 401 }];
    assert_eq!(report.findings, expected);
    assert_eq!(report.findings[0].to_string(), "entry 17 was deleted");
    assert_eq!(report.findings[1].to_string(), "entries 400 to 401 were deleted");
    assert_eq!((report.entries, report.size), (597, 17));
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_entries_are_named() {
    let report = report_after(
        "update entries set position = 1000000 where position = 17; \
         update entries set position = 17 where position = 42; \
         update entries set position = 42 where position = 1000000",
    )
    .await;
    for (position, appended_as) in [(17, 42), (42, 17)] {
        assert!(
            report.findings.contains(&Finding::EntryMoved { position, appended_as }),
            "{:?}",
            report.findings
        );
    }
    let sentence = Finding::EntryMoved { position: 17, appended_as: 42 }.to_string();
    assert_eq!(sentence, "entry 17 is not in its place: it was appended as entry 42");
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_contents_are_named() {
    let columns = "subject, service, writes, gives_up, arrived, outcome, sealed";
    let report = report_after(&format!(
        "create temp table kept as select * from entries where position in (17, 42); \
         update entries e set (id, {columns}) = (select id, {columns} from kept k where k.position = 59 - e.position) \
         where position in (17, 42)",
    ))
    .await;
    let expected = [
        Finding::EntryMoved { position: 17, appended_as: 42 },
        Finding::EntryMoved { position: 42, appended_as: 17 },
    ];
    assert_eq!(report.findings, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_deletion_is_named() {
    let report = report_after(
        "delete from entries where position = 590; \
         update entries set position = position - 1 where position > 590",
    )
    .await;
    assert!(report.findings.contains(&Finding::EntryMoved { position: 590, appended_as: 591 }));
    assert!(report.findings.contains(&Finding::TailCutOff { stored: 599, signed: 600 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_tail_is_named() {
    let report = report_after("delete from entries where position >= 550").await;
    assert_eq!(report.findings, [Finding::TailCutOff { stored: 550, signed: 600 }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_truncated_with_its_checkpoints_is_named_by_the_witness() {
    let report = report_after(
        "delete from entries where position >= 300; delete from tiles where tile_index >= 1; \
                      delete from checkpoints where size > 300",
    )
    .await;
    assert_eq!(report.findings, [Finding::RolledBack { stored: 300, witnessed: 600 }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_old_database_is_named() {
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    ledger.append((0..300).map(entry).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    drop(ledger);
    bench.copy_database().await;
    let ledger = bench.open_quiet().await;
    ledger.append((300..400).map(entry).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    drop(ledger);
    bench.replay_copy().await;

    let witnessed = bench.witness().read().unwrap();
    let report = bench.verify(witnessed.as_ref()).await;
    assert_eq!(report.findings, [Finding::RolledBack { stored: 300, witnessed: 400 }]);

    // A liar that goes on from there, with the stolen signing key even, does not fit what was witnessed either.
    let liar = bench.open_without_witness().await;
    liar.append((1300..1500).map(entry).collect()).await.unwrap();
    liar.checkpoint().await.unwrap();
    let report = bench.verify(witnessed.as_ref()).await;
    assert_eq!(report.findings, [Finding::WitnessDiffers(400)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_with_the_tree_and_its_signatures_is_named() {
    let bench = filled().await;
    bench
        .as_superuser(
            "update tiles set hash = decode(repeat('00', 32), 'hex') where level = 1 and tile_index = 0; \
             delete from tiles where level = 1 and tile_index = 1; \
             update checkpoints set root = decode(repeat('00', 32), 'hex') where size = 300; \
             update checkpoints set note = replace(note, '600', '599') where size = 600",
        )
        .await;
    let report = bench.verify(None).await;
    let expected = [
        Finding::CheckpointForged(300),
        Finding::CheckpointForged(600),
        Finding::TileEdited { first: 0, last: 255 },
        Finding::TileDeleted { first: 256, last: 511 },
    ];
    assert_eq!(report.findings, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_edited_deleted_or_doubled_is_named() {
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    for start in [0, 10, 20] {
        ledger.append((start..start + 10).map(entry).collect()).await.unwrap();
        ledger.checkpoint().await.unwrap();
    }
    let witnessed = bench.witness().read().unwrap();
    bench.as_superuser("alter table checkpoints drop constraint checkpoints_key, drop constraint checkpoints_follow_one_another; create table kept as table checkpoints").await;
    let cases = [
        (
            "update checkpoints set signed_at = signed_at + interval '1 second' where size = 20",
            Finding::CheckpointForged(20),
        ),
        (
            "update checkpoints set signed_at = signed_at - interval '1 microsecond' where size = 30",
            Finding::CheckpointForged(30),
        ),
        ("update checkpoints set previous = null where size = 20", Finding::CheckpointForged(20)),
        ("update checkpoints set previous = 0 where size = 10", Finding::CheckpointForged(10)),
        ("delete from checkpoints where size = 10", Finding::CheckpointDeleted(10)),
        ("delete from checkpoints where size = 20", Finding::CheckpointDeleted(20)),
        ("delete from checkpoints where size < 30", Finding::CheckpointDeleted(20)),
        ("delete from checkpoints where size = 30", Finding::CheckpointDeleted(30)),
        ("delete from checkpoints", Finding::CheckpointDeleted(30)),
        ("insert into checkpoints select * from checkpoints where size = 20", Finding::CheckpointDoubled(20)),
    ];
    for (statement, finding) in cases {
        bench.as_superuser(statement).await;
        assert_eq!(bench.verify(witnessed.as_ref()).await.findings, [finding], "{statement}");
        bench.as_superuser("delete from checkpoints; insert into checkpoints table kept").await;
    }
    assert!(bench.verify(witnessed.as_ref()).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_named_by_what_is_signed_later() {
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    ledger.append((0..10).map(entry).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    // By the process that signed it, and by the next one, to which the witness tells it.
    for (deleted, start) in [(10, 10), (20, 20)] {
        bench.as_superuser(&format!("delete from checkpoints where size = {deleted}")).await;
        let ledger = if start == 20 { &bench.open_quiet().await } else { &ledger };
        ledger.append((start..start + 10).map(entry).collect()).await.unwrap();
        ledger.checkpoint().await.unwrap();
        let report = bench.verify(bench.witness().read().unwrap().as_ref()).await;
        assert!(report.findings.contains(&Finding::CheckpointDeleted(deleted)), "{:?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_another_key_is_named() {
    let bench = filled().await;
    let report = bench.verify_with_other_key().await;
    assert!(report.findings.contains(&Finding::CheckpointForged(600)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_witness_is_named() {
    let bench = filled().await;
    let mut forged = bench.witness().read().unwrap().unwrap();
    forged.size += 1;
    assert_eq!(bench.verify(Some(&forged)).await.findings, [Finding::WitnessForged(601)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_tree_that_no_entry_filled_is_named() {
    for (tile, first, last) in
        [("1, 2", 512, 767), ("2, 0", 0, 65_535), ("1, 9000000000000000000", u64::MAX, u64::MAX - 1)]
    {
        let report = report_after(&format!("insert into tiles select {tile}, hash from tiles limit 1")).await;
        assert_eq!(report.findings, [Finding::TileAhead { first, last }], "{tile}");
    }
}
