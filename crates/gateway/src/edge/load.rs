//! How much is under way at once: requests, and bytes of bodies and answers. What is too much is told to come back.
//!
//! Requests are counted, in all and by network, so that one network leaves room for others. Where there is no room, the oldest
//! request of a stranger goes whose body does not come. Large bodies and large answers of callers who are known wait a little for their share of the memory; strangers send and get nothing large.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tacenda_kernel::{Network, RequestContext};
use tacenda_records::{Caller, Disclosures};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    arrival::Arrival,
    under_way::{Count, Requests},
};

/// A body or answer of this size takes no share: so many fit beside each other as requests may be under way.
pub(crate) const SMALL: u64 = 64 << 10;
/// The weight of what does not say how large it is.
pub(crate) const LARGEST: u64 = 32 << 20;
const UNIT: u64 = 1 << 10;

/// What the edge bears at once. The defaults are for serving; tests lower them.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Requests under way.
    pub requests: usize,
    /// Of these, requests from one network (IPv4 /24, IPv6 /56).
    pub requests_of_a_network: usize,
    /// Bytes of large bodies that come, or are worked on.
    pub body_bytes: u64,
    /// Bytes of large answers that are sent.
    pub answer_bytes: u64,
    /// How long a stranger's body may take to come whole.
    pub stranger_body: Duration,
    /// How long nothing may come of the body of somebody who is known.
    pub body_pause: Duration,
    /// How long a large body or answer waits for its share.
    pub patience: Duration,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            requests: 1_024,
            requests_of_a_network: 256,
            body_bytes: 2 * LARGEST,
            answer_bytes: 2 * LARGEST,
            stranger_body: Duration::from_secs(5),
            body_pause: Duration::from_secs(20),
            patience: Duration::from_secs(5),
        }
    }
}

/// What is under way.
pub(crate) struct Load {
    pub(crate) capacity: Capacity,
    bodies: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    requests: Mutex<Requests>,
    /// Answers to strangers on their way.
    to_strangers: Mutex<Count>,
}

/// There is no room now.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("there is no room for it now")]
pub(crate) struct Busy;

impl Load {
    pub(crate) fn new(capacity: Capacity) -> Arc<Self> {
        let room = |bytes: u64| {
            Arc::new(Semaphore::new(usize::try_from(bytes / UNIT).unwrap_or(Semaphore::MAX_PERMITS)))
        };
        let (bodies, answers) = (room(capacity.body_bytes), room(capacity.answer_bytes));
        Arc::new(Self {
            capacity,
            bodies,
            answers,
            requests: Mutex::default(),
            to_strangers: Mutex::default(),
        })
    }

    /// A place for one more request, which may have a body.
    pub(crate) fn begin(self: &Arc<Self>, network: Network, has_body: bool) -> Result<Arc<InFlight>, Busy> {
        let mut requests = self.requests();
        let mut given_up = None;
        if requests.count.of(network) >= self.capacity.requests_of_a_network {
            given_up = Some(requests.give_up(Some(network)).ok_or(Busy)?);
        } else if requests.count.all >= self.capacity.requests {
            given_up = Some(requests.give_up(None).ok_or(Busy)?);
        }
        let (number, arrival) = (requests.next, Arc::<Arrival>::default());
        requests.next += 1;
        requests.count.enters(network);
        if has_body {
            requests.arriving.insert(number, (network, Arc::clone(&arrival)));
        }
        if let Some(given_up) = given_up {
            // Under the lock: a request that ends at this moment must know that its place is gone.
            given_up.give_up();
        }
        drop(requests);
        let (discloses, body) = (OnceLock::new(), Mutex::default());
        Ok(Arc::new(InFlight { load: Arc::clone(self), network, number, arrival, discloses, body }))
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to_strangers(&self) -> MutexGuard<'_, Count> {
        self.to_strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn share(
        &self,
        of: &Arc<Semaphore>,
        whole: u64,
        bytes: u64,
    ) -> Result<Option<OwnedSemaphorePermit>, Busy> {
        if bytes <= SMALL {
            return Ok(None);
        }
        // What is larger than all there is waits for all there is.
        let units = u32::try_from(bytes.min(whole) / UNIT).unwrap_or(u32::MAX);
        let share = tokio::time::timeout(self.capacity.patience, Arc::clone(of).acquire_many_owned(units));
        share.await.ok().and_then(Result::ok).map(Some).ok_or(Busy)
    }
}

/// An answer on its way. SECURITY: one to a stranger takes no place of a request, since nobody need take it; so many are on
/// their way at once as requests may be under way.
pub(crate) enum Leaving {
    Known(#[expect(dead_code, reason = "it holds its place")] Arc<InFlight>),
    Stranger(Arc<Load>, Network),
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Self::Stranger(load, network) = self {
            load.to_strangers().leaves(*network);
        }
    }
}

/// A request under way, until its answer was sent.
pub(crate) struct InFlight {
    load: Arc<Load>,
    network: Network,
    number: u64,
    pub(super) arrival: Arc<Arrival>,
    discloses: OnceLock<(Disclosures, RequestContext)>,
    body: Mutex<Option<OwnedSemaphorePermit>>,
}

impl InFlight {
    /// Whoever sent it was identified.
    pub(crate) fn is_known(&self) {
        self.arrival.know();
    }

    /// Whether they were.
    pub(crate) fn knows(&self) -> bool {
        self.arrival.knows()
    }

    /// They ask for records.
    pub(crate) fn is_of(&self, caller: &Caller) {
        self.discloses.get_or_init(|| (caller.disclosures.clone(), caller.context));
    }

