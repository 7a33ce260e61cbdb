//! The ledger as a service: one sequence, one database.

use std::{collections::HashMap, io, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use tacenda_contracts::{
    entry::SealedEntry,
    ledger::{About, Checkpoint, DamagedEntry, Ledger as Contract, LedgerError, StoredEntry},
    receipt::Receipt,
};
use tacenda_crypto::{CheckpointKey, MacKey};
use tacenda_kernel::{Clock, Random};
use tacenda_postgres::{BatchError, Batcher, BatcherOptions, CatalogueError, Database};
use tokio::{sync::Mutex, time::timeout};

use crate::{
    arrivals::{self, say_what_arrived},
    committer::Committer,
    error::unavailable,
    guard::Guard,
    head::LoadError,
    journal::{Journal, Left},
    leaf,
    notary::{Notary, certify_regularly},
    placement::{Answer, Request},
    proofs,
    store::{
        CATALOGUE,
        columns::{RawEntry, to_sql},
        entries,
    },
    tree::Hash,
    witness::{Witness, WitnessError},
};

/// How long a commit may take before its outcome counts as unknown.
const COMMIT_PATIENCE: Duration = Duration::from_millis(1500);
/// How long a caller waits for an answer of any kind.
const CALLER_PATIENCE: Duration = Duration::from_secs(2);
/// Entries given out at a time.
const MOST_ENTRIES: u32 = 10_000;

/// What the ledger is made of.
pub struct LedgerParts {
    /// Its own database, as its runtime role.
    pub database: Arc<Database>,
    /// Signs checkpoints.
    pub key: CheckpointKey,
    /// Tags what is appended.
    pub row_key: MacKey,
    /// Keeps checkpoints outside of the database.
    pub witness: Arc<dyn Witness>,
    /// The folder, outside of the database, in which it notes what it acknowledged. Without one, a write is said to have
    /// arrived before it is answered.
    pub journal: Option<PathBuf>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// How often what was appended is signed; a second is usual.
    pub checkpoint_every: Duration,
}

/// The ledger does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its database does not answer, or contradicts what was signed.
    #[error(transparent)]
    Storage(#[from] LoadError),
    /// Its witness does not answer.
    #[error("the ledger does not start without its witness")]
    Witness(#[from] WitnessError),
    /// Its journal cannot be written or read.
    #[error("the ledger does not start without its journal, in the folder of its witness")]
    Journal(#[source] io::Error),
    /// Its database is not what its migrations make.
    #[error("in the database of the ledger: {0}")]
    Catalogue(#[source] CatalogueError),
}

/// The ledger.
pub struct Ledger {
    database: Arc<Database>,
    committer: Arc<Committer>,
    notary: Arc<Notary>,
    guard: Arc<Guard>,
    /// Whether it signs what was appended.
    signs: bool,
    random: Arc<dyn Random>,
    appends: Batcher<Request, Answer, LedgerError>,
}

impl Ledger {
    /// Checks storage against the newest checkpoint and against the witness, and begins to sign regularly.
    ///
    /// # Errors
    /// [`OpenError`] where storage contradicts either, naming how.
    pub async fn open(parts: LedgerParts) -> Result<Self, OpenError> {
        let (every, random) = (parts.checkpoint_every, Arc::clone(&parts.random));
        let (journal, left) = journal(&parts).map_err(OpenError::Journal)?;
        let ledger = Self { signs: true, ..Self::open_with(parts, journal, &left.heads).await? };
        CATALOGUE.check(&ledger.database).await.map_err(OpenError::Catalogue)?;
        ledger.committer.take_over(left);
        tokio::spawn(certify_regularly(Arc::downgrade(&ledger.notary), every));
        tokio::spawn(say_what_arrived(Arc::downgrade(&ledger.notary), ledger.appends.clone(), random));
        Ok(ledger)
    }

    /// Checks storage in the same way and only reads it: nothing is signed, and its checkpoint bears no signature. Which
    /// strangers are in the database is for others to say.
    ///
    /// # Errors
    /// [`OpenError`] where storage contradicts its newest checkpoint or the witness, naming how.
    pub async fn open_to_read(parts: LedgerParts) -> Result<Self, OpenError> {
        Self::open_with(parts, None, &[]).await
    }

    async fn open_with(
        parts: LedgerParts,
        journal: Option<Journal>,
        heads: &[(u64, Hash)],
    ) -> Result<Self, OpenError> {
        let LedgerParts { database, key, row_key, witness, clock, random, .. } = parts;
        let witnessed = witness.newest().await?;
        let seen = witnessed.as_ref().map(|checkpoint| (checkpoint.size, checkpoint.root));
        let kept: Vec<_> = seen.into_iter().chain(heads.iter().copied()).collect();
        let committer = Committer::open(Arc::clone(&database), key.verifier(), row_key, &kept, journal);
        let committer = Arc::new(committer.await?);
        let guard = Arc::new(Guard::of(Arc::clone(&database)));
        let notary = Arc::new(Notary {
            guard: Arc::clone(&guard),
            committer: Arc::clone(&committer),
            database: Arc::clone(&database),
            key,
            witness,
            clock,
            witnessed: Mutex::new(witnessed.as_ref().map(|checkpoint| checkpoint.size)),
            signed: Mutex::new(witnessed),
        });
        let appends = batcher(&committer);
        Ok(Self { database, committer, notary, guard, signs: false, random, appends })
    }
}

fn journal(parts: &LedgerParts) -> io::Result<(Option<Journal>, Left)> {
    let Some(folder) = &parts.journal else { return Ok((None, Left::default())) };
    let journal = Journal::begin(folder, parts.random.as_ref())?;
    let left = journal.left()?;
    Ok((Some(journal), left))
}

/// One worker: there is one next position. All who wait while a commit is under way share the next one.
fn batcher(committer: &Arc<Committer>) -> Batcher<Request, Answer, LedgerError> {
    let committer = Arc::clone(committer);
    let options = BatcherOptions { workers: 1, max_batch: 256, queue: 4096 };
    Batcher::start(options, move |requests: Vec<Request>| {
        let committer = Arc::clone(&committer);
        async move {
            let answers = timeout(COMMIT_PATIENCE, committer.commit(&requests)).await;
            answers.unwrap_or(Err(LedgerError::Unavailable))
        }
    })
}

#[async_trait]
impl Contract for Ledger {
    #[tracing::instrument(name = "record", level = "debug", skip_all, fields(entries = entries.len()))]
    async fn append(&self, entries: Vec<SealedEntry>) -> Result<Vec<Receipt>, LedgerError> {
        if !self.signs || !self.guard.holds() || !entries.iter().all(leaf::fits) {
            return Err(LedgerError::Unavailable);
        }
        in_time(async { self.appends.submit(entries).await.map_err(from_batch)? }).await
    }

    async fn entries(&self, from: u64, limit: u32) -> Result<Vec<StoredEntry>, LedgerError> {
        let rows = entries::from(&self.database, to_sql(from), limit.min(MOST_ENTRIES)).await;
        rows.map_err(unavailable)?.into_iter().map(checked).collect()
    }

    async fn entries_about(
        &self,
        about: About,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Result<StoredEntry, DamagedEntry>>, LedgerError> {
        let before = before.unwrap_or(u64::MAX);
        let rows = entries::about(&self.database, about, before, limit.min(MOST_ENTRIES)).await;
        let found = rows.map_err(unavailable)?.into_iter().map(|row| {
            let position = u64::try_from(row.position).unwrap_or_default();
            checked(row).map_err(|_| DamagedEntry { position })
        });
        Ok(found.collect())
    }

    async fn arrived(&self, positions: &[u64]) -> Result<(), LedgerError> {
        if positions.is_empty() || self.committer.arrived(positions) {
            return Ok(());
        }
        // SECURITY: what is kept nowhere else is said before the write is answered.
        let said = in_time(async {
            let entry = arrivals::entry(self.random.as_ref());
            self.appends.submit(vec![entry]).await.map_err(from_batch)?
        });
        said.await.map(drop).inspect_err(|error| {
            tracing::error!(%error, "that a write arrived is not said yet");
        })
    }

    async fn entries_at(&self, positions: &[u64]) -> Result<Vec<Option<StoredEntry>>, LedgerError> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let rows = entries::at(&self.database, positions).await.map_err(unavailable)?;
        let found: HashMap<u64, StoredEntry> = rows
            .into_iter()
            .filter_map(|row| checked(row).ok())
            .map(|stored| (stored.position, stored))
            .collect();
        Ok(positions.iter().map(|position| found.get(position).cloned()).collect())
    }

    async fn given_up(&self, positions: &[u64]) -> Result<Vec<u64>, LedgerError> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        entries::given_up(&self.database, positions).await.map_err(unavailable)
    }

    async fn checkpoint(&self) -> Result<Checkpoint, LedgerError> {
        in_time(async {
            if !self.guard.holds() {
                return Err(LedgerError::Unavailable);
            }
            let head = self.committer.newest_head().await?;
            if self.signs {
                return self.notary.certify(&head).await;
            }
            Ok(Checkpoint { size: head.size(), root: head.root(), note: String::new() })
        })
        .await
    }

    async fn inclusion_proof(&self, position: u64, size: u64) -> Result<Vec<[u8; 32]>, LedgerError> {
        in_time(proofs::inclusion(&self.database, position, size)).await
    }

    async fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, LedgerError> {
        in_time(proofs::consistency(&self.database, from, to)).await
    }
}

fn from_batch(error: BatchError<LedgerError>) -> LedgerError {
    match error {
        BatchError::Failed(error) => error,
        BatchError::Overloaded | BatchError::Lost => LedgerError::Unavailable,
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, LedgerError>>) -> Result<T, LedgerError> {
    timeout(CALLER_PATIENCE, answer).await.unwrap_or(Err(LedgerError::Unavailable))
}

/// An entry that does not fit its leaf hash is no evidence of anything.
fn checked(row: RawEntry) -> Result<StoredEntry, LedgerError> {
    let stored = row.stored().ok_or(LedgerError::Inconsistent)?;
    if stored.leaf == leaf::hash_of(&stored) { Ok(stored) } else { Err(LedgerError::Inconsistent) }
}
