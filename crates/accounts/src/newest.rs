//! The newest counter of each account that this process has seen, so that a whole account put back is noticed at once.

use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use tacenda_kernel::ActorId;

/// A statement that began before a change was committed may still show what was before: it is over by then.
const SETTLES: SignedDuration = SignedDuration::from_secs(5);
/// How many accounts are remembered: those that were used last.
const REMEMBERED: usize = 100_000;

/// What is known of one account.
#[derive(Clone, Copy)]
struct Seen {
    /// No row with a smaller counter is the account's any more.
    settled: i64,
    newest: i64,
    since: Timestamp,
}

/// Counters of accounts.
pub(crate) struct Newest(Cache<ActorId, Seen>);

impl Newest {
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// The account was seen with this counter. False where that is an older one than it has had for a while.
    pub(crate) fn see(&self, account: ActorId, counter: i64, now: Timestamp) -> bool {
        let seen = self.0.get(&account);
        let Some(seen) = seen else {
            self.0.insert(account, Seen { settled: counter, newest: counter, since: now });
            return true;
        };
        let settled = if now.duration_since(seen.since) >= SETTLES { seen.newest } else { seen.settled };
        if counter > seen.newest {
            self.0.insert(account, Seen { settled, newest: counter, since: now });
        }
        counter >= settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_counter_is_noticed_once_the_newer_one_has_settled() {
        let (newest, account) = (Newest::new(), ActorId(uuid::Uuid::from_u128(1)));
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(newest.see(account, 3, at(0)));
        assert!(newest.see(account, 4, at(1)));
        assert!(newest.see(account, 3, at(2)), "a statement may have begun before");
        assert!(!newest.see(account, 2, at(2)));
        assert!(!newest.see(account, 3, at(6)));
        assert!(newest.see(account, 4, at(6)));
        assert!(newest.see(account, 5, at(7)));
        assert!(newest.see(account, 4, at(8)));
        assert!(!newest.see(account, 3, at(8)));
    }
}
