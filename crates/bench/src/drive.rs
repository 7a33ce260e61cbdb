//! One slice: as many callers as there are connections, each asking again as soon as it is answered.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use hdrhistogram::Histogram;
use tokio::time::sleep_until;

use crate::processes::{Spent, Watch};

/// The longest wait told apart, in microseconds.
const LONGEST: u64 = 60_000_000;

/// One connection with something to ask.
pub(crate) trait Caller: Send + 'static {
    /// Asks once and says whether the answer was right.
    fn call(&mut self) -> impl Future<Output = Result<bool>> + Send;
}

/// What a slice showed.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    /// How long each right answer took, in microseconds.
    pub(crate) waits: Histogram<u64>,
    /// Answers that were not right.
    pub(crate) wrong: u64,
    pub(crate) lasted: Duration,
    pub(crate) spent: Spent,
}

#[derive(Clone, Copy)]
struct Window {
    begin: Instant,
    end: Instant,
}

/// Lets the callers ask, at first without counting. Gives them back, so that their connections stay open.
pub(crate) async fn drive<C: Caller>(
    callers: Vec<C>,
    warm: Duration,
    lasts: Duration,
    watch: Watch,
) -> Result<(Vec<C>, Slice)> {
    let begin = Instant::now() + warm;
    let window = Window { begin, end: begin + lasts };
    let tasks: Vec<_> = callers.into_iter().map(|caller| tokio::spawn(work(caller, window))).collect();
    sleep_until(window.begin.into()).await;
    let before = watch.spent()?;
    sleep_until(window.end.into()).await;
    let spent = watch.spent()? - before;
    let (mut callers, mut slice) = (Vec::new(), Slice { waits: waits()?, wrong: 0, lasted: lasts, spent });
    for done in try_join_all(tasks).await.context("a caller broke off")? {
        let (caller, waits, wrong) = done?;
        callers.push(caller);
        slice.waits.add(waits)?;
        slice.wrong += wrong;
    }
    Ok((callers, slice))
}

/// An empty histogram of waits.
pub(crate) fn waits() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST, 3)?)
}

async fn work<C: Caller>(mut caller: C, window: Window) -> Result<(C, Histogram<u64>, u64)> {
    let (mut waits, mut wrong) = (waits()?, 0);
    loop {
        let asked = Instant::now();
        let right = caller.call().await?;
        let answered = Instant::now();
        if answered >= window.end {
            return Ok((caller, waits, wrong));
        }
        if !right {
            wrong += 1;
        } else if answered >= window.begin {
            waits.saturating_record(u64::try_from((answered - asked).as_micros()).unwrap_or(LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Napper(u32);

    impl Caller for Napper {
        async fn call(&mut self) -> Result<bool> {
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.0 += 1;
            Ok(!self.0.is_multiple_of(2))
        }
    }

    #[tokio::test]
    async fn only_right_answers_within_the_window_are_counted() {
        let begin = Instant::now() + Duration::from_millis(50);
        let window = Window { begin, end: begin + Duration::from_millis(100) };
        let (napper, waits, wrong) = work(Napper(0), window).await.expect("naps");
        assert!(waits.len() < u64::from(napper.0) / 2, "the warm-up is not counted");
        assert!(wrong > 0 && wrong.abs_diff(u64::from(napper.0) / 2) <= 1);
        assert!(waits.min() >= 5_000);
    }
}
