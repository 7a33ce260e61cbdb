//! The places of one socket: who has them, who of these waits, and who leaves when somebody new comes and all are taken.
//!
//! Whoever waits has no request under way: they did not send a complete head yet, or had their answer. When all places are
//! taken, whoever waits longest leaves. Not the newcomer: then a few thousand silent connections would keep everybody out
//! for as long as they like. A network has a share of the places, within which the same holds; and so have those of whom
//! nothing complete was heard yet, who turn out each other before anybody else.

mod table;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tacenda_kernel::Network;
use tokio::{sync::Notify, time::Instant};

use self::table::{Seat, Table};
use super::{limits::ConnectionLimits, place::Place};

/// The places of one socket.
pub(super) struct Places {
    pub(super) limits: ConnectionLimits,
    /// Bytes of heads that are not complete, on all connections.
    pub(super) unread: AtomicUsize,
    table: Mutex<Table>,
}

impl Places {
    pub(super) fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, unread: AtomicUsize::new(0), table: Mutex::default() })
    }

    /// A place for a newcomer; none where everybody who could leave has a request under way.
    pub(super) fn take(self: &Arc<Self>, from: IpAddr) -> Option<Arc<Place>> {
        let network = (!self.limits.proxies.include(from)).then(|| Network::of(Some(from)));
        let now = Instant::now();
        let mut table = self.table();
        if let Some(silent) = table.too_silent(network, &self.limits) {
            table.turn_out(silent);
        }
        // A proxy is none, and has no share.
        if network.is_some() && table.taken(network) >= self.limits.most_of_a_network {
            let oldest = table.waits_longest(network)?;
            table.turn_out(oldest);
        }
        if table.taken(None) >= self.limits.most {
            let oldest = table.waits_longest(None)?;
            table.turn_out(oldest);
        }
        let leave = Arc::new(Notify::new());
        let seat =
            Seat { network, waiting_since: Some(now), unheard_since: Some(now), leave: Arc::clone(&leave) };
        let name = table.seat(seat);
        Some(Arc::new(Place::new(Arc::clone(self), name, leave, now)))
    }

    /// A request of this connection is under way from now on.
    pub(super) fn busy(&self, name: u64) {
        let mut table = self.table();
        table.hear(name);
        table.wait(name, None);
    }

    /// None of its requests is, since then.
    pub(super) fn waiting(&self, name: u64, since: Instant) {
        self.table().wait(name, Some(since));
    }

    /// The connection is over.
    pub(super) fn free(&self, name: u64) {
        self.table().remove(name);
    }

    /// Notes bytes of a head that is not complete; how many there are on all connections.
    pub(super) fn unread(&self, bytes: usize) -> usize {
        self.unread.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;
    use tacenda_kernel::TrustedProxies;

    use super::*;

    fn places(most: usize, most_of_a_network: usize) -> Arc<Places> {
        let proxies = TrustedProxies::new(vec!["192.0.2.1/32".parse().unwrap()]);
        Places::new(ConnectionLimits { most, most_of_a_network, proxies, ..ConnectionLimits::default() })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Whether it was told to leave.
    fn left(place: &Place) -> bool {
        place.over().now_or_never().is_some()
    }

    #[tokio::test]
    async fn who_waits_longest_leaves_for_a_newcomer() {
        let places = places(3, 3);
        let mut taken = Vec::new();
        for last in 1..=3 {
            taken.push(places.take(address(&format!("10.0.{last}.1"))).unwrap());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let under_way = taken[0].begin();
        let newcomer = places.take(address("10.0.4.1")).unwrap();
        assert!(!left(&taken[0]), "its request is under way");
        assert!(left(&taken[1]), "it waited longest");
        assert!(!left(&taken[2]) && !left(&newcomer));
        drop(under_way);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let another = places.take(address("10.0.5.1")).unwrap();
        assert!(
            left(&taken[2]) && !left(&taken[0]) && !left(&another),
            "whoever had an answer waits from then on"
        );
    }

    #[tokio::test]
    async fn who_comes_when_nobody_waits_finds_no_place() {
        let places = places(2, 2);
        let (one, other) =
            (places.take(address("10.0.1.1")).unwrap(), places.take(address("10.0.2.1")).unwrap());
        let under_way = (one.begin(), other.begin());
        assert!(places.take(address("10.0.3.1")).is_none());
        drop(under_way);
        drop(other);
        assert!(places.take(address("10.0.3.1")).is_some());
    }

    #[tokio::test]
    async fn a_network_has_its_share_and_turns_out_nobody_else() {
        let places = places(8, 2);
        let elsewhere = places.take(address("10.9.9.9")).unwrap();
        let first = places.take(address("10.0.1.1")).unwrap();
        let second = places.take(address("10.0.1.2")).unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        let third = places.take(address("10.0.1.3")).unwrap();
        assert!(left(&first) && !left(&second) && !left(&third) && !left(&elsewhere));
        let under_way = (second.begin(), third.begin());
        assert!(places.take(address("10.0.1.4")).is_none(), "its share is busy");
        assert!(places.take(address("10.0.2.1")).is_some(), "another network's is not");
        drop(under_way);
    }

    #[tokio::test]
    async fn who_was_never_heard_turns_out_nobody_who_was() {
        let limits = ConnectionLimits {
            most: 8,
            most_of_a_network: 8,
            most_unheard: 2,
            ..ConnectionLimits::default()
        };
        let places = Places::new(limits);
        let heard = places.take(address("10.0.1.1")).unwrap();
        drop(heard.begin());
        let mut silent = Vec::new();
        for last in 2..=4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            silent.push(places.take(address(&format!("10.0.{last}.1"))).unwrap());
        }
        assert!(left(&silent[0]) && !left(&silent[1]) && !left(&silent[2]) && !left(&heard));
        drop(silent[1].begin());
        let newcomer = places.take(address("10.0.5.1")).unwrap();
        assert!(!left(&silent[1]) && !left(&silent[2]) && !left(&newcomer), "one of them was heard");
    }

    #[tokio::test]
    async fn a_silent_network_turns_out_its_own() {
        let limits = ConnectionLimits { most_unheard_of_a_network: 2, ..ConnectionLimits::default() };
        let places = Places::new(limits);
        let elsewhere = places.take(address("10.9.9.9")).unwrap();
        let mut silent = Vec::new();
        for last in 1..=3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            silent.push(places.take(address(&format!("10.0.1.{last}"))).unwrap());
        }
        assert!(left(&silent[0]) && !left(&silent[1]) && !left(&silent[2]) && !left(&elsewhere));
    }

    #[tokio::test]
    async fn a_proxy_is_no_network() {
        let places = places(8, 2);
        let brought: Vec<_> = (0..4).map(|_| places.take(address("192.0.2.1")).unwrap()).collect();
        assert!(brought.iter().all(|place| !left(place)));
    }

    #[tokio::test]
    async fn nothing_is_kept_of_who_left() {
        let places = places(4, 4);
        for last in 0..100 {
            let place = places.take(address(&format!("10.0.{last}.1"))).unwrap();
            drop(place.begin());
        }
        assert!(places.table().is_empty());
        assert_eq!(places.unread.load(Ordering::Relaxed), 0);
    }
}
