//! One connection's place: what is under way on it, and when it was silent for too long.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::places::Places;

/// A head of this size is complete with all clients that people use; what goes on longer is not let in at any time.
const USUAL_HEAD: usize = 8 << 10;

/// One connection's place. Dropping it gives the place back.
pub(super) struct Place {
    places: Arc<Places>,
    name: u64,
    leave: Arc<Notify>,
    unread: AtomicUsize,
    life: Mutex<Life>,
}

struct Life {
    /// Whether a complete head ever came.
    has_asked: bool,
    /// Requests whose answers did not end.
    under_way: usize,
    /// Since when none is.
    waiting_since: Instant,
    /// Answers of which the client was given a part and did not ask for the next, and since when.
    given: BTreeSet<(Instant, u64)>,
    named: u64,
}

impl Place {
    pub(super) fn new(places: Arc<Places>, name: u64, leave: Arc<Notify>, now: Instant) -> Self {
        let life =
            Life { has_asked: false, under_way: 0, waiting_since: now, given: BTreeSet::new(), named: 0 };
        Self { places, name, leave, unread: AtomicUsize::new(0), life: Mutex::new(life) }
    }

    /// How long a client may take nothing.
    pub(super) fn stalled(&self) -> Duration {
        self.places.limits.stalled
    }

    /// Ends when the connection has to: it was silent for too long, takes nothing, or another needs its place.
    pub(super) async fn over(&self) {
        tokio::select! {
            () = self.leave.notified() => {}
            () = self.overstays() => {}
        }
    }

    async fn overstays(&self) {
        loop {
            let due = self.due();
            if due <= Instant::now() {
                return;
            }
            sleep_until(due).await;
        }
    }

    /// When to look again, unless something happens; if that is over, the connection is.
    fn due(&self) -> Instant {
        let (life, limits) = (self.life(), &self.places.limits);
        if life.under_way == 0 {
            return life.waiting_since + if life.has_asked { limits.idle } else { limits.first_head };
        }
        match life.given.first() {
            Some((since, _)) => *since + limits.stalled,
            // A later end or stall is not due before.
            None => Instant::now() + limits.idle.min(limits.stalled).max(Duration::from_millis(1)),
        }
    }

    /// Notes bytes that came; whether the connection may go on.
    pub(super) fn hears(&self, bytes: usize) -> bool {
        if self.life().under_way > 0 {
            return true;
        }
        let own = self.unread.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        self.places.unread(bytes) <= self.places.limits.most_unread || own <= USUAL_HEAD
    }

    /// A complete head came. What is returned is dropped when its answer has ended.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.forget_unread();
        let mut life = self.life();
        life.has_asked = true;
        life.under_way += 1;
        life.named += 1;
        if life.under_way == 1 {
            self.places.busy(self.name);
        }
        UnderWay { name: life.named, place: Arc::clone(self), given: None }
    }

    fn forget_unread(&self) {
        self.places.unread.fetch_sub(self.unread.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.forget_unread();
        self.places.free(self.name);
    }
}

/// A request whose answer did not end.
pub(super) struct UnderWay {
    place: Arc<Place>,
    name: u64,
    given: Option<Instant>,
}

impl UnderWay {
    /// The client was given a part of the answer.
    pub(super) fn gave(&mut self) {
        let now = Instant::now();
        self.given = Some(now);
        self.place.life().given.insert((now, self.name));
    }

    /// It asks for the next.
    pub(super) fn is_asked(&mut self) {
        if let Some(since) = self.given.take() {
            self.place.life().given.remove(&(since, self.name));
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.is_asked();
        let mut life = self.place.life();
        life.under_way = life.under_way.saturating_sub(1);
        if life.under_way == 0 {
            life.waiting_since = Instant::now();
            self.place.places.waiting(self.place.name, life.waiting_since);
        }
    }
}
