//! The one row that says how far a run is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tacenda_contracts::vault::{Reindexed, VaultError};
use tacenda_crypto::MacKey;
use tacenda_fhir::index_version;
use tacenda_kernel::Random;
use tacenda_postgres::{Database, Transaction};
use tokio_postgres::{Row, types::ToSql};

use crate::error::from_database;

/// What tells two runs apart.
type Run = [u8; 16];

/// The row, all of which is under its tag: nobody else makes a run leave records out.
#[derive(Clone, Default)]
pub(crate) struct Position {
    pub(crate) progress: Reindexed,
    /// The last record that was looked at; empty before the first.
    pub(crate) done_until: Vec<u8>,
    /// The last token that was looked at; none before all records were.
    pub(crate) swept_until: Option<i64>,
    index_version: i64,
    run: Run,
    /// As it is stored; empty where no run was ever begun.
    tag: Vec<u8>,
}

impl Position {
    fn first(total: u64, run: Run) -> Self {
        let progress = Reindexed { total, ..Reindexed::default() };
        Self { progress, index_version: index_version(), run, ..Self::default() }
    }

    fn read(row: &Row) -> Option<Self> {
        let count = |place: usize| u64::try_from(row.try_get::<_, i64>(place).ok()?).ok();
        let index_version: i64 = row.try_get(8).ok()?;
        let progress = Reindexed {
            total: count(0)?,
            looked_at: count(1)?,
            changed: count(2)?,
            closed: count(3)?,
            damaged: count(4)?,
            finished: row.try_get(5).ok()?,
            of_this_release: index_version == self::index_version(),
        };
        let (done_until, swept_until) = (row.try_get(6).ok()?, row.try_get(7).ok()?);
        let tag: Vec<u8> = row.try_get(10).ok()?;
        let run: &[u8] = row.try_get(9).ok()?;
        let run = if tag.is_empty() { Run::default() } else { run.try_into().ok()? };
        Some(Self { progress, done_until, swept_until, index_version, run, tag })
    }

    /// Every part has one length, but for the last.
    fn tag(&self, key: &MacKey) -> [u8; 32] {
        let Reindexed { total, looked_at, changed, closed, damaged, finished, .. } = self.progress;
        let mut row = self.run.to_vec();
        row.extend([total, looked_at, changed, closed, damaged].map(u64::to_be_bytes).as_flattened());
        row.extend([u8::from(finished), u8::from(self.swept_until.is_some())]);
        row.extend(self.swept_until.unwrap_or_default().to_be_bytes());
        row.extend(self.index_version.to_be_bytes());
        row.extend(&self.done_until);
        key.mac(&row)
    }

    fn goes_on(&self) -> bool {
        !self.progress.finished && self.progress.of_this_release
    }

    /// Whether it is where a run was before it was here: records come first, then tokens.
    fn is_behind(&self, other: &Self) -> bool {
        (self.swept_until, &self.done_until) < (other.swept_until, &other.done_until)
    }

    /// Whether nothing was done between the two.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

const WHERE: &str = "select total, looked_at, changed, closed, damaged, finished, done_until, swept_until, index_version, \
       run, tag from reindexes where reindex = 1";
const HERE: &str = "select 1 from reindexes where reindex = 1 and tag = $1 for update";

macro_rules! set {
    ($begin:literal, $end:literal) => {
        concat!(
            $begin,
            " set run = $1, tag = $2, total = $3, looked_at = $4, changed = $5, closed = $6, damaged = $7, finished = $8, \
               done_until = $9, swept_until = $10, index_version = $11",
            $end
        )
    };
}

/// Of two runs at the same time, the one that comes second finds another tag, and changes nothing.
const SET: &str = set!("update reindexes", " where reindex = 1 and tag = $12");
/// Whatever is there, or where nothing is.
const BEGIN: &str = set!(
    "insert into reindexes (reindex, run, tag, total, looked_at, changed, closed, damaged, finished, done_until, swept_until, \
       index_version) values (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (reindex) do update",
    ""
);
/// Counting all rows would take minutes where there are many: what the planner believes is near enough.
const TOTAL: &str = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'records'::regclass";

/// A vault's database, and what it takes to believe its row.
#[derive(Clone, Copy)]
pub(crate) struct Reindexes<'a> {
    pub(crate) database: &'a Database,
    pub(crate) key: &'a MacKey,
    pub(crate) random: &'a dyn Random,
    /// The furthest that this process knows of: a row of another run, or from before, was put back.
    pub(crate) known: &'a Mutex<Option<Position>>,
}

