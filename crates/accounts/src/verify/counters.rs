//! What the ledger says of the counters of accounts.

use std::collections::HashMap;

use tacenda_contracts::{
    entry::{Entry, Fact, Outcome},
    ledger::About,
};
use tacenda_kernel::{ActorId, Service};

use super::{Looked, VerifyError};

const PAGE: u32 = 500;

/// What is known of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counter {
    /// The newest of which it is known that it was committed.
    pub(super) committed: u64,
    /// The newest that was announced.
    pub(super) announced: u64,
}

/// What the ledger says of each account, from all entries of this service that open.
pub(super) async fn counters(looked: &Looked) -> Result<HashMap<ActorId, Counter>, VerifyError> {
    let (mut known, mut failed, mut before) = (HashMap::new(), Vec::new(), None);
    loop {
        let about = About::Service(Service::Accounts);
        let page = looked.ledger.entries_about(about, before, PAGE).await?;
        let Some(oldest) = page.last() else { break };
        before = Some(oldest.as_ref().map_or_else(|damaged| damaged.position, |stored| stored.position));
        // What is damaged is named where the ledger is verified.
        for stored in page.iter().flatten() {
            if let Ok(entry) = stored.entry.open(&looked.audit) {
                note(&mut known, &mut failed, &entry);
            }
        }
    }
    Ok(known)
}

/// Entries come newest first: that a change failed is read before its announcement.
fn note(known: &mut HashMap<ActorId, Counter>, failed: &mut Vec<(ActorId, u64)>, entry: &Entry) {
    for fact in &entry.facts {
        match fact {
            Fact::Counter { account, value } => {
                let counter = known.entry(*account).or_default();
                counter.committed = counter.committed.max(*value);
            }
            Fact::CounterAnnounced { account, value } if entry.outcome == Outcome::Allowed => {
                let announced = (*account, *value);
                match failed.iter().position(|one| *one == announced) {
                    Some(at) => drop(failed.swap_remove(at)),
                    None => {
                        let counter = known.entry(*account).or_default();
                        counter.announced = counter.announced.max(*value);
                    }
                }
            }
            Fact::CounterAnnounced { account, value } => failed.push((*account, *value)),
            _ => {}
        }
    }
}
