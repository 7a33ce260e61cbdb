//! Changes that were committed, and of which the ledger does not know yet that they were.
//!
//! An entry tells of a change before it is committed, so it can only announce what the account's counter is to be. That it
//! was committed is said by the next entry of this service, whatever it is about, or at the next turn of the upkeep. From
//! then on an account with a smaller counter was put back.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use tacenda_contracts::entry::Fact;
use tacenda_kernel::ActorId;
use uuid::Uuid;

use crate::store::held::Kept;

/// How many an entry carries along.
const CARRIED: usize = 100;

/// The newest counter of each account that was changed since.
#[derive(Default)]
pub(crate) struct Pending(Mutex<BTreeMap<Uuid, i64>>);

impl Pending {
    pub(crate) fn put(&self, kept: Kept) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = pending.entry(kept.account.0).or_default();
        *newest = kept.counter.max(*newest);
    }

    /// Those that an entry is to carry along; whoever takes them puts them back where the entry is not recorded.
    pub(crate) fn take(&self) -> Vec<Kept> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = std::iter::from_fn(|| pending.pop_first()).take(CARRIED);
        first.map(|(account, counter)| Kept { account: ActorId(account), counter }).collect()
    }
}

impl Kept {
    pub(crate) fn fact(self) -> Fact {
        Fact::Counter { account: self.account, value: self.counter.try_into().unwrap_or_default() }
    }

    /// The same before it is committed.
    pub(crate) fn announced(self) -> Fact {
        Fact::CounterAnnounced { account: self.account, value: self.counter.try_into().unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_is_carried_once() {
        let (pending, account) = (Pending::default(), ActorId(Uuid::from_u128(1)));
        for counter in [2, 3, 1] {
            pending.put(Kept { account, counter });
        }
        let taken = pending.take();
        assert_eq!(taken.iter().map(|kept| kept.counter).collect::<Vec<_>>(), [3]);
        assert!(pending.take().is_empty());
    }
}
