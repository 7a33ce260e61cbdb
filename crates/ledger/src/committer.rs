//! The commit point: a batch of entries becomes durable in one statement, or nobody is told that it did.

use std::sync::Arc;

use tacenda_contracts::ledger::LedgerError;
use tacenda_crypto::CheckpointVerifier;
use tacenda_postgres::{Database, DatabaseError};
use tokio::sync::Mutex;

use crate::{
    error::{from_load, unavailable},
    head::{self, LoadError},
    placement::{Answer, Known, Placement, Request, known},
    store::entries,
    tree::{Frontier, Hash},
};

/// How often a batch is placed anew because another instance was faster.
const ATTEMPTS: usize = 10;

/// Appends batches, one at a time.
pub(crate) struct Committer {
    database: Arc<Database>,
    verifier: CheckpointVerifier,
    head: Mutex<Head>,
}

/// The newest entries known to be durable.
///
/// INVARIANT: `certain` says that the database holds these, and nothing more that this instance put there. It is
/// given up before anything that may or may not commit, so that an error, a time-out or a dropped future leaves it
/// given up.
struct Head {
    frontier: Frontier,
    certain: bool,
}

impl Committer {
    /// Reads and checks storage, which must still hold the tree that is kept elsewhere.
    pub(crate) async fn open(
        database: Arc<Database>,
        verifier: CheckpointVerifier,
        kept: Option<(u64, Hash)>,
    ) -> Result<Self, LoadError> {
        let frontier = head::load(&database, &verifier, kept).await?;
        Ok(Self { database, verifier, head: Mutex::new(Head { frontier, certain: true }) })
    }

    /// Commits what several callers append, in one statement, and answers each.
    #[tracing::instrument(name = "group commit", level = "debug", skip_all, fields(entries = requests.iter().flatten().count()))]
    pub(crate) async fn commit(&self, requests: &[Request]) -> Result<Vec<Answer>, LedgerError> {
        let mut head = self.head.lock().await;
        let mut stored: Option<Known> = None;
        for _ in 0..ATTEMPTS {
            self.make_certain(&mut head).await?;
            let placement = Placement::of(requests, &head.frontier, stored.take());
            head.certain = false;
            // CRASH: before this statement is durable, no entry of the batch exists and no caller was answered. After
            // it, all of them exist, whether or not their callers ever hear of it.
            // SECURITY: the position is the primary key, so that of two instances that place an entry there, one is
            // refused.
            match insert(&self.database, &placement).await {
                Ok(()) => {
                    let (frontier, answers) = placement.committed();
                    *head = Head { frontier, certain: true };
                    return Ok(answers);
                }
                Err(DatabaseError::Conflict) => stored = Some(self.find(requests).await?),
                Err(error) => return Err(unavailable(error)),
            }
        }
        Err(LedgerError::Unavailable)
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
            let acknowledged = (head.frontier.size(), head.frontier.root());
            let loaded = head::load(&self.database, &self.verifier, Some(acknowledged)).await;
            *head = Head { frontier: loaded.map_err(from_load)?, certain: true };
        }
        Ok(())
    }

    async fn find(&self, requests: &[Request]) -> Result<Known, LedgerError> {
        let ids: Vec<&[u8]> = requests.iter().flatten().map(|entry| entry.id.as_slice()).collect();
        Ok(known(entries::named(&self.database, &ids).await.map_err(unavailable)?))
    }
}

async fn insert(database: &Database, placement: &Placement<'_>) -> Result<(), DatabaseError> {
    if placement.rows.is_empty() { Ok(()) } else { entries::insert(database, &placement.rows).await }
}
