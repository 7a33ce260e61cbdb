//! How fast lanes answer, alone and in batches. Prints; run with `--ignored --nocapture`.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tacenda_postgres::{Batcher, BatcherOptions, Cluster};

use crate::support::{database, provisioned};

const ONE: &str = "select sealed from notes where note = $1";
const ANY: &str = "select note, sealed from notes where note = any($1)";
const FILL: &str = "insert into notes select n, repeat('x', 1500) from generate_series(1, 10000) n";
const TASKS: i64 = 32;
const TIME: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn point_selects_a_second() {
    let cluster = Cluster::start_temporary().await.expect("starts");
    let begun = Instant::now();
    let endpoints = provisioned(&cluster, "tacenda_").await;
    let made = begun.elapsed();
    provisioned(&cluster, "tacenda_").await;
    let again = begun.elapsed() - made;
    let begun = Instant::now();
    let database = Arc::new(database(&endpoints).await);
    println!("provision {made:?}, again {again:?}, open four lanes {:?}", begun.elapsed());
    database.lanes().execute(FILL, &[]).await.expect("is filled");
    let shared = Arc::clone(&database);
    let batcher: Batcher<i64, Option<String>> =
        Batcher::start(BatcherOptions::default(), move |keys: Vec<i64>| {
            let database = Arc::clone(&shared);
            async move {
                let rows = database.lanes().query(ANY, &[&keys]).await?;
                let found: HashMap<i64, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
                Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
            }
        });
    let pipelined = a_second({
        let database = Arc::clone(&database);
        move |key| {
            let database = Arc::clone(&database);
            async move {
                let rows = database.lanes().query(ONE, &[&key]).await.expect("is answered");
                rows[0].get::<_, String>(0).len()
            }
        }
    })
    .await;
    let batched = a_second(move |key| {
        let batcher = batcher.clone();
        async move {
            let found: Option<String> = batcher.submit(key).await.expect("is answered");
            found.expect("is there").len()
        }
    })
    .await;
    println!(
        "point selects of 1.5 KB a second, {TASKS} tasks: pipelined {pipelined:.0}, batched {batched:.0}"
    );
}

/// How many answers all tasks together get in a second.
async fn a_second<Answer>(ask: impl Fn(i64) -> Answer + Clone + Send + 'static) -> f64
where
    Answer: Future<Output = usize> + Send,
{
    let begun = Instant::now();
    let counts = join_all((0..TASKS).map(|task| {
        let ask = ask.clone();
        tokio::spawn(async move {
            let mut count = 0;
            while begun.elapsed() < TIME {
                assert_eq!(ask(1 + (task * 7919 + count * 31) % 10_000).await, 1500);
                count += 1;
            }
            count
        })
    }))
    .await;
    let total: i64 = counts.into_iter().map(|count| count.expect("ran")).sum();
    total as f64 / begun.elapsed().as_secs_f64()
}
