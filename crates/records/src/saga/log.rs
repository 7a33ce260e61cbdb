//! Table `sagas`, and `submissions` beside it: the log whose one update is the commit point.

use jiff::Timestamp;
use tacenda_kernel::{Compartment, CompartmentSet};
use tacenda_postgres::{Database, DatabaseError};
use uuid::Uuid;

use crate::RecordsError;

/// A saga as the log knows it.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) saga: Uuid,
    pub(crate) instance: i64,
    pub(crate) committed: bool,
    pub(crate) compartments: CompartmentSet,
    pub(crate) enrols: bool,
}

const BEGIN: &str = "insert into sagas (saga, instance, state, compartments, enrols, submission, begun_at) \
     select $1, $2, 'open', $3, $4, $5, $6 \
     where $5::bytea is null or not exists (select 1 from submissions where submission = $5)";

/// Notes that a saga begins. False where its submission was accepted before.
pub(crate) async fn begin(
    database: &Database,
    logged: &Logged,
    submission: Option<&[u8]>,
    now: Timestamp,
) -> Result<bool, RecordsError> {
    let compartments: Vec<&str> = logged.compartments.iter().map(Compartment::as_str).collect();
    let begun = database
        .lanes()
        .execute(BEGIN, &[&logged.saga, &logged.instance, &compartments, &logged.enrols, &submission, &now])
        .await?;
    Ok(begun == 1)
}

const COMMIT: &str = "with saga as ( \
       update sagas set state = 'committed' where saga = $1 and state = 'open' returning submission), \
     accepted as ( \
       insert into submissions (submission, accepted_at) \
       select submission, $2 from saga where submission is not null) \
     select 1 from saga";

const ACCEPTED: &str = "select 1 from submissions join sagas using (submission) where saga = $1";

/// The commit point. False where somebody else gave the saga up.
///
/// # Errors
/// [`RecordsError::Repeated`] where the same submission was accepted meanwhile: then nothing was committed.
#[tracing::instrument(name = "commit", level = "debug", skip_all)]
pub(crate) async fn commit(database: &Database, saga: Uuid, now: Timestamp) -> Result<bool, RecordsError> {
    // CRASH: before this statement commits the saga never happened; after it, it has, and will be promoted by whoever
    // lives. An error here means neither is known: recovery reads the log.
    tacenda_kernel::crash::at("saga-commits");
    match database.lanes().query(COMMIT, &[&saga, &now]).await {
        Err(DatabaseError::Conflict) if !database.lanes().query(ACCEPTED, &[&saga]).await?.is_empty() => {
            Err(RecordsError::Repeated)
        }
        committed => {
            let committed = !committed?.is_empty();
            tacenda_kernel::crash::at("saga-committed");
            Ok(committed)
        }
    }
}

const ABORT: &str = "update sagas set state = 'aborted' where saga = $1 and state in ('open', 'aborted')";

/// Gives a saga up. False where it was committed meanwhile.
pub(crate) async fn abort(database: &Database, saga: Uuid) -> Result<bool, RecordsError> {
    Ok(database.lanes().execute(ABORT, &[&saga]).await? == 1)
}

const FINISH: &str = "delete from sagas where saga = $1";

/// Forgets a saga that is wholly done or wholly undone.
pub(crate) async fn finish(database: &Database, saga: Uuid) -> Result<(), RecordsError> {
    database.lanes().execute(FINISH, &[&saga]).await?;
    Ok(())
}

const UNFINISHED: &str =
    "select saga, instance, state = 'committed', compartments, enrols from sagas order by begun_at";

/// All sagas under way or left behind.
pub(crate) async fn unfinished(database: &Database) -> Result<Vec<Logged>, RecordsError> {
    let rows = database.lanes().query(UNFINISHED, &[]).await?;
    rows.iter()
        .map(|row| {
            let names: Vec<String> = row.try_get(3).map_err(|_| RecordsError::Unavailable)?;
            Ok(Logged {
                saga: row.try_get(0).map_err(|_| RecordsError::Unavailable)?,
                instance: row.try_get(1).map_err(|_| RecordsError::Unavailable)?,
                committed: row.try_get(2).map_err(|_| RecordsError::Unavailable)?,
                compartments: names.iter().filter_map(|name| name.parse::<Compartment>().ok()).collect(),
                enrols: row.try_get(4).map_err(|_| RecordsError::Unavailable)?,
            })
        })
        .collect()
}