impl Reindexes<'_> {
    /// Begins with the first record, unless an earlier run of a release that makes the same tokens is to be ended. Where the
    /// row is not as it was written, none is.
    pub(crate) async fn begin(&self, restart: bool) -> Result<(), VaultError> {
        let stored = match self.stored().await {
            Ok(stored) => Some(stored)
                .filter(|stored| self.is_own(stored) && stored.goes_on() && self.is_of_known_run(stored)),
            Err(VaultError::Damaged) => None,
            Err(error) => return Err(error),
        };
        if let (false, Some(stored)) = (restart, stored) {
            self.remember(stored);
            return Ok(());
        }
        let rows = self.database.lanes().query(TOTAL, &[]).await.map_err(from_database(self.database))?;
        let total: i64 = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or_default();
        let mut run = Run::default();
        self.random.fill(&mut run);
        let first = Position::first(total.unsigned_abs(), run);
        let new = New::of(&first, self.key);
        let begun = self.database.lanes().execute(BEGIN, &new.parameters()).await;
        if begun.map_err(from_database(self.database))? != 1 {
            return Err(VaultError::Unavailable);
        }
        self.remember(first);
        Ok(())
    }

    fn is_of_known_run(&self, stored: &Position) -> bool {
        self.known().as_ref().is_none_or(|known| known.run == stored.run)
    }

    fn known(&self) -> MutexGuard<'_, Option<Position>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, position: Position) {
        *self.known() = Some(position);
    }

    /// Where it is; before the first page of the first record where no run was ever begun.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] where the row is not as it was written, or is from before.
    pub(crate) async fn position(&self) -> Result<Position, VaultError> {
        // As it was before the row was asked for: it may be moved on meanwhile.
        let known = self.known().clone();
        let stored = self.stored().await?;
        if stored.tag.is_empty() {
            return Ok(Position::default());
        }
        if !self.is_own(&stored) {
            return Err(VaultError::Damaged);
        }
        if stored.progress.of_this_release {
            if known.is_some_and(|known| known.run != stored.run || stored.is_behind(&known)) {
                return Err(VaultError::Damaged);
            }
            self.remember(stored.clone());
        }
        Ok(stored)
    }

    async fn stored(&self) -> Result<Position, VaultError> {
        let rows = self.database.lanes().query(WHERE, &[]).await.map_err(from_database(self.database))?;
        rows.first().and_then(Position::read).ok_or(VaultError::Damaged)
    }

    fn is_own(&self, stored: &Position) -> bool {
        stored.tag == stored.tag(self.key)
    }

    /// Whether it is there still; nobody moves it before the transaction ends.
    pub(super) async fn is_here(
        &self,
        transaction: &Transaction<'_>,
        at: &Position,
    ) -> Result<bool, VaultError> {
        let here = transaction.query(HERE, &[&at.tag]).await;
        Ok(!here.map_err(from_database(self.database))?.is_empty())
    }

    /// Moves it; how many rows that changed.
    pub(super) async fn advance(
        &self,
        transaction: &Transaction<'_>,
        to: &Position,
    ) -> Result<u64, VaultError> {
        let new = New::of(to, self.key);
        let all = [&new.parameters()[..], &[&to.tag as _]].concat();
        transaction.execute(SET, &all).await.map_err(from_database(self.database))
    }
}

/// What is written.
struct New<'a> {
    position: &'a Position,
    counts: [i64; 5],
    run: Vec<u8>,
    tag: Vec<u8>,
}

impl<'a> New<'a> {
    fn of(position: &'a Position, key: &MacKey) -> Self {
        let Reindexed { total, looked_at, changed, closed, damaged, .. } = position.progress;
        let counts = [total, looked_at, changed, closed, damaged];
        let counts = counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        Self { position, counts, run: position.run.to_vec(), tag: position.tag(key).to_vec() }
    }

    fn parameters(&self) -> [&(dyn ToSql + Sync); 11] {
        let [total, looked_at, changed, closed, damaged] = &self.counts;
        let Position { progress, done_until, swept_until, index_version, .. } = self.position;
        let (run, finished) = (&self.run, &progress.finished);
        [
            run,
            &self.tag,
            total,
            looked_at,
            changed,
            closed,
            damaged,
            finished,
            done_until,
            swept_until,
            index_version,
        ]
    }
}
