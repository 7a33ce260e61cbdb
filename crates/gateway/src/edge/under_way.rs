//! How many requests and answers are under way, in all and of each network, and which of them may have to go.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tacenda_kernel::Network;

use super::arrival::Arrival;

/// How many there are, in all and of each network.
#[derive(Default)]
pub(super) struct Count {
    pub(super) all: usize,
    pub(super) by_network: HashMap<Network, usize>,
}

impl Count {
    pub(super) fn of(&self, network: Network) -> usize {
        self.by_network.get(&network).copied().unwrap_or_default()
    }

    pub(super) fn enters(&mut self, network: Network) {
        self.all += 1;
        *self.by_network.entry(network).or_default() += 1;
    }

    pub(super) fn leaves(&mut self, network: Network) {
        self.all = self.all.saturating_sub(1);
        if let Some(count) = self.by_network.get_mut(&network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_network.remove(&network);
            }
        }
    }
}

/// The requests under way.
#[derive(Default)]
pub(super) struct Requests {
    pub(super) count: Count,
    /// Those that have a body, the oldest first.
    pub(super) arriving: BTreeMap<u64, (Network, Arc<Arrival>)>,
    pub(super) next: u64,
}

impl Requests {
    /// Takes the place of the oldest stranger of whose body nothing comes: of a network, or of any.
    pub(super) fn give_up(&mut self, network: Option<Network>) -> Option<Arc<Arrival>> {
        let fits = |of: Network| network.is_none_or(|network| network == of);
        let idle = self.arriving.iter().find(|(_, (of, arrival))| fits(*of) && arrival.is_idle());
        let number = *idle?.0;
        let (of, arrival) = self.arriving.remove(&number)?;
        self.count.leaves(of);
        Some(arrival)
    }
}
