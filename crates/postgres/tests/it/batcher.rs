//! Group commit: who shares a batch, in which order, and what an error or a panic means for the others.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use tacenda_postgres::{BatchError, Batcher, BatcherOptions};
use tokio::sync::Semaphore;

const ONE: BatcherOptions = BatcherOptions { workers: 1, max_batch: 64, queue: 1024 };

type Batches = Arc<Mutex<Vec<Vec<u32>>>>;

/// Doubles numbers, a batch for each permit of the gate, and keeps what it saw.
fn doubler(options: BatcherOptions) -> (Batcher<u32, u32, String>, Batches, Arc<Semaphore>) {
    let (batches, gate) = (Batches::default(), Arc::new(Semaphore::new(0)));
    let (seen, closed) = (Arc::clone(&batches), Arc::clone(&gate));
    let batcher = Batcher::start(options, move |requests: Vec<u32>| {
        let (seen, closed) = (Arc::clone(&seen), Arc::clone(&closed));
        async move {
            seen.lock().expect("is whole").push(requests.clone());
            closed.acquire().await.expect("stays open").forget();
            match requests.contains(&13) {
                true => Err("unlucky".to_owned()),
                false => Ok(requests.into_iter().map(|n| n * 2).collect()),
            }
        }
    });
    (batcher, batches, gate)
}

async fn until_taken(batches: &Batches, count: usize) {
    while batches.lock().expect("is whole").len() < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn those_who_wait_share_the_next_batch_in_order() {
    let (batcher, batches, gate) = doubler(ONE);
    let first = tokio::spawn({
        let batcher = batcher.clone();
        async move { batcher.submit(0).await }
    });
    until_taken(&batches, 1).await;
    let others = join_all((100..199).map(|n| batcher.submit(n)));
    let (answers, ()) = tokio::join!(others, async { gate.add_permits(3) });
    assert_eq!(first.await.expect("ran"), Ok(0));
    for (answer, n) in answers.into_iter().zip(100..) {
        assert_eq!(answer, Ok(n * 2));
    }
    let batches = batches.lock().expect("is whole");
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [1, 64, 35]);
    assert_eq!(batches.concat(), [0].into_iter().chain(100..199).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_lone_request_waits_for_nobody() {
    let (batcher, batches, gate) = doubler(ONE);
    gate.add_permits(3);
    for n in 1..=3 {
        assert_eq!(batcher.submit(n).await, Ok(n * 2));
    }
    assert_eq!(batches.lock().expect("is whole").len(), 3);
}

#[tokio::test]
async fn several_workers_have_several_batches_under_way() {
    let (batcher, batches, gate) = doubler(BatcherOptions { workers: 2, max_batch: 1, queue: 8 });
    let (answers, ()) = tokio::join!(join_all((0..2).map(|n| batcher.submit(n))), async {
        until_taken(&batches, 2).await;
        gate.add_permits(2);
    });
    assert_eq!(answers, [Ok(0), Ok(2)]);
}

#[tokio::test]
async fn an_error_is_everyones_and_ends_with_the_batch() {
    let (batcher, _batches, gate) = doubler(ONE);
    gate.add_permits(10);
    let unlucky = join_all([12, 13, 14].map(|n| batcher.submit(n))).await;
    let failed = Err(BatchError::Failed("unlucky".to_owned()));
    assert_eq!(unlucky, vec![failed.clone(), failed.clone(), failed]);
    assert_eq!(batcher.submit(15).await, Ok(30));
}

#[tokio::test]
async fn a_panic_hangs_nobody_and_the_next_batch_is_handled() {
    let batcher: Batcher<u32, u32, String> = Batcher::start(ONE, |requests: Vec<u32>| {
        // One panics before there is a future, one inside it.
        assert!(requests[0] != 1, "on purpose");
        async move {
            assert!(requests[0] != 2, "on purpose");
            Ok(requests)
        }
    });
    assert_eq!(batcher.submit(1).await, Err(BatchError::Lost));
    assert_eq!(batcher.submit(2).await, Err(BatchError::Lost));
    assert_eq!(batcher.submit(3).await, Ok(3));
}

#[tokio::test]
async fn a_miscounted_batch_gives_nobody_anothers_answer() {
    let batcher: Batcher<u32, u32, String> =
        Batcher::start(ONE, |requests: Vec<u32>| async move { Ok(requests.into_iter().skip(1).collect()) });
    assert_eq!(
        join_all([1, 2].map(|n| batcher.submit(n))).await,
        [Err(BatchError::Lost), Err(BatchError::Lost)]
    );
}

#[tokio::test]
async fn what_a_caller_abandons_is_still_done() {
    let (batcher, batches, gate) = doubler(ONE);
    let caller = tokio::spawn({
        let batcher = batcher.clone();
        async move { batcher.submit(1).await }
    });
    until_taken(&batches, 1).await;
    let waiting = tokio::time::timeout(Duration::from_millis(5), batcher.submit(2)).await;
    assert!(waiting.is_err(), "was answered through a closed gate");
    caller.abort();
    // Even the last handle may go: what waits is handled before the workers end.
    drop(batcher);
    gate.add_permits(2);
    until_taken(&batches, 2).await;
    assert_eq!(*batches.lock().expect("is whole"), [[1], [2]]);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let (batcher, batches, gate) = doubler(BatcherOptions { workers: 1, max_batch: 1, queue: 2 });
    let waiting: Vec<_> = (0..3)
        .map(|n| {
            let batcher = batcher.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20) * n).await;
                batcher.submit(n).await
            })
        })
        .collect();
    until_taken(&batches, 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(batcher.submit(9).await, Err(BatchError::Overloaded));
    gate.add_permits(3);
    for (answer, n) in join_all(waiting).await.into_iter().zip(0..) {
        assert_eq!(answer.expect("ran"), Ok(n * 2));
    }
}
