//! The commit point: a batch of entries becomes durable in one statement, or nobody is told that it did.

use std::sync::{
    Arc, Mutex as Shared, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tacenda_contracts::ledger::LedgerError;
use tacenda_crypto::{CheckpointVerifier, MacKey};
use tacenda_postgres::{Database, DatabaseError};
use tokio::sync::Mutex;

use crate::{
    error::{from_load, unavailable},
    head::{self, LoadError, Loaded},
    journal::{Journal, Left},
    placement::{Answer, Known, Placement, Request},
    store::entries::{self, Stored},
    tree::{Frontier, Hash},
};

/// How often a batch is placed anew because another instance was faster.
const ATTEMPTS: usize = 10;

/// What one entry says at most of what arrived. What is more waits for the next one.
const MOST_ARRIVED: usize = 1_000;

/// Appends batches, one at a time.
pub(crate) struct Committer {
    database: Arc<Database>,
    verifier: CheckpointVerifier,
    key: MacKey,
    head: Mutex<Head>,
    arrived: Shared<Vec<u64>>,
    /// Where nothing is kept, there is none.
    journal: Option<Arc<Journal>>,
    /// Whether the database lacks what another process or a witness knows of: nothing more is recorded then.
    contradicted: AtomicBool,
}

/// The newest entries known to be durable.
///
/// INVARIANT: `certain` says that the database holds these, and nothing more that this instance put there. It is
/// given up before anything that may or may not commit, so that an error, a time-out or a dropped future leaves it
/// given up.
struct Head {
    frontier: Frontier,
    certain: bool,
    /// What was stored lately, also what was found after a doubt, some of which nobody was told of.
    known: Known,
}

impl Committer {
    /// Reads and checks storage, which must still hold the trees that are kept elsewhere.
    pub(crate) async fn open(
        database: Arc<Database>,
        verifier: CheckpointVerifier,
        key: MacKey,
        kept: &[(u64, Hash)],
        journal: Option<Journal>,
    ) -> Result<Self, LoadError> {
        let Loaded { frontier, tail } = head::load(&database, &verifier, &key, kept).await?;
        if let Some(journal) = &journal {
            journal.reached(frontier.size(), &frontier.root());
        }
        let mut known = Known::default();
        known.learn(tail);
        let head = Mutex::new(Head { frontier, certain: true, known });
        let (arrived, journal) = (Shared::default(), journal.map(Arc::new));
        Ok(Self { database, verifier, key, head, arrived, journal, contradicted: AtomicBool::new(false) })
    }

    /// Notes what the next commit will say; whether it would be said, too, if this process died before.
    pub(crate) fn arrived(&self, positions: &[u64]) -> bool {
        let mut waiting = self.waiting();
        waiting.extend(positions);
        self.journal.as_ref().is_some_and(|journal| journal.arrived(positions))
    }

    /// What processes that are dead could not say, the next commit says. It stays theirs where it cannot be noted here.
    pub(crate) fn take_over(&self, left: Left) {
        let mut waiting = self.waiting();
        if left.arrived.is_empty() || self.journal.as_ref().is_some_and(|own| own.arrived(&left.arrived)) {
            waiting.extend(&left.arrived);
            left.forget();
        }
    }

    /// What others have left in the journal's folder since.
    pub(crate) async fn take_over_others(&self) {
        let Some(journal) = self.journal.clone() else { return };
        let gathered = tokio::task::spawn_blocking(move || journal.left()).await;
        match gathered.unwrap_or_else(|stopped| Err(stopped.into())) {
            Ok(left) => {
                if self.must_hold(&left.heads).await.is_ok() {
                    self.take_over(left);
                }
            }
            Err(error) => tracing::warn!(%error, "journals that were left wait"),
        }
    }

    /// SECURITY: other processes acknowledged these, or a witness keeps them. A database that does not hold them was put
    /// back, or cut off after one of them died, and this process would go on over it.
    pub(crate) async fn must_hold(&self, trees: &[(u64, Hash)]) -> Result<(), LedgerError> {
        let frontier = self.newest_head().await?;
        for (size, root) in trees {
            let held = head::check_kept(&self.database, &frontier, *size, *root).await;
            if matches!(held, Err(LoadError::Refused(_))) {
                self.contradicted.store(true, Ordering::Relaxed);
            }
            held.map_err(from_load)?;
        }
        Ok(())
    }

    /// Refuses once [`Self::must_hold`] has.
    pub(crate) fn must_go_on(&self) -> Result<(), LedgerError> {
        if self.contradicted.load(Ordering::Relaxed) { Err(LedgerError::Inconsistent) } else { Ok(()) }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<u64>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is something that the next commit will say.
    pub(crate) fn has_arrived(&self) -> bool {
        !self.waiting().is_empty()
    }

    /// Commits what several callers append, in one statement, and answers each.
    #[tracing::instrument(name = "group commit", level = "debug", skip_all, fields(entries = requests.iter().flatten().count()))]
    pub(crate) async fn commit(&self, requests: &[Request]) -> Result<Vec<Answer>, LedgerError> {
        self.must_go_on()?;
        let mut head = self.head.lock().await;
        let arrived = Arrived::take(self);
        for _ in 0..ATTEMPTS {
            self.make_certain(&mut head).await?;
            let places = arrived.places.clone();
            let placement = Placement::of(requests, &head.frontier, &head.known, places, &self.key);
            head.certain = false;
            // CRASH: before this statement is durable, no entry of the batch exists and no caller was answered. After
            // it, all of them exist, whether or not their callers ever hear of it.
            // SECURITY: the position is the primary key, so that of two instances that place an entry there, one is
            // refused.
            tacenda_kernel::crash::at("ledger-commits");
            match entries::insert(&self.database, &placement.rows).await {
                Ok(Stored::Whole) => {
                    tacenda_kernel::crash::at("ledger-committed");
                    let added = !placement.rows.is_empty();
                    let (frontier, placed, answers) = placement.committed();
                    head.frontier = frontier;
                    if added {
                        self.note(&head.frontier);
                        arrived.said();
                    }
                    head.known.learn(placed);
                    head.certain = true;
                    return Ok(answers);
                }
                Ok(Stored::Less) => return Err(lost()),
                Err(DatabaseError::Conflict) => {}
                Err(error) if error.sqlstate() == Some(DIVISION_BY_ZERO) => return Err(lost()),
                Err(error) => return Err(unavailable(error)),
            }
        }
        tracing::error!(
            "the ledger's next place is taken again and again, or in `tiles` a part of the tree that is to be filled"
        );
        Err(LedgerError::Unavailable)
    }

    /// SECURITY: before anybody is answered. What is between the newest checkpoint and the end is not to be cut off while
    /// nobody runs.
    fn note(&self, frontier: &Frontier) {
        if let Some(journal) = &self.journal {
            journal.reached(frontier.size(), &frontier.root());
        }
    }

    /// A head that is no older than this call.
    pub(crate) async fn newest_head(&self) -> Result<Frontier, LedgerError> {
        let mut head = self.head.lock().await;
        self.make_certain(&mut head).await?;
        if entries::size(&self.database).await.map_err(unavailable)? != head.frontier.size() {
            head.certain = false;
            self.make_certain(&mut head).await?;
        }
        Ok(head.frontier.clone())
    }

    /// Entries that are durable, without asking the database.
    pub(crate) async fn known_head(&self) -> Frontier {
        self.head.lock().await.frontier.clone()
    }

    /// SECURITY: whatever database answers now, it must hold all that was acknowledged: one that was restored, or a
    /// standby that lags, is refused.
    async fn make_certain(&self, head: &mut Head) -> Result<(), LedgerError> {
        if !head.certain {
            let acknowledged = [(head.frontier.size(), head.frontier.root())];
            let loaded = head::load(&self.database, &self.verifier, &self.key, &acknowledged).await;
            let Loaded { frontier, tail } = loaded.map_err(from_load)?;
            head.known.learn(tail);
            (head.frontier, head.certain) = (frontier, true);
        }
        Ok(())
    }
}

/// What a statement says that counted fewer rows than it was given.
const DIVISION_BY_ZERO: &str = "22012";

fn lost() -> LedgerError {
    tracing::error!(
        "the ledger's database did not store what it was given: look for triggers, rules and constraints that \
         `tacenda doctor` names"
    );
    LedgerError::Inconsistent
}

/// What arrived, taken for one commit; it is put back unless an entry said it.
struct Arrived<'a> {
    committer: &'a Committer,
    places: Vec<u64>,
}

impl<'a> Arrived<'a> {
    fn take(committer: &'a Committer) -> Self {
        let mut arrived = committer.waiting();
        let most = arrived.len().min(MOST_ARRIVED);
        let rest = arrived.split_off(most);
        let places = std::mem::replace(&mut *arrived, rest);
        Self { committer, places }
    }

    fn said(mut self) {
        self.places.clear();
        if let Some(journal) = &self.committer.journal {
            journal.keep_only(&self.committer.waiting());
        }
    }
}

impl Drop for Arrived<'_> {
    fn drop(&mut self) {
        if !self.places.is_empty() {
            self.committer.waiting().extend(&self.places);
        }
    }
}
