//! Who sits where, who waits since when, and of whom nothing was heard: in all, and by network.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use tacenda_kernel::Network;
use tokio::{sync::Notify, time::Instant};

use super::ConnectionLimits;

/// All places.
#[derive(Default)]
pub(super) struct Table {
    named: u64,
    seats: HashMap<u64, Seat>,
    waiting: BTreeSet<(Instant, u64)>,
    unheard: BTreeSet<(Instant, u64)>,
    shares: HashMap<Network, Share>,
}

/// What a network has of the places.
#[derive(Default)]
struct Share {
    taken: usize,
    waiting: BTreeSet<(Instant, u64)>,
    unheard: BTreeSet<(Instant, u64)>,
}

/// Somebody's place.
pub(super) struct Seat {
    /// None for a proxy.
    pub(super) network: Option<Network>,
    /// None while a request is under way.
    pub(super) waiting_since: Option<Instant>,
    /// None once a complete head has come.
    pub(super) unheard_since: Option<Instant>,
    pub(super) leave: Arc<Notify>,
}

impl Table {
    /// How many places a network has; with none, how many there are in all.
    pub(super) fn taken(&self, network: Option<Network>) -> usize {
        match network {
            None => self.seats.len(),
            Some(network) => self.shares.get(&network).map_or(0, |share| share.taken),
        }
    }

    /// Who of a network, or with none of all, waits longest.
    pub(super) fn waits_longest(&self, network: Option<Network>) -> Option<u64> {
        let waiting = match network {
            None => &self.waiting,
            Some(network) => &self.shares.get(&network)?.waiting,
        };
        waiting.first().map(|(_, name)| *name)
    }

    pub(super) fn seat(&mut self, seat: Seat) -> u64 {
        let name = self.named;
        self.named += 1;
        if let Some(network) = seat.network {
            self.shares.entry(network).or_default().taken += 1;
        }
        let since = seat.waiting_since;
        let unheard = seat.unheard_since.map(|since| (since, name));
        self.unheard.extend(unheard);
        if let Some(share) = seat.network.and_then(|network| self.shares.get_mut(&network)) {
            share.unheard.extend(unheard);
        }
        self.seats.insert(name, Seat { waiting_since: None, ..seat });
        self.wait(name, since);
        name
    }

    /// A complete head has come, or none will.
    pub(super) fn hear(&mut self, name: u64) {
        let Some(seat) = self.seats.get_mut(&name) else { return };
        let Some(since) = seat.unheard_since.take() else { return };
        self.unheard.remove(&(since, name));
        if let Some(share) = seat.network.and_then(|network| self.shares.get_mut(&network)) {
            share.unheard.remove(&(since, name));
        }
    }

    /// Who of those of whom nothing was heard leaves for a newcomer: of its own network where that has its share.
    pub(super) fn too_silent(&self, network: Option<Network>, limits: &ConnectionLimits) -> Option<u64> {
        let own = network.and_then(|network| self.shares.get(&network)).map(|share| &share.unheard);
        let own = own.filter(|unheard| unheard.len() >= limits.most_unheard_of_a_network);
        let all = Some(&self.unheard).filter(|unheard| unheard.len() >= limits.most_unheard);
        own.or(all)?.first().map(|(_, oldest)| *oldest)
    }

    pub(super) fn wait(&mut self, name: u64, since: Option<Instant>) {
        let Some(seat) = self.seats.get_mut(&name) else { return };
        let before = std::mem::replace(&mut seat.waiting_since, since);
        let share = seat.network.and_then(|network| self.shares.get_mut(&network));
        for waiting in std::iter::once(&mut self.waiting).chain(share.map(|share| &mut share.waiting)) {
            if let Some(before) = before {
                waiting.remove(&(before, name));
            }
            if let Some(since) = since {
                waiting.insert((since, name));
            }
        }
    }

    pub(super) fn turn_out(&mut self, name: u64) {
        if let Some(leave) = self.remove(name) {
            leave.notify_one();
        }
    }

    pub(super) fn remove(&mut self, name: u64) -> Option<Arc<Notify>> {
        self.wait(name, None);
        self.hear(name);
        let seat = self.seats.remove(&name)?;
        if let Some(network) = seat.network
            && let Some(share) = self.shares.get_mut(&network)
        {
            share.taken = share.taken.saturating_sub(1);
            if share.taken == 0 {
                self.shares.remove(&network);
            }
        }
        Some(seat.leave)
    }
}

#[cfg(test)]
impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.seats.is_empty() && self.waiting.is_empty() && self.unheard.is_empty() && self.shares.is_empty()
    }
}
