//! What strangers are refused, in the ledger by the minute and not by the request.
//!
//! The first of a kind from a network is recorded before it is answered. Those that follow within a minute are counted, and
//! the count is recorded when the minute ends, as an entry of its own; it begins the next minute. So whoever asks without
//! end leaves one entry a minute, and the ledger says how often.

use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use tacenda_kernel::{Action, Clock, Network, RequestContext, TraceId};
use tokio::{sync::watch, time::sleep};

use crate::{
    entry::{Entry, Event, Fact, Outcome, SealedEntry, Source},
    ledger::{Ledger, LedgerError},
    wire::{Peer, Refusals},
};

/// How long those that follow are only counted.
const MINUTE: Duration = Duration::from_secs(60);
/// Kinds and networks that are told apart at the same time: about a megabyte. Beyond, networks count together as others.
const MOST: usize = 2_000;

/// What the entries are made with.
pub struct StrangersParts {
    /// Who records.
    pub ledger: Arc<dyn Ledger>,
    /// Seals an entry about nobody, as the service does.
    pub seal: Box<dyn Fn(&Entry) -> SealedEntry + Send + Sync>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Records for one service what strangers were refused.
#[derive(Clone)]
pub struct Strangers(Arc<Inner>);

struct Inner {
    parts: StrangersParts,
    minute: Duration,
    table: Mutex<HashMap<Kind, State>>,
}

/// What counts together.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    event: Discriminant<Event>,
    action: Option<Action>,
    outcome: Outcome,
    reason: Option<String>,
    /// Whose account it is about, where it is about one: what is tried on one is not counted with another's.
    about: Option<String>,
    /// None for the others.
    network: Option<Network>,
}

type Recorded = Result<(), LedgerError>;

enum State {
    /// The first is on its way to the ledger.
    Recording(watch::Receiver<Option<Recorded>>),
    /// It is there, and so many followed that are not.
    Counting { first: Box<Entry>, count: u64 },
}

impl Strangers {
    /// Records with these parts.
    #[must_use]
    pub fn new(parts: StrangersParts) -> Self {
        Self::with_minutes_of(MINUTE, parts)
    }

    /// The same, with minutes of another length.
    #[must_use]
    pub fn with_minutes_of(minute: Duration, parts: StrangersParts) -> Self {
        Self(Arc::new(Inner { parts, minute, table: Mutex::default() }))
    }

    /// Sees to it that the ledger tells of this refusal.
    ///
    /// Its reason says of which kind it is: a code of the program, never a value of the request.
    ///
    /// # Errors
    /// [`LedgerError`] where the first of its kind is not recorded: then it must not be answered either.
    pub async fn record(&self, entry: Entry, request: RequestContext) -> Result<(), LedgerError> {
        let network = Network::of(request.address);
        loop {
            let (recording, is_first) = {
                let mut table = self.0.table();
                let kind = Kind::of(&table, &entry, network);
                match table.get_mut(&kind) {
                    Some(State::Counting { count, .. }) => {
                        *count = count.saturating_add(1);
                        return Ok(());
                    }
                    Some(State::Recording(recording)) => (recording.clone(), false),
                    None => {
                        let (done, recording) = watch::channel(None);
                        table.insert(kind.clone(), State::Recording(recording.clone()));
                        // A caller who hangs up must not end what others of the kind wait for.
                        tokio::spawn(record_first(Arc::clone(&self.0), kind, entry.clone(), done));
                        (recording, true)
                    }
                }
            };
            outcome(recording).await?;
            if is_first {
                return Ok(());
            }
        }
    }

    /// Records what was counted and is not recorded yet. For a service that ends.
    pub async fn finish(&self) {
        let kinds: Vec<Kind> = self.0.table().keys().cloned().collect();
        for kind in kinds {
            self.0.record_count(&kind).await;
        }
    }
}

/// A peer that calls what it may not is a stranger there.
#[async_trait]
impl Refusals for Strangers {
    async fn refused(&self, peer: Peer, contract: &'static str, method: &'static str) {
        let request = RequestContext::from(TraceId([0; 16]));
        let reason = format!("{}-may-not-call-{contract}-{method}", peer.as_str());
        tracing::error!(peer = peer.as_str(), contract, method, "a service called what it may not");
        let at = self.0.parts.clock.now();
        let entry = Entry::new(at, Event::Unauthenticated, Outcome::Denied, request).because(&reason);
        // Where it is not recorded it is refused all the same.
        let _ = self.record(entry, request).await;
    }
}

