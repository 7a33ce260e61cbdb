//! Saying what arrived where nobody else appends, and what others died before saying: an entry of the ledger's own, with
//! nothing sealed in it.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tacenda_contracts::{
    entry::{EntrySubject, Outcome, SealedEntry},
    ledger::LedgerError,
};
use tacenda_kernel::{Random, Service};
use tacenda_postgres::Batcher;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{
    notary::Notary,
    placement::{Answer, Request},
};

/// How long what arrived waits for somebody else's commit.
const PATIENCE: Duration = Duration::from_millis(250);

/// Every so many turns it is looked for what others left.
const OTHERS: u32 = 40;

/// Sees to it that what arrived is said soon, until the ledger is dropped.
pub(crate) async fn say_what_arrived(
    ledger: Weak<Notary>,
    appends: Batcher<Request, Answer, LedgerError>,
    random: Arc<dyn Random>,
) {
    let mut ticks = interval_at(Instant::now() + PATIENCE, PATIENCE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waits = false;
    for turn in (1..=OTHERS).cycle() {
        ticks.tick().await;
        let Some(notary) = ledger.upgrade() else { return };
        let committer = Arc::clone(&notary.committer);
        drop(notary);
        if turn == OTHERS {
            committer.take_over_others().await;
        }
        let arrived = committer.has_arrived();
        drop(committer);
        // Where it is not recorded now, it waits on.
        if waits && arrived {
            let _unsaid = appends.submit(vec![entry(random.as_ref())]).await;
        }
        waits = arrived;
    }
}

/// An entry that says nothing but what its row says besides.
pub(crate) fn entry(random: &dyn Random) -> SealedEntry {
    let mut id = [0; 16];
    random.fill(&mut id);
    SealedEntry {
        id,
        subject: EntrySubject::Nobody(Service::Ledger),
        writes: Vec::new(),
        gives_up: None,
        outcome: Outcome::Allowed,
        sealed: Vec::new(),
    }
}
