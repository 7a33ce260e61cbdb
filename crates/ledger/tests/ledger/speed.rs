//! How many entries become durable in a second. Run by hand:
//! `cargo test -p tacenda-ledger --profile demo --test ledger speed -- --ignored --nocapture`

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::support::{Bench, entry};
use tacenda_contracts::ledger::Ledger as _;

const LASTS: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and is meaningful only when optimised and alone"]
async fn appends_per_second() {
    let bench = Bench::start().await;
    let ledger = Arc::new(bench.open().await);
    for callers in [1, 8, 32] {
        let (before, started) = (bench.count("select count(*) from entries").await, Instant::now());
        let processor = processor_time();
        let tasks = (0..callers).map(|caller| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move {
                let mut waits = Vec::new();
                while started.elapsed() < LASTS {
                    let number = callers << 40 | caller << 32 | waits.len() as u64;
                    let asked = Instant::now();
                    ledger.append(vec![entry(number)]).await.unwrap();
                    waits.push(asked.elapsed());
                }
                waits
            })
        });
        let mut waits = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            waits.extend(task.await.unwrap());
        }
        let (took, spent) = (started.elapsed().as_secs_f64(), processor_time() - processor);
        waits.sort_unstable();
        let stored = bench.count("select count(*) from entries").await - before;
        assert_eq!(stored, i64::try_from(waits.len()).unwrap());
        let query = format!("select count(distinct xmin::text) from entries where position >= {before}");
        let commits = bench.count(&query).await;
        println!(
            "{callers} callers: {:.0} appends/s, {:.1} per commit, p50 {:?}, p99 {:?}, {:.1} µs of processor each",
            stored as f64 / took,
            stored as f64 / commits as f64,
            waits[waits.len() / 2],
            waits[waits.len() * 99 / 100],
            spent * 1e6 / stored as f64,
        );
    }
    let started = Instant::now();
    let report = bench.verify(None).await;
    assert!(report.holds());
    println!("verified {} entries in {:?}", report.entries, started.elapsed());
}

/// Seconds of processor time of this process, without PostgreSQL's.
fn processor_time() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}