async fn outcome(mut recording: watch::Receiver<Option<Recorded>>) -> Recorded {
    let recorded = recording.wait_for(Option::is_some).await;
    recorded.ok().and_then(|recorded| recorded.clone()).unwrap_or(Err(LedgerError::Unavailable))
}

async fn record_first(inner: Arc<Inner>, kind: Kind, entry: Entry, done: watch::Sender<Option<Recorded>>) {
    let recorded = inner.append(&entry).await;
    match recorded {
        Ok(()) => {
            inner.table().insert(kind.clone(), State::Counting { first: Box::new(entry), count: 0 });
            tokio::spawn(count(Arc::downgrade(&inner), inner.minute, kind));
        }
        Err(_) => drop(inner.table().remove(&kind)),
    }
    done.send_replace(Some(recorded));
}

/// Records a kind's count as often as a minute ends, until one ends in which there was none.
async fn count(inner: Weak<Inner>, minute: Duration, kind: Kind) {
    loop {
        sleep(minute).await;
        let Some(inner) = inner.upgrade() else { return };
        if inner.forgotten(&kind) {
            return;
        }
        inner.record_count(&kind).await;
    }
}

impl Inner {
    /// Whether nothing of the kind was counted. Then it is not known any more.
    fn forgotten(&self, kind: &Kind) -> bool {
        let mut table = self.table();
        let none = !matches!(table.get(kind), Some(State::Counting { count: 1.., .. }));
        if none {
            table.remove(kind);
        }
        none
    }

    /// A count that cannot be recorded is kept, and is part of the next.
    async fn record_count(&self, kind: &Kind) {
        let (entry, counted) = {
            let mut table = self.table();
            let Some(State::Counting { first, count }) = table.get_mut(kind) else { return };
            if *count == 0 {
                return;
            }
            let entry = repeated(first, *count, kind.network);
            (Entry { at: self.parts.clock.now(), ..entry }, std::mem::take(count))
        };
        if self.append(&entry).await.is_err()
            && let Some(State::Counting { count, .. }) = self.table().get_mut(kind)
        {
            *count = count.saturating_add(counted);
        }
    }

    async fn append(&self, entry: &Entry) -> Recorded {
        let sealed = (self.parts.seal)(entry);
        let id = sealed.id;
        match self.parts.ledger.append(vec![sealed]).await {
            Ok(receipts) if receipts.iter().any(|receipt| receipt.is_for(&id)) => Ok(()),
            Ok(_) => Err(LedgerError::Unavailable),
            Err(error) => {
                tracing::error!(%error, "what strangers were refused could not be recorded");
                Err(error)
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Kind, State>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    fn of(table: &HashMap<Self, State>, entry: &Entry, network: Network) -> Self {
        let (event, outcome, reason) = (discriminant(&entry.event), entry.outcome, entry.reason.clone());
        let about = entry.elements.iter().find(|one| one.starts_with("account/")).cloned();
        let about = about.or_else(|| {
            let account = |fact: &Fact| match fact {
                Fact::Account(account) => Some(account.to_string()),
                _ => None,
            };
            entry.facts.iter().find_map(account)
        });
        // What somebody does who is known is not counted with another's.
        let about = about.or_else(|| entry.actor.map(|actor| actor.to_string()));
        let action = match entry.event {
            Event::Access(action) => Some(action),
            _ => None,
        };
        let own = Self { event, action, outcome, reason, about, network: Some(network) };
        if table.len() < MOST || table.contains_key(&own) { own } else { Self { network: None, ..own } }
    }
}

/// The entry that says how many followed, and from where.
fn repeated(first: &Entry, count: u64, network: Option<Network>) -> Entry {
    let network = network.map_or_else(|| "others".to_owned(), |network| network.to_string());
    let entry = Entry { source: Source::default(), ..first.clone() };
    entry.with(Fact::Network(network)).with(Fact::Repeated(count))
}
