//! Whose turn it is in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as Blocking, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore, SemaphorePermit};

/// Fewer than the pool has connections: who looks for a connection finds one.
const MOST_AT_ONCE: usize = 8;

type Waiting = HashMap<i64, Arc<Mutex<()>>>;

/// The questions that somebody is at, or waits for.
pub(crate) struct Turns {
    waiting: Blocking<Waiting>,
    free: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self { waiting: Blocking::default(), free: Semaphore::new(MOST_AT_ONCE) }
    }
}

/// The right to a connection, and to ask the questions.
pub(crate) struct Turn<'a> {
    _places: Vec<Place<'a>>,
    _free: Option<SemaphorePermit<'a>>,
}

impl Turns {
    /// Waits until nobody is at one of the questions, and few are at others.
    pub(crate) async fn take(&self, keys: &[i64]) -> Turn<'_> {
        let mut keys = keys.to_vec();
        // One order, so that of two who want the same several nobody waits for the other's.
        keys.sort_unstable();
        keys.dedup();
        let mut places = Vec::with_capacity(keys.len());
        for key in keys {
            let question = self.question(key);
            let mut place = Place { turns: self, key, question: Some(Arc::clone(&question)), held: None };
            place.held = Some(question.lock_owned().await);
            places.push(place);
        }
        // Last: who waits for a question keeps nobody from another.
        Turn { _places: places, _free: self.free.acquire().await.ok() }
    }

    fn question(&self, key: i64) -> Arc<Mutex<()>> {
        Arc::clone(self.waiting().entry(key).or_default())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One question that somebody is at or waits for.
struct Place<'a> {
    turns: &'a Turns,
    key: i64,
    question: Option<Arc<Mutex<()>>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.held = None;
        let mut waiting = self.turns.waiting();
        // Under the table's lock: of two places that end at once the later one finds that nobody else knows it.
        self.question = None;
        if waiting.get(&self.key).is_some_and(|question| Arc::strong_count(question) == 1) {
            waiting.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_asks_and_nothing_is_left_of_those_who_waited() {
        let turns = Turns::default();
        let first = turns.take(&[2, 1, 2]).await;
        let (mut second, mut third) = (Box::pin(turns.take(&[1])), Box::pin(turns.take(&[3, 2])));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(turns.take(&[4]).await);
        drop(third);
        drop(first);
        drop(second.await);
        assert!(turns.waiting().is_empty());
    }

    #[tokio::test]
    async fn so_many_ask_at_once() {
        let turns = Turns::default();
        let mut asking = Vec::new();
        for key in 0..8 {
            asking.push(turns.take(&[key]).await);
        }
        let mut next = Box::pin(turns.take(&[8]));
        assert!((&mut next).now_or_never().is_none());
        asking.pop();
        drop(next.await);
        drop(asking);
        assert!(turns.waiting().is_empty());
        assert_eq!(turns.free.available_permits(), MOST_AT_ONCE);
    }
}
