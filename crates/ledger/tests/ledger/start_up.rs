//! Start-up re-verifies storage and refuses each mismatch by name.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step is a failed test")]

use std::time::{Duration, Instant};

use crate::support::{Bench, entry};
use tacenda_contracts::ledger::{Ledger as _, LedgerError};
use tacenda_ledger::{
    head::{LoadError, StorageMismatch},
    service::{Ledger, LedgerParts, OpenError},
    verify::Finding,
};
use tacenda_postgres::read_catalogue;

async fn filled() -> Bench {
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    ledger.append((0..300).map(entry).collect()).await.unwrap();
    ledger.checkpoint().await.unwrap();
    ledger.append((300..320).map(entry).collect()).await.unwrap();
    drop(ledger);
    bench
}

async fn refusal_after(statements: &str) -> StorageMismatch {
    let bench = filled().await;
    bench.as_superuser(statements).await;
    refusal(&bench).await
}

async fn refusal(bench: &Bench) -> StorageMismatch {
    match bench.try_open().await.err().unwrap() {
        OpenError::Storage(LoadError::Refused(mismatch)) => mismatch,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_where_it_stopped() {
    let bench = filled().await;
    let ledger = bench.open().await;
    assert_eq!(ledger.append(vec![entry(320)]).await.unwrap()[0].position(), 320);
    assert_eq!(ledger.checkpoint().await.unwrap().size, 321);
    assert!(bench.verify(None).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mismatch_is_named() {
    let cases = [
        (
            "delete from entries where position >= 299",
            StorageMismatch::Truncated { stored: 299, signed: 300 },
        ),
        ("update entries set outcome = 1 where position = 290", StorageMismatch::EntryEdited(290)),
        ("update entries set outcome = 1 where position = 310", StorageMismatch::EntryEdited(310)),
        ("delete from entries where position = 310", StorageMismatch::EntryMissing(310)),
        ("update checkpoints set note = '' where size = 300", StorageMismatch::CheckpointForged(300)),
        ("delete from tiles", StorageMismatch::TreeIncomplete(256)),
        ("update tiles set hash = decode(repeat('00', 32), 'hex')", StorageMismatch::RootDiffers(300)),
        (
            "delete from entries where position >= 200; delete from checkpoints; delete from tiles",
            StorageMismatch::RolledBack { stored: 200, witnessed: 300 },
        ),
    ];
    for (statements, mismatch) in cases {
        assert_eq!(refusal_after(statements).await, mismatch, "{statements}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_written_anew_is_refused() {
    let bench = filled().await;
    bench.as_superuser("delete from entries; delete from checkpoints; delete from tiles").await;
    let liar = bench.open_without_witness().await;
    liar.append((1000..1400).map(entry).collect()).await.unwrap();
    liar.checkpoint().await.unwrap();
    drop(liar);
    assert_eq!(refusal(&bench).await, StorageMismatch::WitnessDiffers(300));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_wait_for_its_disk_is_refused() {
    let bench = filled().await;
    bench.set_lazy_commits().await;
    assert_eq!(refusal(&bench).await, StorageMismatch::NotDurable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_entries_are_checked_at_once() {
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    for start in (0..100_000).step_by(2000) {
        ledger.append((start..start + 2000).map(entry).collect()).await.unwrap();
    }
    ledger.checkpoint().await.unwrap();
    drop(ledger);
    let parts = bench.parts().await;
    let started = Instant::now();
    Ledger::open(parts).await.unwrap();
    println!("starting over 100,000 entries took {:?}", started.elapsed());
    let ledger = bench.open().await;
    assert_eq!(ledger.append(vec![entry(100_000)]).await.unwrap()[0].position(), 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_the_reviewed_one() {
    let parts = Bench::start().await.parts().await;
    let text = read_catalogue(&parts.database).await.unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "{path} differs; review it, then set UPDATE_GOLDEN=1"
    );
}

/// The reproduction: a trigger that keeps what is appended out of the table, for this and for every other thing that is
/// no migration's.
#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_on_the_entries_stops_the_ledger_until_it_is_gone() {
    let bench = Bench::start().await;
    let ledger = bench.open().await;
    ledger.append(vec![entry(0)]).await.unwrap();
    bench
        .as_superuser(
            "create function keep() returns trigger language plpgsql as $$begin return null; end$$; \
             create trigger keep before insert on entries for each row execute function keep()",
        )
        .await;
    until_it_appends(&ledger, 1, false).await;
    let refused = bench.try_open().await.err().unwrap();
    assert!(matches!(&refused, OpenError::Catalogue(_)), "{refused:?}");
    assert!(refused.to_string().contains("trigger keep on table entries"), "{refused}");
    bench.as_superuser("drop trigger keep on entries; drop function keep").await;
    until_it_appends(&ledger, 2, true).await;
}

async fn until_it_appends(ledger: &Ledger, number: u64, does: bool) {
    let begun = Instant::now();
    while ledger.append(vec![entry(number)]).await.is_ok() != does {
        assert!(begun.elapsed().as_secs() < 10, "it never changes its mind");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// A process that records and then dies with all that it was doing.
fn live_and_die(bench: &Bench, live: impl AsyncFnOnce(Ledger) + Send) {
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let life = tokio::runtime::Runtime::new().unwrap();
            life.block_on(async { live(bench.open_quiet().await).await });
        });
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrived_is_said_although_its_process_died_before() {
    let bench = Bench::start().await;
    live_and_die(&bench, async |ledger| {
        ledger.append(vec![entry(0), entry(2)]).await.unwrap();
        ledger.arrived(&[0, 1]).await.unwrap();
    });
    let said = "select count(*) from entries where arrived is not null";
    assert_eq!(bench.count(said).await, 0);
    let _next = bench.open_quiet().await;
    bench.until(said, 1).await;
    assert!(bench.verify_by_journals().await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_journal_what_arrived_is_said_before_the_answer() {
    let bench = Bench::start().await;
    let ledger = Ledger::open(LedgerParts { journal: None, ..bench.parts().await }).await.unwrap();
    ledger.append(vec![entry(0)]).await.unwrap();
    ledger.arrived(&[0]).await.unwrap();
    assert_eq!(bench.count("select count(*) from entries where arrived is not null").await, 1);
}

/// Another process lives on, and knows nothing of what the dead one appended; that is then cut off.
async fn cut_off_beside_the_living(bench: &Bench, life: impl AsyncFnOnce(Ledger) + Send) {
    let living = bench.open_quiet().await;
    live_and_die(bench, life);
    bench.as_superuser("delete from entries; delete from tiles; delete from checkpoints").await;
    living.append(vec![entry(100)]).await.unwrap();
    for number in 101..150 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let _witnessed = living.checkpoint().await;
        match living.append(vec![entry(number)]).await {
            Ok(_) => {}
            Err(error) => return assert!(matches!(error, LedgerError::Inconsistent), "{error}"),
        }
    }
    panic!("it went on over what another one had acknowledged");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_acknowledged_is_not_cut_off_beside_another_one() {
    let bench = Bench::start().await;
    cut_off_beside_the_living(&bench, async |ledger| {
        ledger.append((0..8).map(entry).collect()).await.unwrap();
    })
    .await;
    assert!(!bench.verify_by_journals().await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_had_witnessed_is_not_cut_off_beside_another_one() {
    let bench = Bench::start().await;
    let mut kept = None;
    cut_off_beside_the_living(&bench, async |ledger| {
        ledger.append((0..8).map(entry).collect()).await.unwrap();
        kept = Some(ledger.checkpoint().await.unwrap());
    })
    .await;
    assert_eq!(bench.witness().read().unwrap(), kept, "the witness keeps what it was given");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_acknowledged_and_not_signed_is_not_cut_off_beside_the_dead() {
    let bench = Bench::start().await;
    live_and_die(&bench, async |ledger| {
        ledger.append((0..8).map(entry).collect()).await.unwrap();
    });
    assert!(bench.verify_by_journals().await.holds());
    bench.as_superuser("delete from entries where position >= 5").await;
    assert_eq!(refusal(&bench).await, StorageMismatch::RolledBack { stored: 5, witnessed: 8 });
    // Being refused is not to forget why.
    assert_eq!(refusal(&bench).await, StorageMismatch::RolledBack { stored: 5, witnessed: 8 });
    let found = bench.verify_by_journals().await.findings;
    assert_eq!(found, [Finding::RolledBack { stored: 5, witnessed: 8 }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_signed_is_not_taken_out_between_two() {
    let bench = Bench::start().await;
    let (one, other) = (bench.open_quiet().await, bench.open_quiet().await);
    for (ledger, start) in [(&one, 0), (&other, 10), (&one, 20), (&other, 30), (&one, 40)] {
        ledger.append((start..start + 10).map(entry).collect()).await.unwrap();
        assert_eq!(ledger.checkpoint().await.unwrap().size, start + 10);
    }
    assert!(bench.verify(bench.witness().read().unwrap().as_ref()).await.holds());
    bench.as_superuser("delete from checkpoints where size = 50").await;
    for (ledger, start) in [(&other, 50), (&one, 60)] {
        ledger.append((start..start + 10).map(entry).collect()).await.unwrap();
    }
    // It knows nothing of what is gone, and the one who signed that does.
    assert_eq!(other.checkpoint().await.unwrap().size, 70);
    assert_eq!(one.checkpoint().await, Err(LedgerError::Inconsistent));
}