    /// What records are disclosed for it, if any are asked for.
    pub(crate) fn discloses(&self) -> Option<&(Disclosures, RequestContext)> {
        self.discloses.get()
    }

    pub(crate) fn capacity(&self) -> &Capacity {
        &self.load.capacity
    }

    /// Waits for the share of a body of so many bytes. It is held until the answer was sent.
    pub(crate) async fn take_in(&self, bytes: u64) -> Result<(), Busy> {
        let share = self.load.share(&self.load.bodies, self.load.capacity.body_bytes, bytes).await?;
        *self.body.lock().unwrap_or_else(PoisonError::into_inner) = share;
        Ok(())
    }

    /// Its answer was made. A small one to a stranger takes no place at all.
    pub(crate) fn leaves(self: Arc<Self>, small: bool) -> Result<Option<Leaving>, Busy> {
        if self.knows() {
            return Ok(Some(Leaving::Known(self)));
        }
        if small {
            return Ok(None);
        }
        let (network, Capacity { requests, requests_of_a_network, .. }) = (self.network, self.load.capacity);
        let mut leaving = self.load.to_strangers();
        if leaving.of(network) >= requests_of_a_network || leaving.all >= requests {
            return Err(Busy);
        }
        leaving.enters(network);
        Ok(Some(Leaving::Stranger(Arc::clone(&self.load), network)))
    }

    /// Waits for the share of an answer of so many bytes.
    pub(crate) async fn give_out(&self, bytes: u64) -> Result<Option<OwnedSemaphorePermit>, Busy> {
        self.load.share(&self.load.answers, self.load.capacity.answer_bytes, bytes).await
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut requests = self.load.requests();
        requests.arriving.remove(&self.number);
        if !self.arrival.is_given_up() {
            requests.count.leaves(self.network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(last: u8) -> Network {
        Network::V4([10, 0, last])
    }

    fn small() -> Arc<Load> {
        let patience = Duration::from_millis(50);
        Load::new(Capacity { requests: 3, requests_of_a_network: 2, patience, ..Capacity::default() })
    }

    #[test]
    fn one_network_leaves_room_for_others_and_all_have_a_limit() {
        let load = small();
        let of_one = (load.begin(network(1), true).unwrap(), load.begin(network(1), true).unwrap());
        assert!(load.begin(network(1), false).is_err(), "its share is taken");
        let other = load.begin(network(2), true).unwrap();
        assert!(load.begin(network(3), false).is_err(), "all is taken");
        drop(of_one);
        drop(other);
        assert!(load.requests().count.by_network.is_empty(), "nothing is kept of who left");
        assert!(load.requests().arriving.is_empty());
        assert!(load.begin(network(3), false).is_ok());
    }

    #[test]
    fn a_stranger_of_whose_body_nothing_comes_makes_room() {
        let load = small();
        let stalls = |request: &InFlight| request.arrival.stalls(std::task::Waker::noop());
        let known = load.begin(network(1), true).unwrap();
        let first = load.begin(network(1), true).unwrap();
        let second = load.begin(network(2), true).unwrap();
        known.is_known();
        [&known, &first, &second].into_iter().for_each(|request| stalls(request));
        second.arrival.moves();
        let third = load.begin(network(3), false).unwrap();
        assert!(first.arrival.is_given_up() && !known.arrival.is_given_up());
        assert!(load.begin(network(3), false).is_err(), "the others move, or are known");
        stalls(&second);
        let fourth = load.begin(network(3), true).unwrap();
        assert!(second.arrival.is_given_up());
        stalls(&fourth);
        let fifth = load.begin(network(3), false).unwrap();
        assert!(fourth.arrival.is_given_up(), "of a network that has its share, one of its own");
        drop((known, first, second, third, fourth, fifth));
        let requests = load.requests();
        let count = &requests.count;
        assert!(count.all == 0 && count.by_network.is_empty() && requests.arriving.is_empty());
    }

    #[test]
    fn an_answer_that_no_stranger_takes_keeps_nobody_out() {
        let load = small();
        let leaves = |last, is_known| {
            let request = load.begin(network(last), false).unwrap();
            if is_known {
                request.is_known();
            }
            request.leaves(false)
        };
        let untaken = (leaves(1, false).unwrap(), leaves(1, false).unwrap());
        assert!(leaves(1, false).is_err(), "the network's share of answers is taken");
        let another = leaves(2, false).unwrap();
        assert!(leaves(3, false).is_err(), "all are taken");
        assert!(load.begin(network(3), false).unwrap().leaves(true).unwrap().is_none());
        let known = [1, 1, 2].map(|last| leaves(last, true).unwrap());
        assert!(load.begin(network(3), false).is_err(), "answers to the known have their places");
        drop((untaken, another, known));
        assert!(load.to_strangers().by_network.is_empty() && load.requests().count.by_network.is_empty());
    }

    #[tokio::test]
    async fn large_bodies_wait_for_each_other_and_small_ones_do_not() {
        let load = small();
        let (first, second) = (load.begin(network(1), true).unwrap(), load.begin(network(2), true).unwrap());
        first.take_in(LARGEST * 9).await.unwrap();
        assert!(second.take_in(SMALL + UNIT).await.is_err(), "one that is larger than all takes all");
        second.take_in(SMALL).await.unwrap();
        second.give_out(LARGEST).await.unwrap();
        drop(first);
        second.take_in(SMALL + UNIT).await.unwrap();
    }
}
