//! The two ways in which a commit fails: "failed", and "failed but persisted". And what else can go wrong around it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::support::{Bench, entry};
use async_trait::async_trait;
use tacenda_contracts::ledger::{Checkpoint, Ledger as _, LedgerError};
use tacenda_ledger::{
    service::{Ledger, LedgerParts},
    witness::{Witness, WitnessError},
};

/// Faults are timed by locks and patience: tests that stop servers under each other's feet would test that instead.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// An answer after this long is none: the machine may be busy, but nothing hangs.
const HANGS: Duration = Duration::from_secs(20);

/// Tries until it works; the ledger must recover by itself.
async fn append_at_last(ledger: &Ledger, number: u64) -> u64 {
    let started = Instant::now();
    loop {
        match ledger.append(vec![entry(number)]).await {
            Ok(receipts) => return receipts[0].position(),
            Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_entries_survive_a_killed_database() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start_alone().await;
    let ledger = Arc::new(bench.open().await);
    let mut callers = Vec::new();
    for caller in 0..8_u64 {
        let ledger = Arc::clone(&ledger);
        callers.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for number in 0..100_000 {
                let number = caller * 1_000_000 + number;
                match ledger.append(vec![entry(number)]).await {
                    Ok(receipts) => acknowledged.push((number, receipts[0].position())),
                    Err(_) => break,
                }
            }
            acknowledged
        }));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    bench.kill_database();
    let mut acknowledged = Vec::new();
    for caller in callers {
        acknowledged.extend(caller.await.unwrap());
    }
    assert!(acknowledged.len() > 8, "only {} appends before the kill", acknowledged.len());
    append_at_last(&ledger, 99_000_000).await;
    let stored = ledger.entries(0, 10_000).await.unwrap();
    for (number, position) in acknowledged.into_iter().filter(|(_, position)| *position < 10_000) {
        assert_eq!(stored[usize::try_from(position).unwrap()].entry, entry(number));
    }
    assert!(bench.verify(None).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fails_closed_and_quickly_while_the_database_is_gone() {
    let _alone = ALONE.lock().await;
    let mut bench = Bench::start_alone().await;
    let ledger = bench.open().await;
    ledger.append(vec![entry(0)]).await.unwrap();
    bench.stop_database().await;
    for number in 1..4 {
        let started = Instant::now();
        assert_eq!(ledger.append(vec![entry(number)]).await, Err(LedgerError::Unavailable));
        assert!(started.elapsed() < HANGS, "took {:?}", started.elapsed());
    }
    assert!(ledger.checkpoint().await.is_err());
    bench.restart_database().await;
    assert_eq!(append_at_last(&ledger, 9).await, 1);
    assert!(bench.verify(None).await.holds());
}

/// "Failed but persisted": the commit hangs behind a lock for longer than anyone waits, and then succeeds.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_became_durable_unknown_to_its_caller_is_stored_once() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    // Often enough that every connection has its statement: preparing one would wait for the lock, too.
    for number in 0..40 {
        ledger.append(vec![entry(number)]).await.unwrap();
    }
    let lock = bench.lock("lock table entries in exclusive mode").await;
    assert_eq!(ledger.append(vec![entry(40)]).await, Err(LedgerError::Unavailable));
    lock.release().await;
    bench.until("select count(*) from entries", 41).await;
    assert_eq!(append_at_last(&ledger, 41).await, 41);
    assert_eq!(append_at_last(&ledger, 40).await, 40);
    assert_eq!(append_at_last(&ledger, 42).await, 42);
    assert_eq!(ledger.entries(0, 100).await.unwrap().len(), 43);
    assert!(bench.verify(None).await.holds());
}

/// "Failed": the backend that was to commit is gone before it could.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_was_lost_can_be_appended_again() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start().await;
    let ledger = Arc::new(bench.open_quiet().await);
    ledger.append(vec![entry(0)]).await.unwrap();
    let lock = bench.lock("lock table entries in exclusive mode").await;
    let waiting = {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { ledger.append(vec![entry(1)]).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench
        .as_superuser(
            "select pg_terminate_backend(pid) from pg_stat_activity \
             where wait_event_type = 'Lock' and query like '%entries%' and pid <> pg_backend_pid()",
        )
        .await;
    assert_eq!(waiting.await.unwrap(), Err(LedgerError::Unavailable));
    lock.release().await;
    assert_eq!(append_at_last(&ledger, 2).await, 1);
    assert_eq!(append_at_last(&ledger, 1).await, 2);
    assert!(bench.verify(None).await.holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_append_to_one_sequence() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start().await;
    let instances = [Arc::new(bench.open().await), Arc::new(bench.open().await)];
    let mut callers = Vec::new();
    for caller in 0..8_u64 {
        let ledger = Arc::clone(&instances[usize::try_from(caller % 2).unwrap()]);
        callers.push(tokio::spawn(async move {
            let mut positions = Vec::new();
            for number in 0..40 {
                positions.push(append_at_last(&ledger, caller * 1000 + number).await);
                // Both sign, each after the other's.
                let _may_be_too_late = ledger.checkpoint().await;
            }
            positions
        }));
    }
    let mut positions = Vec::new();
    for caller in callers {
        positions.extend(caller.await.unwrap());
    }
    positions.sort_unstable();
    assert_eq!(positions, (0..320).collect::<Vec<_>>());
    let sizes =
        (instances[0].checkpoint().await.unwrap().size, instances[1].checkpoint().await.unwrap().size);
    assert_eq!(sizes, (320, 320));
    let report = bench.verify(bench.witness().read().unwrap().as_ref()).await;
    assert!(report.holds(), "{:?}", report.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_forgot_what_was_acknowledged_is_refused() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    ledger.append((0..20).map(entry).collect()).await.unwrap();
    bench.as_superuser("delete from entries where position >= 15").await;
    assert_eq!(ledger.checkpoint().await, Err(LedgerError::Inconsistent));
    assert_eq!(ledger.append(vec![entry(20)]).await, Err(LedgerError::Inconsistent));
    assert_eq!(bench.count("select count(*) from entries").await, 15);
}

/// A witness that answers its first question and none after.
struct HangingWitness;

#[async_trait]
impl Witness for HangingWitness {
    async fn newest(&self) -> Result<Option<Checkpoint>, WitnessError> {
        Ok(None)
    }
    async fn keep(&self, _: &Checkpoint) -> Result<(), WitnessError> {
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_hangs_holds_up_nobody() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start().await;
    let parts = LedgerParts { witness: Arc::new(HangingWitness), ..bench.parts().await };
    let ledger = Ledger::open(parts).await.unwrap();
    for number in 0..12 {
        let asked = Instant::now();
        ledger.append(vec![entry(number)]).await.unwrap();
        assert!(asked.elapsed() < HANGS);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    assert_eq!(ledger.checkpoint().await.unwrap().size, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_stored_with_any_other_column_is_not_acknowledged() {
    let _alone = ALONE.lock().await;
    let bench = Bench::start().await;
    let ledger = bench.open_quiet().await;
    ledger.append(vec![entry(0)]).await.unwrap();
    for (number, change) in [
        "new.id := '\\x00'",
        "new.subject := set_byte(new.subject, 0, 0)",
        "new.service := 1",
        "new.writes := null",
        "new.gives_up := 0",
        "new.arrived := '\\x0000000000000000'",
        "new.outcome := 1",
        "new.sealed := set_byte(new.sealed, 0, 0)",
        "new.leaf := set_byte(new.leaf, 0, get_byte(new.leaf, 0) # 1)",
        "new.tag := set_byte(new.tag, 0, get_byte(new.tag, 0) # 1)",
    ]
    .into_iter()
    .enumerate()
    {
        let other = format!(
            "create function keep() returns trigger language plpgsql as $$begin {change}; return new; end$$; \
             create trigger keep before insert on entries for each row execute function keep()"
        );
        bench.as_superuser(&other).await;
        // About a patient, and with writes.
        let number = 6 * number as u64 + 2;
        assert_eq!(ledger.append(vec![entry(number)]).await, Err(LedgerError::Inconsistent), "{change}");
        bench.as_superuser("drop function keep cascade; delete from entries where position > 0").await;
    }
    assert_eq!(append_at_last(&ledger, 1).await, 1);
}
