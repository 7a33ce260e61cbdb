//! Saying what arrived where nobody else appends: an entry of the ledger's own, with nothing sealed in it.

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
    committer::Committer,
    placement::{Answer, Request},
};

/// How long what arrived waits for somebody else's commit.
const PATIENCE: Duration = Duration::from_millis(250);

/// Sees to it that what arrived is said soon, until the ledger is dropped.
pub(crate) async fn say_what_arrived(
    committer: Weak<Committer>,
    appends: Batcher<Request, Answer, LedgerError>,
    random: Arc<dyn Random>,
) {
    let mut ticks = interval_at(Instant::now() + PATIENCE, PATIENCE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waits = false;
    loop {
        ticks.tick().await;
        let Some(committer) = committer.upgrade() else { return };
        let arrived = committer.has_arrived();
        drop(committer);
        // Where it is not recorded now, it waits on.
        if waits && arrived {
            let _unsaid = appends.submit(vec![entry(random.as_ref())]).await;
        }
        waits = arrived;
    }
}

fn entry(random: &dyn Random) -> SealedEntry {
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
