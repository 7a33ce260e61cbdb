//! Table `sagas`, and `submissions` beside it: the log whose one update is the commit point.

use std::collections::HashSet;

use jiff::Timestamp;
use tacenda_crypto::MacKey;
use tacenda_postgres::{Database, DatabaseError};
use uuid::Uuid;

use super::row::{Altered, Logged, State};
use crate::RecordsError;

/// The log: its database, and the key of its rows.
#[derive(Clone, Copy)]
pub(crate) struct Log<'a> {
    pub(crate) database: &'a Database,
    pub(crate) key: &'a MacKey,
}

const BEGIN: &str = "insert into sagas (saga, instance, state, compartments, enrols, submission, begun_at, tag) \
     select $1, $2, 'open', $3, $4, $5, $6, $7 \
     where $5::bytea is null or not exists (select 1 from submissions where submission = $5)";

/// The update counts, and so does the submission: what a trigger keeps out divides by zero, and nothing was committed.
const COMMIT: &str = "with saga as ( \
       update sagas set state = 'committed', tag = $3 where saga = $1 and state = 'open' returning 1), \
     accepted as ( \
       insert into submissions (submission, accepted_at) \
       select $4::bytea, $2 from saga where $4::bytea is not null returning 1) \
     select 1 / (case when $4::bytea is null or (select count(*) from accepted) = 1 then 1 else 0 end) from saga";

const ACCEPTED: &str = "select 1 from submissions where submission = $1";

const ABORT: &str =
    "update sagas set state = 'aborted', tag = $2 where saga = $1 and state in ('open', 'aborted')";

const FINISH: &str = "delete from sagas where saga = $1";

const UNFINISHED: &str = "select saga, instance, state, compartments, enrols, submission, begun_at, tag from sagas \
     order by begun_at";

const ACCEPTED_OF: &str = "select submission from submissions where submission = any($1)";

/// What the log holds.
#[derive(Default)]
pub(crate) struct Contents {
    /// All sagas under way or left behind, in the order in which they began.
    pub(crate) sagas: Vec<Logged>,
    /// Rows that this application did not write like that.
    pub(crate) altered: Vec<Altered>,
}

impl Log<'_> {
    /// Notes that a saga begins. False where its submission was accepted before.
    pub(crate) async fn begin(&self, logged: &Logged) -> Result<bool, RecordsError> {
        let submission = logged.submission.as_ref().map(<[u8; 32]>::as_slice);
        let (names, tag) = (logged.compartment_names(), logged.tag(self.key, State::Open));
        let Logged { saga, instance, enrols, begun_at, .. } = logged;
        let begun = self
            .database
            .lanes()
            .execute(BEGIN, &[saga, instance, &names, enrols, &submission, begun_at, &tag.as_slice()])
            .await?;
        Ok(begun == 1)
    }

    /// The commit point. False where somebody else gave the saga up.
    ///
    /// # Errors
    /// [`RecordsError::Repeated`] where the same submission was accepted meanwhile: then nothing was committed.
    #[tracing::instrument(name = "commit", level = "debug", skip_all)]
    pub(crate) async fn commit(&self, logged: &Logged, now: Timestamp) -> Result<bool, RecordsError> {
        let submission = logged.submission.as_ref().map(<[u8; 32]>::as_slice);
        let tag = logged.tag(self.key, State::Committed);
        let lanes = self.database.lanes();
        // CRASH: before this statement commits the saga never happened; after it, it has, and a process that
        // lives promotes it. An error here means neither is known: recovery reads the log.
        tacenda_kernel::crash::at("saga-commits");
        match lanes.query(COMMIT, &[&logged.saga, &now, &tag.as_slice(), &submission]).await {
            Err(DatabaseError::Conflict) if !lanes.query(ACCEPTED, &[&submission]).await?.is_empty() => {
                Err(RecordsError::Repeated)
            }
            committed => {
                let committed = !committed?.is_empty();
                tacenda_kernel::crash::at("saga-committed");
                Ok(committed)
            }
        }
    }

    /// Gives a saga up. False where it was committed meanwhile.
    pub(crate) async fn abort(&self, logged: &Logged) -> Result<bool, RecordsError> {
        let tag = logged.tag(self.key, State::Aborted);
        Ok(self.database.lanes().execute(ABORT, &[&logged.saga, &tag.as_slice()]).await? == 1)
    }

    /// Forgets a saga that is wholly done or wholly undone.
    pub(crate) async fn finish(&self, saga: Uuid) -> Result<(), RecordsError> {
        self.database.lanes().execute(FINISH, &[&saga]).await?;
        Ok(())
    }

    /// Everything in it.
    pub(crate) async fn contents(&self) -> Result<Contents, RecordsError> {
        let rows = self.database.lanes().query(UNFINISHED, &[]).await?;
        let mut contents = Contents::default();
        for row in &rows {
            match Logged::read(row, self.key) {
                Ok(logged) => contents.sagas.push(logged),
                Err(altered) => contents.altered.push(altered),
            }
        }
        Ok(contents)
    }

    /// How many of these submissions it does not know as accepted.
    pub(crate) async fn forgotten(&self, accepted: &[[u8; 32]]) -> Result<usize, RecordsError> {
        let asked: Vec<&[u8]> = accepted.iter().map(<[u8; 32]>::as_slice).collect();
        let rows = self.database.lanes().query(ACCEPTED_OF, &[&asked]).await?;
        let known: HashSet<&[u8]> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
        Ok(asked.iter().filter(|one| !known.contains(*one)).count())
    }
}
